"""A queue of one node from the first order to the result, without a loop."""

from dataclasses import replace
from itertools import count
from typing import Any

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.matching import Result, Tick, work
from signaling.matchmaking.ledger.dealings import (
    Enqueue,
    Finish,
    Found,
    Open,
    Outcome,
    Over,
    Progress,
    Queued,
    Reply,
    Requeued,
    Started,
    Withdraw,
)
from signaling.matchmaking.memory.queue import LocalQueue
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.worker.worker import make_pool
from tests.signaling.matchmaking.ledgers import ASKING, DUEL, opening, ticket


class Rig:
    """A queue, its matcher, and who hears what."""

    def __init__(self, queue: Queue = DUEL) -> None:
        numbers = count(1)
        self.queue = LocalQueue(queue, lambda: f"name{next(numbers)}")
        self.pool = make_pool(queue)
        self.now = 100.0
        self.heard: list[Any] = []
        self.answers = True

    def order(self, order: Any) -> list[Any]:
        reports = self.queue.carry(order, self.now)
        self.heard += reports
        return reports

    def enqueue(self, *names: str) -> None:
        for name in names:
            self.order(Enqueue(ticket(name), 60.0))

    def run(self, until: float | None = None) -> list[Any]:
        """Let time pass; nodes say at once that their players are there."""
        end, before = self.now if until is None else until, len(self.heard)
        while (deadline := self.queue.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            reports, todo = self.queue.handle_timer(self.now)
            self.heard += reports
            for each in todo:
                ticked = work(self.pool, each)
                if isinstance(each, Tick) and ticked is not None:
                    self.queue.receive_result(Result(each.number, ticked), self.now)
            for report in reports if self.answers else ():
                if isinstance(report, Found):
                    self.reply(report)
        self.now = end
        return self.heard[before:]

    def reply(self, found: Found, *, yes: bool = True) -> None:
        seat = next(each for each in found.match.seats if each.player.sid == found.sid)
        self.order(Reply("duel", found.match.id, seat.ticket, seat.generation, found.sid, yes))

    def of(self, kind: type) -> list[Any]:
        return [each for each in self.heard if isinstance(each, kind)]


def test_two_who_wait_are_in_a_match_at_once() -> None:
    rig = Rig()
    rig.enqueue("t1", "t2")
    rig.run()
    assert [(each.sid, each.match.id, each.match.room) for each in rig.of(Started)] == [
        ("s1", "name1", "mm-name2"),
        ("s2", "name1", "mm-name2"),
    ]
    assert rig.queue.waiting == 0


def test_the_match_ends_with_its_result() -> None:
    rig = Rig()
    rig.enqueue("t1", "t2")
    rig.run()
    match = rig.of(Started)[0].match
    host = next(each.player.sid for each in match.seats if each.player.peer == match.host)
    rig.order(Finish("duel", match.id, host, b"1"))
    assert [(each.outcome, each.result) for each in rig.of(Over)] == [(Outcome.FINISHED, b"1")] * 2


def test_one_who_does_not_answer_is_out_and_the_other_waits_on_for_a_third() -> None:
    rig = Rig(ASKING)
    rig.answers = False
    rig.enqueue("t1", "t2")
    rig.run()
    rig.reply(next(each for each in rig.of(Found) if each.sid == "s2"))
    rig.run(110.0)
    assert [(each.sid, each.outcome) for each in rig.of(Over)] == [("s1", Outcome.DECLINED)]
    assert [each.sid for each in rig.of(Requeued)] == ["s2"]
    rig.answers = True
    rig.enqueue("t3")
    rig.run()
    assert {each.sid for each in rig.of(Started)} == {"s2", "s3"}


def test_the_last_who_waits_is_told_that_nobody_else_does_and_given_up_in_the_end() -> None:
    rig = Rig()
    rig.enqueue("t1")
    told = [each for each in rig.run(103.0) if isinstance(each, Progress)]
    assert [(each.waited, each.blocked) for each in told] == [(2.0, Blocked.ALONE)]
    assert [type(each) for each in rig.run(160.0)][-1] is Over
    assert rig.queue.waiting == 0
    assert rig.queue.next_deadline() is None or rig.run(1000.0) == []


def test_those_who_cancel_are_matched_with_nobody() -> None:
    rig = Rig()
    rig.enqueue("t1")
    rig.order(Withdraw("duel", "t1", "s1"))
    rig.enqueue("t2")
    rig.run(101.0)
    assert rig.of(Started) == []


def test_the_estimate_is_told_to_who_comes_next() -> None:
    rig = Rig()
    rig.enqueue("t1")
    rig.run(104.0)
    rig.enqueue("t2")
    rig.run()
    rig.enqueue("t3")
    assert [each.estimate for each in rig.of(Queued)] == [None, None, 2.0]


def test_open_seats_are_filled_before_new_matches_are_made() -> None:
    rig = Rig()
    rig.enqueue("t1", "t2")
    rig.run()
    match = rig.of(Started)[0].match
    host = next(each.player.sid for each in match.seats if each.player.peer == match.host)
    seats = replace(
        opening(match.id),
        seats=(0, 1),
        teams=tuple(
            tuple(each.player for each in match.seats if each.team == team) for team in (0, 1)
        ),
    )
    rig.order(Open(seats, host))
    rig.enqueue("t3", "t4")
    rig.run()
    last = rig.of(Started)[-3:]
    assert all(each.newcomers and each.match.id == match.id for each in last)
    assert len({each.sid for each in last} & {"s3", "s4"}) == 1
    assert rig.queue.waiting == 1
