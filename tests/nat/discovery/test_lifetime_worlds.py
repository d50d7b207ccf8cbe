"""Sixty worlds with timers of their own: a silence that was bearable is never called too long, nor the other way."""

import dataclasses
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from nat import Behavior
from nat.choices import Blocking, PortAssignment, Refresh, Sessions, Unsolicited
from nat.discovery import Plan, Report, StunServer, Wish
from nat.discovery.discovering import discover
from nat.discovery.findings import Finding
from nat.discovery.report import FamilyReport, Span
from stunwire import Address, Family
from tests.nat.discovery.worlds import Case, Serving, case, diagnose

WORLDS = 60
BLOCK = 30
WAITS = (10.0, 18.0, 23.0, 28.0, 34.0, 60.0, 118.0, 125.0, 200.0, 298.0, 306.0)
RUNGS = 5
LATER = 10.0
"""Seconds after the end of a binding at which it is known whether its mapping has ended, at most."""
ONE_PORT_ASKS_FOR_ANOTHER = {Serving.ONE, Serving.TWO}


def timed(seed: int) -> tuple[Case, tuple[float, ...]]:
    """The world of a number with one NAT, streams of its own, and some waits that are tried."""
    world, chance = case(seed), random.Random(f"lifetimes of {seed}")
    behavior = dataclasses.replace(world.nats[0], stream_after=chance.choice((0.0, 2.0)))
    waits = tuple(sorted(chance.sample(WAITS, RUNGS)))
    return dataclasses.replace(world, nats=(behavior,)), waits


def one_shot(behavior: Behavior) -> float:
    """How long a way in lives after one exchange."""
    return min(mapping_lifetime(behavior), filter_lifetime(behavior))


def stream(behavior: Behavior) -> float:
    return min(behavior.mapping_lifetime, filter_lifetime(behavior))


def filter_lifetime(behavior: Behavior) -> float:
    """How long the server may answer; a filter that ends before its mapping is all that X sees of both.

    Where a NAT keeps sessions, what belongs to one needs no filter as long as it lives.
    """
    has_sessions = (
        behavior.sessions is Sessions.CONNTRACK
        or behavior.ports is PortAssignment.OVERLOADING
        or behavior.unsolicited is Unsolicited.CLASH
    )
    if behavior.filter_lifetime is None or has_sessions:
        return float("inf")
    return behavior.filter_lifetime


def refreshes(behavior: Behavior) -> set[Refresh]:
    """What keeps a way in open: packets from outside open no filter again.

    Packets from inside do; whether that is enough where they do not keep the mapping, too, depends on its own time.
    """
    if filter_lifetime(behavior) >= mapping_lifetime(behavior):
        return {behavior.refresh}
    return {Refresh.OUTBOUND} if behavior.refresh.outbound else set(Refresh)


def mapping_lifetime(behavior: Behavior) -> float:
    """How long a mapping lives after one exchange."""
    once = behavior.one_shot_lifetime
    is_stream = behavior.stream_after == 0 and behavior.refresh.inbound
    return behavior.mapping_lifetime if once is None or is_stream else once


def wrong(world: Case, report: Report) -> Iterator[str]:
    """What is claimed, or ruled out, that is not so."""
    family = report.family(Family.IPV4) or FamilyReport(Family.IPV4)
    (behavior,) = world.nats
    for name, found, truth in (
        ("one-shot", family.one_shot_lifetime, one_shot(behavior)),
        ("stream", family.stream_lifetime, stream(behavior)),
    ):
        if found.is_known and not contains(found, truth):
            yield f"{name}: {found.value}, not {truth:g} s"
        if found.value and found.value.gone and "the mapping had ended" in found.why:
            ends = min(behavior.mapping_lifetime, behavior.one_shot_lifetime or float("inf"))
            if found.value.gone + LATER < ends:
                yield f"{name}: {found.why}, and it was the filter"
    refresh, allowed = family.refresh, refreshes(behavior)
    if refresh.is_known and refresh.value not in allowed:
        yield f"refresh: {refresh.value} ({refresh.why})"
    if refresh.possible and allowed.isdisjoint(refresh.possible):
        yield f"refresh: one of {refresh.possible} ({refresh.why})"


def contains(found: Finding[Span], seconds: float) -> bool:
    span = found.value
    assert span is not None
    return span.alive <= seconds and (span.gone is None or seconds <= span.gone)


def missed(world: Case, waits: tuple[float, ...], report: Report) -> Iterator[str]:
    """What a clear world would have told, and was not found."""
    family = report.family(Family.IPV4)
    (behavior,) = world.nats
    complete = world.serving in ONE_PORT_ASKS_FOR_ANOTHER and world.lie is None
    if not complete or len(world.externals) > 1 or behavior.blocking is not Blocking.NONE:
        return
    assert family is not None
    for name, found, truth in (
        ("one-shot", family.one_shot_lifetime, one_shot(behavior)),
        ("stream", family.stream_lifetime, stream(behavior)),
    ):
        if waits[0] < truth and not found.is_known:
            yield f"{name} ({found.why})"


@pytest.mark.parametrize("first", range(0, WORLDS, BLOCK))
def test_no_span_misses_the_lifetime_and_no_direction_is_wrong(first: int) -> None:
    told: Counter[str] = Counter()
    mistakes, gaps = [], []
    for number in range(first, first + BLOCK):
        world, waits = timed(number)
        report = diagnose(world, lambda servers, waits=waits: diagnosis(servers, waits))
        words = f"{world.words}, waits {waits}"
        mistakes += [f"{each}; {words}" for each in wrong(world, report)]
        gaps += [f"{each}; {words}" for each in missed(world, waits, report)]
        family = report.family(Family.IPV4) or FamilyReport(Family.IPV4)
        told["spans"] += family.one_shot_lifetime.is_known + family.stream_lifetime.is_known
        told["directions"] += family.refresh.is_known
    assert not mistakes
    assert not gaps
    assert told["spans"] > BLOCK / 2
    assert told["directions"] > 0


async def diagnosis(servers: tuple[Address, ...], waits: tuple[float, ...]) -> Report:
    asked = tuple(StunServer(each.host, each.port) for each in servers)
    plan = Plan(asked, wishes=frozenset({Wish.LIFETIME}), lifetimes=waits)
    return await discover(plan)
