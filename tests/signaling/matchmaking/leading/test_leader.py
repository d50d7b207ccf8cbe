"""What a leader does when: ticks, claims, deadlines, deaths of nodes and of the matcher."""

from dataclasses import replace
from itertools import count
from typing import Any

from signaling.matchmaking.leading.leader import (
    CLAIMS_AT_ONCE,
    LONGEST_MATCH,
    RESUME_WITHIN,
    Leader,
)
from signaling.matchmaking.leading.matching import Feed, Result, Tick
from signaling.matchmaking.leading.words import (
    Dissolve,
    Drop,
    ForgetNode,
    Lapse,
    ShutDown,
    Tell,
)
from signaling.matchmaking.ledger.changes import (
    Asked,
    Began,
    Closed,
    Gathered,
    Gathers,
    Left,
    Life,
    Opened,
    Shut,
    Waits,
)
from signaling.matchmaking.ledger.claims import Answer, Claim, Verdict
from signaling.matchmaking.ledger.dealings import Outcome, Quit
from signaling.matchmaking.proposals import Blocked, Proposal, Ticked
from tests.signaling.matchmaking.ledgers import DUEL, opening, player, ticket

NODES = (Life("n1", 1e9, 1), Life("n2", 1e9, 2))


class Rig:
    """A leader, and the time."""

    def __init__(self) -> None:
        numbers = count(1)
        self.leader = Leader(DUEL, lambda: f"name{next(numbers)}")
        self.now = 100.0
        self.stamp = 10
        self.done: list[Any] = []

    def wait(self, *names: str, **more: Any) -> None:
        for name in names:
            self.stamp += 1
            self.change(Waits(ticket(name, enqueued=self.now, **more), self.stamp))

    def change(self, *changes: Any) -> None:
        self.leader.receive_changes(changes, self.now)

    def run(self, until: float | None = None) -> list[Any]:
        """All that is due until then."""
        end = self.now if until is None else until
        done: list[Any] = []
        while (deadline := self.leader.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            done += self.leader.handle_timer(self.now)
        self.now = end
        return done

    def tick(self) -> Tick:
        (tick,) = [each for each in self.run() if isinstance(each, Tick)]
        return tick

    def propose(self, tick: Tick, *proposals: Proposal, blocked: Any = None) -> list[Any]:
        ticked = Ticked(proposals, blocked or {})
        self.leader.receive_result(Result(tick.number, ticked, 0.01), self.now)
        return self.run()

    def claim(self, *names: str) -> Claim:
        self.wait(*names)
        (claim,) = [
            each for each in self.propose(self.tick(), duel(*names)) if isinstance(each, Claim)
        ]
        return claim


def duel(one: str, other: str) -> Proposal:
    return Proposal("duel", ((ticket(one),), (ticket(other),)))


# --- ticks ----------------------------------------------------------------------------------------


def test_nothing_is_due_while_nobody_waits() -> None:
    assert Rig().leader.next_deadline() is None


def test_a_newcomer_is_told_to_the_matcher_and_tried_at_once() -> None:
    rig = Rig()
    rig.wait("t1")
    feed, tick = rig.run()
    assert isinstance(feed, Feed)
    assert isinstance(tick, Tick)
    assert (tick.now, rig.leader.waiting) == (100.0, 1)


def test_one_tick_at_a_time() -> None:
    rig = Rig()
    rig.wait("t1")
    tick = rig.tick()
    rig.wait("t2")
    assert [type(each) for each in rig.run(110.0)] == [Feed]
    assert [type(each) for each in rig.propose(tick)] == [Tick]


def test_windows_widen_while_nothing_changes_so_it_ticks_each_second() -> None:
    rig = Rig()
    rig.wait("t1")
    tick = rig.tick()
    assert rig.propose(tick) == []
    assert rig.run(100.9) == []
    assert [type(each) for each in rig.run(101.0)] == [Tick]


# --- claims ---------------------------------------------------------------------------------------


def test_a_proposal_becomes_a_claim_of_tickets_as_they_are_known() -> None:
    claim = Rig().claim("t1", "t2")
    assert claim.tickets == (("t1", 11), ("t2", 12))
    assert (claim.id, claim.match.room, claim.match.made) == ("name1", "mm-name2", 100.0)


def test_many_claims_are_made_in_portions_and_no_tick_comes_between() -> None:
    rig = Rig()
    pairs = [(f"a{number}", f"b{number}") for number in range(CLAIMS_AT_ONCE + 1)]
    for pair in pairs:
        rig.wait(*pair)
    tick = rig.tick()
    result = Result(tick.number, Ticked(tuple(duel(*pair) for pair in pairs), {}))
    rig.leader.receive_result(result, rig.now)
    rig.wait("t9")
    first, second = (rig.leader.handle_timer(rig.now) for _ in range(2))
    assert [type(each) for each in first] == [Claim] * CLAIMS_AT_ONCE + [Feed]
    assert [type(each) for each in second] == [Claim, Tick]


def test_what_has_changed_since_the_matcher_knew_it_is_not_claimed() -> None:
    rig = Rig()
    rig.wait("t1", "t2", "t3")
    tick = rig.tick()
    rig.wait("t2")
    rig.change(Left(("t1",)))
    done = rig.propose(tick, duel("t1", "t3"), duel("t2", "t3"))
    assert not [each for each in done if isinstance(each, Claim)]
    feeds = [each for each in done if isinstance(each, Feed)]
    assert {each.id for feed in feeds for each in feed.put} == {"t2", "t3"}


def test_when_a_ticket_is_missing_the_others_are_given_back_to_the_matcher() -> None:
    rig = Rig()
    claim = rig.claim("t1", "t2")
    rig.leader.receive_answer(claim.id, Answer(Verdict.MISSING, 0), rig.now)
    rig.change(Left(("t1",)))
    feed, tick = rig.run()
    assert [each.id for each in feed.put] == ["t2"]
    assert isinstance(tick, Tick)


def test_what_is_claimed_is_the_matchers_no_more() -> None:
    rig = Rig()
    claim = rig.claim("t1", "t2")
    rig.change(Left(("t1", "t2")), Asked(claim.id, 103.0))
    rig.leader.receive_answer(claim.id, Answer(Verdict.DONE), rig.now)
    assert rig.run() == []
    assert rig.leader.estimate == 0.0


def test_an_opening_is_claimed_with_its_stamp_and_given_back_when_that_fails() -> None:
    rig = Rig()
    rig.wait("t3")
    rig.change(Opened(opening("m"), 5))
    fill = Proposal("duel", ((), (ticket("t3"),)), opening="o")
    claim, *_ = [each for each in rig.propose(rig.tick(), fill) if isinstance(each, Claim)]
    assert (claim.opening, claim.match.id) == (5, "m")
    rig.leader.receive_answer(claim.id, Answer(Verdict.MISSING, 1), rig.now)
    (feed,) = [each for each in rig.run() if isinstance(each, Feed)]
    assert [each.id for each in feed.opened] == ["o"]


def test_a_proposal_for_an_opening_that_is_shut_is_none() -> None:
    rig = Rig()
    rig.wait("t3")
    rig.change(Opened(opening("m"), 5))
    tick = rig.tick()
    rig.change(Shut("o"))
    done = rig.propose(tick, Proposal("duel", ((), (ticket("t3"),)), opening="o"))
    assert not [each for each in done if isinstance(each, Claim)]


# --- a matcher that dies --------------------------------------------------------------------------


def test_a_new_matcher_is_told_everything_and_the_result_of_the_old_one_is_passed_over() -> None:
    rig = Rig()
    rig.wait("t1", "t2")
    tick = rig.tick()
    rig.leader.receive_new_matcher()
    feed, again = rig.run()
    assert {each.id for each in feed.put} == {"t1", "t2"}
    assert not [each for each in rig.propose(tick, duel("t1", "t2")) if isinstance(each, Claim)]
    assert [type(each) for each in rig.propose(again, duel("t1", "t2"))] == [Claim]


def test_a_new_matcher_is_not_told_of_tickets_that_are_being_claimed() -> None:
    rig = Rig()
    claim = rig.claim("t1", "t2")
    rig.wait("t3")
    rig.leader.receive_new_matcher()
    (feed,) = [each for each in rig.run() if isinstance(each, Feed)]
    assert [each.id for each in feed.put] == ["t3"]
    rig.leader.receive_answer(claim.id, Answer(Verdict.MISSING, 0), rig.now)
    (feed,) = [each for each in rig.run() if isinstance(each, Feed)]
    assert [each.id for each in feed.put] == ["t1", "t2"]


# --- deadlines ------------------------------------------------------------------------------------


def _of(kind: type, done: list[Any]) -> list[Any]:
    return [each for each in done if isinstance(each, kind)]


def test_a_ticket_expires_when_it_has_waited_for_too_long() -> None:
    rig = Rig()
    rig.wait("t1", expires=130.0)
    assert _of(Drop, rig.run(129.9)) == []
    assert _of(Drop, rig.run(130.0)) == [Drop((("t1", 11),), Outcome.EXPIRED)]


def test_what_the_ledger_has_not_done_is_asked_of_it_again() -> None:
    rig = Rig()
    rig.wait("t1", expires=130.0)
    assert len(_of(Drop, rig.run(136.0))) == 2
    rig.change(Left(("t1",)))
    assert _of(Drop, rig.run(200.0)) == []


def test_a_claim_lapses_that_is_neither_agreed_to_nor_closed() -> None:
    rig = Rig()
    rig.change(Asked("m", 103.0), Asked("n", 103.0), Asked("o", 103.0))
    rig.change(Began("n", (("s1", "n1"),), 5), Closed("o"))
    assert rig.run(102.9) == []
    assert rig.run(103.0) == [Lapse(("m",))]


def test_parties_and_openings_end_in_time() -> None:
    rig = Rig()
    rig.change(Gathers("p", 130.0), Gathers("q", 130.0), Gathered("q"))
    rig.change(Opened(replace(opening("m"), expires=130.0), 5))
    assert _of(Dissolve, rig.run(129.9)) == []
    done = rig.run(130.0)
    assert _of(Dissolve, done) == [Dissolve(("p",))]
    assert _of(ShutDown, done) == [ShutDown((("o", 5),))]


def test_a_match_that_lasts_for_ever_is_ended() -> None:
    rig = Rig()
    rig.change(Began("m", (("s1", "n1"), ("s2", "n2")), 5))
    assert rig.run(99.0 + LONGEST_MATCH) == []
    assert rig.run(100.0 + LONGEST_MATCH) == [
        Quit("duel", "m", "s1", "expired"),
        Quit("duel", "m", "s2", "expired"),
    ]


# --- nodes that die -------------------------------------------------------------------------------


def test_tickets_of_a_dead_node_are_skipped_and_removed_after_the_time_to_resume() -> None:
    rig = Rig()
    rig.leader.receive_lives(NODES, rig.now)
    rig.wait("t1", "t2")
    tick = rig.tick()
    rig.leader.receive_lives(NODES[:1], rig.now)
    done = rig.propose(tick, duel("t1", "t2"))
    assert not _of(Claim, done)
    assert _of(Drop, rig.run(99.9 + RESUME_WITHIN)) == []
    assert _of(Drop, rig.run(100.0 + RESUME_WITHIN)) == [Drop((("t2", 12),), Outcome.LOST)]


def test_who_comes_back_elsewhere_keeps_its_ticket() -> None:
    rig = Rig()
    rig.leader.receive_lives(NODES, rig.now)
    rig.wait("t2")
    rig.leader.receive_lives(NODES[:1], rig.now)
    rig.run(110.0)
    rig.change(Waits(replace(ticket("t2"), players=(replace(player("s2"), node="n1"),)), 50))
    (feed,) = _of(Feed, rig.run())
    assert [each.id for each in feed.put] == ["t2"]
    assert _of(Drop, rig.run(200.0)) == []


def test_players_of_a_dead_node_leave_their_matches() -> None:
    rig = Rig()
    rig.leader.receive_lives(NODES, rig.now)
    rig.change(Began("m", (("s1", "n1"), ("s2", "n2")), 11))
    rig.leader.receive_lives(NODES[:1], rig.now)
    assert rig.run(99.9 + RESUME_WITHIN) == []
    assert rig.run(100.0 + RESUME_WITHIN) == [Quit("duel", "m", "s2", "lost")]
    rig.change(Began("m", (("s1", "n1"),), 12))
    assert rig.run(200.0) == []


def test_a_leader_that_takes_over_from_a_dead_node_knows_its_death_as_well() -> None:
    rig = Rig()
    rig.leader.receive_lives(NODES[:1], rig.now)
    rig.wait("t2")
    rig.change(Began("m", (("s1", "n1"), ("s2", "n2")), 11))
    done = rig.run(100.0 + RESUME_WITHIN)
    assert _of(Drop, done) == [Drop((("t2", 11),), Outcome.LOST)]
    assert _of(Quit, done) == [Quit("duel", "m", "s2", "lost")]


def test_a_node_that_is_long_dead_is_forgotten() -> None:
    rig = Rig()
    dead = Life("n3", 10.0, 3)
    rig.leader.receive_lives((*NODES, dead), rig.now)
    assert rig.run() == [ForgetNode("n3")]


# --- progress -------------------------------------------------------------------------------------


def test_who_waits_is_told_why_and_who_is_matched_is_not() -> None:
    rig = Rig()
    rig.wait("t1", "t2", "t3")
    rig.propose(rig.tick())
    (tick,) = _of(Tick, rig.run(101.0))
    assert tick.asked == ()
    rig.propose(tick)
    (tick,) = _of(Tick, rig.run(102.0))
    assert set(tick.asked) == {"t1", "t2", "t3"}
    done = rig.propose(tick, duel("t1", "t2"), blocked={"t3": Blocked.RATING})
    (told,) = _of(Tell, done)
    assert (told.node, [(each.ticket, each.blocked) for each in told.reports]) == (
        "n1",
        [("t3", Blocked.RATING)],
    )
