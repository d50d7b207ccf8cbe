"""The desk of one node in the loop, in time that jumps."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from nat.simulator import Simulation
from signaling.codes import ErrorCode
from signaling.matchmaking.ledger.dealings import (
    Enqueue,
    Found,
    Open,
    Outcome,
    Over,
    Refused,
    Reply,
    Report,
    Started,
    Withdraw,
)
from signaling.matchmaking.memory.desk import MemoryDesk, make_name
from tests.signaling.matchmaking.ledgers import DUEL, opening, ticket


class Hub:
    """Says of each player that it is there, and writes down what it hears and when."""

    def __init__(self, desk: MemoryDesk) -> None:
        self.desk = desk
        self.heard: list[tuple[float, Report]] = []
        desk.listen(self.receive)

    def order(self, order: Any) -> None:
        for report in self.desk.carry(order):
            self.receive(report)

    def receive(self, report: Report) -> None:
        self.heard.append((time.time(), report))
        if isinstance(report, Found):
            seat = next(each for each in report.match.seats if each.player.sid == report.sid)
            name, generation = seat.ticket, seat.generation
            self.order(Reply("duel", report.match.id, name, generation, report.sid, True))

    def of(self, kind: type) -> list[Any]:
        return [report for _, report in self.heard if isinstance(report, kind)]


def _play(story: Callable[[Hub], Awaitable[None]]) -> Hub:
    async def run() -> Hub:
        async with MemoryDesk([DUEL]) as desk:
            hub = Hub(desk)
            await story(hub)
            return hub

    return Simulation(seed=1).run(run())


def test_two_who_come_are_in_a_match_at_once() -> None:
    async def story(hub: Hub) -> None:
        hub.order(Enqueue(ticket("t1"), 60.0))
        await asyncio.sleep(10.0)
        hub.order(Enqueue(ticket("t2"), 60.0))
        await asyncio.sleep(0.05)
        assert hub.desk.waiting("duel") == 0

    hub = _play(story)
    assert [each.sid for each in hub.of(Started)] == ["s1", "s2"]
    one, other = (each.match for each in hub.of(Started))
    assert one == other
    assert len({one.id, one.room}) == 2


def test_a_ticket_expires_in_time_though_nobody_asks() -> None:
    async def story(hub: Hub) -> None:
        hub.order(Enqueue(ticket("t1"), 60.0))
        await asyncio.sleep(61.0)

    hub = _play(story)
    assert [each.outcome for each in hub.of(Over)] == [Outcome.EXPIRED]
    times = [when for when, each in hub.heard if isinstance(each, Over)]
    assert 60.0 <= times[0] - hub.heard[0][0] < 60.1


def test_after_its_end_a_desk_does_nothing_more() -> None:
    async def run() -> int:
        async with MemoryDesk([DUEL]) as desk:
            hub = Hub(desk)
            hub.order(Enqueue(ticket("t1"), 60.0))
        before = len(hub.heard)
        await asyncio.sleep(100.0)
        return len(hub.heard) - before

    assert Simulation(seed=1).run(run()) == 0


def test_a_queue_that_there_is_not_is_refused_by_name() -> None:
    async def story(hub: Hub) -> None:
        hub.order(Withdraw("ctf", "t1", "s1", request=1))
        hub.order(Withdraw("ctf", "t1", "s1"))
        hub.order(Open(type(opening("m"))("o", "ctf", "m", "r", (), ()), "s1", request=2))
        assert [queue.name for queue in hub.desk.queues] == ["duel"]

    first, second = _play(story).of(Refused)
    assert first == Refused(
        "s1", ErrorCode.NOT_FOUND, "no queue is called 'ctf'; there are: duel", 1
    )
    assert second.request == 2


def test_names_cannot_be_guessed() -> None:
    assert len({make_name() for _ in range(100)}) == 100
    assert len(make_name()) >= 21
