"""Open seats of matches that run."""

from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from signaling.matchmaking.configuration.queues import Equal, Overlap, Queue, Widening, Within
from signaling.matchmaking.matcher.packing import fits
from signaling.matchmaking.matcher.ticking import tick
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.tickets import Opening, Player, Ticket
from tests.signaling.matchmaking.judge import faults
from tests.signaling.matchmaking.pools_of_all_kinds import queues, waiting
from tests.signaling.matchmaking.waiting import names, party, solo

TEAM = Queue("team", team_min=2, team_max=3, party_max=3, rating=Widening(100.0))


def plays(*ratings: float) -> tuple[Player, ...]:
    return tuple(
        Player(f"in{at}", f"s{at}", subject=f"in{at}", rating=r) for at, r in enumerate(ratings)
    )


def opening(*seats: int, **more: Any) -> Opening:
    teams = more.pop("teams", (plays(1500.0, 1500.0), ()))
    return Opening("o", "team", "m", "room", seats, teams, **more)


def filled(where: Opening, *tickets: Ticket, queue: Queue = TEAM) -> list[set[str]]:
    found = [one for one in tick(tickets, [where], 0.0, queue).proposals if one.opening]
    assert len(found) <= 1
    proposal: Proposal | None = found[0] if found else None
    return [] if proposal is None else names(proposal.teams)


def test_the_nearest_that_fit_take_the_seats() -> None:
    assert filled(opening(1, 0), solo("a", 1450), solo("b", 1520)) == [{"b"}, set()]
    assert filled(opening(1, 0), solo("a", 1650)) == []


def test_one_newcomer_is_better_than_none() -> None:
    assert filled(opening(1, 3), solo("a")) == [set(), {"a"}]


def test_a_party_is_not_split() -> None:
    two = party("two", (1500.0, 1500.0))
    assert filled(opening(1, 1), two) == []
    assert filled(opening(1, 2), two, solo("a", 1510)) == [{"a"}, {"two"}]


def test_who_avoids_a_player_or_is_avoided_stays_out() -> None:
    assert filled(opening(1, 0), solo("a", avoid=frozenset({"in0"}))) == []
    assert filled(opening(1, 0, avoid=frozenset({"x"})), solo("a", subject="x")) == []


def test_newcomers_play_where_the_match_is() -> None:
    queue = Queue("team", team_min=2, team_max=3, rtt=Widening(50.0))
    near, far = solo("near", rtt={"eu": 40.0}), solo("far", 1501.0, rtt={"us": 40.0})
    assert filled(opening(2, 0, region="eu"), near, far, queue=queue) == [{"near"}, set()]


def test_the_window_of_an_opening_widens() -> None:
    queue = Queue("team", team_min=2, team_max=3, rating=Widening(100.0, 10.0, most=200.0))
    old = solo("old", 1650.0, waited=20.0)
    assert filled(opening(1, 0), old, queue=queue) == []
    assert filled(opening(1, 0, enqueued=-5.0), old, queue=queue) == [{"old"}, set()]


def test_rules_hold_for_newcomers_as_far_as_the_opening_says() -> None:
    rules = (Equal("map"), Within("level", Widening(5.0)), Overlap("modes"))
    queue = Queue("team", team_min=2, team_max=3, rules=rules)
    fits = solo("fits", properties={"map": "ice", "level": 9.0, "modes": ("a",)})
    far = solo("far", properties={"map": "ice", "level": 19.0, "modes": ("a",)})
    other = solo("other", properties={"map": "ice", "level": 9.0, "modes": ("b",)})
    said = {"map": "ice", "level": 10.0, "modes": ("a",)}
    everyone = (fits, far, other)
    assert filled(opening(3, 0, properties=said), *everyone, queue=queue) == [{"fits"}, set()]
    assert filled(opening(3, 0), *everyone, queue=queue) == []  # it does not say the map
    open_to_more = {"map": "ice", "level": 15.0}
    assert filled(opening(3, 0, properties=open_to_more), far, queue=queue) == [{"far"}, set()]


def test_bots_come_when_the_opening_has_waited() -> None:
    queue = Queue("team", team_min=2, team_max=3, bots_after=5.0)
    bot = solo("bot", bot=True)
    assert filled(opening(1, 0), bot, queue=queue) == []
    assert filled(opening(1, 0, enqueued=-5.0), bot, queue=queue) == [{"bot"}, set()]


def test_an_opening_that_has_ended_is_not_filled() -> None:
    assert filled(opening(1, 0, expires=0.0), solo("a")) == []
    assert filled(opening(0, 0), solo("a")) == []


@settings(max_examples=60)
@given(queues().flatmap(lambda queue: st.tuples(st.just(queue), waiting(queue))), st.data())
def test_newcomers_fit_each_other_and_nobody_is_left_who_would_fit(
    queued: tuple[Queue, list[Ticket]], data: st.DataObject
) -> None:
    queue, tickets = replace(queued[0], bots_after=None, starving_after=1e9), queued[1]
    seats = tuple(data.draw(st.integers(0, queue.team_max)) for _ in range(queue.teams))
    nobody: tuple[tuple[Player, ...], ...] = ((),) * queue.teams
    said = {"map": "ice"}
    one = Opening("o", queue.name, "m", "r", seats, nobody, keys=("casual",), properties=said)
    proposals = tick(tickets, [one], 0.0, queue).proposals
    fills = [proposal for proposal in proposals if proposal.opening]
    matched = [ticket.id for proposal in proposals for ticket in proposal.tickets]
    assert len(matched) == len(set(matched))
    newcomers = fills[0].tickets if fills else ()
    for team, most in zip(fills[0].teams if fills else (), seats, strict=False):
        assert sum(len(ticket.players) for ticket in team) <= most
    pairs = replace(queue, quality=None, undersized_after=0.0, team_min=0, team_max=99, teams=1)
    if newcomers:
        assert faults(newcomers, pairs, 0.0) == []
    cell = {"mode": "casual", **({"map": "ice"} if Equal("map") in queue.rules else {})}
    for ticket in tickets:
        says = {"mode": ticket.keys[0], **ticket.properties}
        if ticket.id in matched or any(says[name] != value for name, value in cell.items()):
            continue
        more = (*newcomers, ticket)
        sizes = tuple(sorted((len(each.players) for each in more), reverse=True))
        assert faults(more, pairs, 0.0) or not fits(sizes, tuple(sorted(seats, reverse=True)))
