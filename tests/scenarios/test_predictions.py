"""What is predicted from two diagnoses is what ICE then finds, for five hundred pairs of NATs.

What is called certain always is, and where a relay is foretold no direct path is found: no mood of a NAT
is left out, be it upset by strangers, or forget ports. What is called likely rests on what a diagnosis
cannot see (whether an ICMP error ends a mapping, whose packet comes first).
"""

import dataclasses
import functools
import random
from collections import Counter
from typing import Any, Final

import pytest

from hairpin.lab.couples import Couple, Met, play
from hairpin.lab.mix import Place
from nat import FilterScope, Sessions
from nat.discovery import Plan, Report, StunServer, Wish
from nat.discovery.discovering import discover
from nat.discovery.prediction import Certainty, predict
from nat.discovery.transactions import Transport
from stunwire import Address
from tests.nat.discovery.worlds import WEB, Case, case, diagnose

PAIRS = 504
BLOCK = 252
PLACES = 63
WISHES = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.PORTS, Wish.ERRORS, Wish.TCP})
USUAL: Final[dict[str, Any]] = {"filter_scope": FilterScope.MAPPING, "sessions": Sessions.NONE}
"""What two homes of three have, where RFC 4787 leaves it open."""
LIKELY: Final = 0.8
"""The share of what is called likely that comes true, at least."""
UNDECIDED: Final = 0.06
"""The share of pairs of which nothing is said, at most."""
SURE: Final = 0.5
"""The share of pairs that meet of which that is called certain, at least."""


async def diagnosis(servers: tuple[Address, ...]) -> Report:
    asked = [StunServer(each.host, each.port) for each in servers]
    asked.append(StunServer(WEB.host, WEB.port, Transport.TCP))
    return await discover(Plan(tuple(asked), wishes=WISHES))


def place(number: int) -> Case:
    """A home: the nine types in turn, everything else by chance; each has an address far from the others'."""
    drawn = case(7000 + number)
    settings = USUAL if number % 3 else {}
    nats = tuple(dataclasses.replace(each, **settings) for each in drawn.nats)
    external = f"203.{number}.113.1"
    return Case(drawn.seed, nats, externals=(external,), latency=drawn.latency, web=True)


@functools.cache
def report(number: int) -> Report:
    return diagnose(place(number), diagnosis)


def meet(one: int, other: int, seed: int) -> Met:
    """Real ICE between two of them, without a relay."""
    a, b = (Place("home", world.nats, world.latency) for world in map(place, (one, other)))
    return play(Couple((a, b), seed))


@pytest.mark.parametrize("first", range(0, PAIRS, BLOCK))
def test_what_is_sure_comes_true_and_what_is_likely_mostly_does(first: int) -> None:
    came: Counter[tuple[Certainty, bool]] = Counter()
    wrong, direct = [], Counter[bool]()
    for number in range(first, first + BLOCK):
        # few homes in a block, so that few need be diagnosed there
        homes = range(first // BLOCK, PLACES, PAIRS // BLOCK)
        one, other = random.Random(number).sample(homes, 2)
        told = predict(report(one), report(other))
        true = told.is_direct == meet(one, other, number).direct
        came[told.certainty, true] += 1
        if told.certainty is Certainty.LIKELY and told.is_direct:
            direct[true] += 1
        sure = told.certainty is Certainty.CERTAIN or told.is_direct is False
        if sure and not true:
            wrong.append(f"{number}: {told.sentence} {place(one).words} / {place(other).words}")
    print(f"likely direct: {direct[True]} of {direct.total()} are; {dict(came)}")
    assert not wrong
    assert direct[True] >= LIKELY * direct.total()
    meeting = came[Certainty.CERTAIN, True] + direct[True]
    assert came[Certainty.CERTAIN, True] >= SURE * meeting
    assert came[Certainty.UNCERTAIN, True] + came[Certainty.UNCERTAIN, False] <= UNDECIDED * BLOCK
