"""What is predicted from two diagnoses is what ICE then finds, for five hundred pairs of NATs.

What is called certain always is. What is called likely rests on habits of NATs that the diagnosis
could not see (to what filters belong, whether a way back is fixed): two homes of three have the usual
ones here.
"""

import dataclasses
import functools
import random
from collections import Counter
from typing import Any, Final

import pytest

from hairpin.lab.couples import Couple, Met, play
from hairpin.lab.mix import Place
from nat import Blocking, FilterScope, IcmpErrors, Sessions, Unsolicited
from nat.discovery import Plan, Report, StunServer, Wish
from nat.discovery.discovering import discover
from nat.discovery.prediction import Certainty, predict
from stunwire import Address
from tests.nat.discovery.worlds import Case, case, diagnose

PAIRS = 504
BLOCK = 63
PLACES = 63
WISHES = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN, Wish.PORTS})
PLAIN: Final[dict[str, Any]] = {
    "blocking": Blocking.NONE,
    "unsolicited": Unsolicited.DROP,
    "icmp_errors": IcmpErrors.TRANSLATED,
    "filter_lifetime": None,
    "after_conflict": None,
}
"""Moods of which the rule for two NATs knows nothing."""
USUAL: Final[dict[str, Any]] = {"filter_scope": FilterScope.MAPPING, "sessions": Sessions.NONE}


async def diagnosis(servers: tuple[Address, ...]) -> Report:
    plan = Plan(tuple(StunServer(each.host, each.port) for each in servers), wishes=WISHES)
    return await discover(plan)


def place(number: int) -> Case:
    """A home: the nine types in turn, everything else by chance; each has an address of its own."""
    drawn = case(7000 + number)
    settings = PLAIN | USUAL if number % 3 else PLAIN
    nats = tuple(dataclasses.replace(each, **settings) for each in drawn.nats)
    return Case(drawn.seed, nats, externals=(f"203.0.113.{100 + number}",), latency=drawn.latency)


@functools.cache
def report(number: int) -> Report:
    return diagnose(place(number), diagnosis)


def meet(one: int, other: int, seed: int) -> Met:
    """Real ICE between two of them, without a relay."""
    a, b = (Place("home", world.nats, world.latency) for world in map(place, (one, other)))
    return play(Couple((a, b), seed))


@pytest.mark.parametrize("first", range(0, PAIRS, BLOCK))
def test_a_prediction_comes_true(first: int) -> None:
    wrong: list[str] = []
    came: Counter[tuple[Certainty, bool]] = Counter()
    for number in range(first, first + BLOCK):
        chance = random.Random(number)
        # few homes in a block, so that few need be diagnosed there
        one, other = (chance.randrange(first // BLOCK, PLACES, PAIRS // BLOCK) for _ in "ab")
        told = predict(report(one), report(other))
        true = told.is_direct == meet(one, other, number).direct
        came[told.certainty, true] += 1
        if told.certainty is Certainty.CERTAIN and not true:
            wrong.append(f"{number}: {told.sentence} {place(one).words} / {place(other).words}")
    assert not wrong
    assert came[Certainty.CERTAIN, True] >= BLOCK / 6
    assert came[Certainty.LIKELY, False] <= came[Certainty.LIKELY, True]
