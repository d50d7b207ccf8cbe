"""Queues and tickets of all kinds, as hypothesis makes them."""

from dataclasses import replace
from typing import Any

import hypothesis.strategies as st

from signaling.matchmaking.configuration.queues import (
    Equal,
    Falling,
    Overlap,
    Queue,
    Widening,
    Within,
)
from signaling.matchmaking.tickets import Player, Ticket

RATINGS = st.integers(18, 32).map(lambda number: 60.0 * number)
WAITED = st.sampled_from([0.0, 0.5, 3.0, 10.0, 20.0, 40.0, 70.0])
TRIPS = st.dictionaries(st.sampled_from(["eu", "us", "as"]), st.sampled_from([20.0, 60.0, 90.0]))
SHAPES = ((2, 1, 1), (2, 2, 2), (2, 1, 3), (1, 3, 3), (3, 1, 1), (3, 1, 2))
RULES = (Equal("map"), Within("level", Widening(2.0, 0.1, most=6.0)), Overlap("modes"))
WORDS = st.sets(st.sampled_from("abc"), min_size=1).map(lambda words: tuple(sorted(words)))


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    """A queue; each of its rules may be missing."""
    teams, least, most = draw(st.sampled_from(SHAPES))
    return Queue(
        "q",
        keys=("mode",),
        teams=teams,
        team_min=least,
        team_max=most,
        party_max=most,
        undersized_after=draw(st.sampled_from([0.0, 5.0, 30.0])),
        rating=draw(st.sampled_from([None, Widening(61.0, 10.0, 5.0, 300.0)])),
        starving_after=draw(st.sampled_from([15.0, 60.0])),
        rtt=draw(st.sampled_from([None, Widening(50.0, 4.0, 5.0, 100.0)])),
        rules=tuple(rule for rule in RULES if draw(st.integers(0, 3)) == 0),
        quality=draw(st.sampled_from([None, Falling(0.93, 0.02, 2.0, 0.3)])),
        party_bonus=draw(st.sampled_from([0.0, 0.0, 30.0])),
        bots_after=draw(st.sampled_from([None, 8.0])),
    )


@st.composite
def waiting(draw: st.DrawFn, queue: Queue, most: int = 8) -> list[Ticket]:
    """Tickets of a queue at the time 0."""
    return [draw(tickets(f"t{at}", queue)) for at in range(draw(st.integers(0, most)))]


@st.composite
def tickets(draw: st.DrawFn, name: str, queue: Queue) -> Ticket:
    size = draw(st.integers(1, queue.party_max))
    bot = draw(st.integers(0, 9)) == 0
    return Ticket(
        name,
        queue.name,
        tuple(draw(players(f"{name}-{at}", bot=bot)) for at in range(size)),
        keys=(draw(st.sampled_from(["casual", "casual", "ranked"])),),
        enqueued=-draw(WAITED),
        expires=0.0 if draw(st.integers(0, 19)) == 0 else 9.0,
        properties={
            "map": draw(st.sampled_from(["ice", "lava"])),
            "level": float(draw(st.integers(1, 9))),
            "modes": draw(WORDS),
        },
        avoid=frozenset(draw(st.lists(st.sampled_from("xyz"), max_size=1))),
        paused=draw(st.integers(0, 19)) == 0,
    )


@st.composite
def players(draw: st.DrawFn, name: str, *, bot: bool) -> Player:
    subject = draw(st.sampled_from(["", "", "x", "y", "z"]))
    return Player(
        name, f"sid-{name}", subject=subject, rating=draw(RATINGS), rtt=draw(TRIPS), bot=bot
    )


def widened(queue: Queue, more: int) -> Queue:
    """The queue with one or several of its rules wider: each bit of `more` is one of them."""
    wider: dict[str, Any] = {}
    if more & 1 and queue.rating is not None:
        wider["rating"] = replace(queue.rating, start=queue.rating.start + 60.0, most=400.0)
    if more & 2 and queue.rtt is not None:
        wider["rtt"] = replace(queue.rtt, per_second=queue.rtt.per_second + 5.0, most=150.0)
    if more & 4:
        wider["rules"] = queue.rules[:-1]
    if more & 8 and queue.quality is not None:
        wider["quality"] = replace(queue.quality, start=queue.quality.start - 0.2)
    if more & 16:
        wider["undersized_after"] = 0.0
    if more & 32:
        wider["bots_after"] = 0.0
    if more & 64:
        wider["starving_after"] = 0.0
    return replace(queue, **wider)
