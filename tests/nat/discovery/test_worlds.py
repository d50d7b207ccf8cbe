"""A thousand worlds, each with a NAT, a line and servers of its own: nothing that is said of them is wrong."""

from collections import Counter

import pytest

from nat import Blocking, Pooling
from nat.discovery import Plan, Report, StunServer, Wish
from nat.discovery.discovering import discover
from stunwire import Address
from tests.nat.discovery.knowable import Cause, cause
from tests.nat.discovery.liars import Lie
from tests.nat.discovery.worlds import Case, Serving, case, checks, diagnose

WORLDS = 1008
BLOCK = 28
WISHES = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN, Wish.PORTS, Wish.FRAGMENTS})
MISSED = 0.04
"""The share of what could be known and is not, at most, where anything odd is in the way."""
CLEAR = ("udp", "translated", "mapping", "filtering", "pooling", "alg", "preserving", "parity")


async def diagnosis(servers: tuple[Address, ...]) -> Report:
    plan = Plan(tuple(StunServer(each.host, each.port) for each in servers), wishes=WISHES)
    return await discover(plan)


def is_clear(world: Case) -> bool:
    """Whether there is nothing that keeps a careful diagnosis from an answer."""
    (nat, *outer) = world.nats
    several = len(world.externals) > 1 and nat.pooling is Pooling.ARBITRARY
    odd = outer or several or nat.blocking is not Blocking.NONE or nat.after_conflict is not None
    complete = world.serving in {Serving.ONE, Serving.TWO} and world.lie is None
    return complete and not odd


@pytest.mark.parametrize("first", range(0, WORLDS, BLOCK))
def test_nothing_is_wrong_and_what_can_be_known_is(first: int) -> None:
    wrong, missed, knowable, total = [], [], [], 0
    for world in map(case, range(first, first + BLOCK)):
        for check in checks(world, diagnose(world, diagnosis)):
            words = f"{check.name}: {check.finding.value} ({check.finding.why}); {world.words}"
            total += 1
            if check.is_wrong:
                wrong.append(words)
            elif is_clear(world) and check.name in CLEAR and not check.is_right:
                missed.append(words)
            elif not check.is_right and cause(world, check) is Cause.MISSED:
                knowable.append(words)
    assert not wrong
    assert not missed
    assert len(knowable) <= MISSED * total, knowable


@pytest.mark.parametrize("lie", Lie, ids=lambda lie: lie.name.lower())
def test_a_server_that_lies_makes_no_answer_wrong(lie: Lie) -> None:
    """Alone, and beside one that does not lie, before each of the nine types."""
    said: Counter[str] = Counter()
    for number in range(18):
        world = case(9 * 31 + number)
        serving = (Serving.ONE, Serving.TWO)[number // 9]
        nats = world.nats[:1]
        told = Case(world.seed, nats, loss=0.02, serving=serving, lie=lie)
        for check in checks(told, diagnose(told, diagnosis)):
            assert not check.is_wrong, f"{check.name}: {check.finding}; {told.words}"
            said[f"{serving.name} {check.name}"] += check.is_right
    assert said["TWO mapping"] + said["TWO filtering"] > 0
