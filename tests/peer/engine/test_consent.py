"""Consent: 30 s from the last answer, however late; disconnected in silence; asked without hurry."""

import asyncio
import itertools
from typing import Any

import pytest

import nat
from peer.engine.consent import Consent, ConsentOutput
from peer.report import IceState

STUN = "stun:198.51.100.10"
ASK, GONE, BACK, OVER = ConsentOutput


def consent(chance: float = 0.5) -> Consent:
    return Consent(0.0, deadline=30.0, disconnected_after=5.0, chance=chance)


def run(
    core: Consent,
    *,
    until: float,
    round_trip: float | None,
    chance: float = 0.5,
    hears: bool = False,
) -> list[tuple[float, ConsentOutput]]:
    """Play a remote that answers after a round trip, or never, and may send data all the time."""
    found: list[tuple[float, ConsentOutput]] = []
    answers: list[tuple[float, float]] = []
    now = 0.0
    while now < until:
        due = core.next_deadline()
        if hears and due > now + 0.1:
            now += 0.1
            core.hear(now)
        elif answers and answers[0][0] <= due:
            now, asked = answers.pop(0)
            found += [(now, output) for output in core.receive_answer(asked, now, chance=chance)]
        else:
            now = due
            for output in core.handle_timer(now, chance=chance):
                found.append((now, output))
                if output is ASK and round_trip is not None:
                    answers.append((now + round_trip, now))
                if output is OVER:
                    return found
    return found


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_while_data_comes_it_is_asked_every_four_to_six_seconds(chance: float) -> None:
    found = run(consent(chance), until=60, round_trip=0.05, chance=chance, hears=True)
    times = [time for time, output in found if output is ASK]
    assert all(3.95 < b - a < 6.05 for a, b in itertools.pairwise([0.0, *times]))
    assert len(found) == len(times)


def test_in_silence_it_is_asked_sooner() -> None:
    found = run(consent(), until=60, round_trip=0.05)
    times = [time for time, _ in found]
    assert all(2.5 <= b - a < 4 for a, b in itertools.pairwise(times))


def test_without_an_answer_it_is_disconnected_after_5_s_and_expires_after_30() -> None:
    found = run(consent(), until=60, round_trip=None)
    assert [(time, output) for time, output in found if output is not ASK] == [
        (5, GONE),
        (30, OVER),
    ]
    asked = [time for time, output in found if output is ASK]
    assert all(b - a <= 1.0 for a, b in itertools.pairwise(asked))
    assert len(asked) < 35


def test_data_keeps_it_connected_and_gives_no_consent() -> None:
    found = run(consent(), until=60, round_trip=None, hears=True)
    assert [(time, output) for time, output in found if output is not ASK] == [(30, OVER)]


@pytest.mark.parametrize("round_trip", [0.001, 0.6, 1.2, 2.0])
def test_a_long_round_trip_takes_no_consent_away(round_trip: float) -> None:
    found = run(consent(), until=600, round_trip=round_trip)
    assert OVER not in [output for _, output in found]
    assert [output for time, output in found if output is not ASK and time > 10] == []


def test_an_answer_brings_it_back_and_starts_the_30_seconds_anew() -> None:
    core = consent()
    run(core, until=20, round_trip=None)
    assert not core.alive
    assert core.receive_answer(19.0, 20.5, chance=0.5) == [BACK]
    assert core.alive
    assert core.handle_timer(50.4, chance=0.5) != [OVER]
    assert core.handle_timer(50.5, chance=0.5) == [OVER]


@pytest.mark.parametrize("latency", [0.3, 0.5])
def test_a_call_over_a_long_way_lives_for_minutes(
    make_world: Any, plan: Any, servers: Any, play: Any, latency: float
) -> None:
    """aioice takes consent away after 34 s where a round trip takes more than half a second."""
    world = make_world(latency=0.0125)

    async def act(a: Any, b: Any) -> None:
        world.simulation.link(world.alice_home, latency=latency)
        world.simulation.link(world.bob_home, latency=latency)
        await asyncio.sleep(240)
        assert {a.connection.state, b.connection.state} == {IceState.COMPLETED}

    both = plan(servers(STUN))
    for end in play(world, (both, both), act, every=0):
        assert end.states()[-2:] == ["completed", "closed"]


def test_a_dead_way_is_disconnected_then_failed_and_nothing_is_sent_any_more(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    world = make_world()
    cut: list[float] = []

    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(5)
        cut.append(world.simulation.now)
        world.simulation.link(world.bob_home, loss=1.0)
        await asyncio.sleep(40)
        before = len(world.simulation.trace)
        await a.connection.send(b"\x16never")
        await asyncio.sleep(10)
        assert len(world.simulation.trace) == before
        world.simulation.link(world.bob_home, loss=0.0)
        with a.host:
            a.restart()
        await asyncio.sleep(2)

    both = plan(servers(STUN))
    for end in play(world, (both, both), act):
        assert end.states() == [
            *("checking", "connected", "completed", "disconnected", "failed"),
            *("checking", "connected", "completed", "closed"),
        ]
        times = [time - cut[0] for time, event in end.events if hasattr(event, "state")]
        assert times[3] == pytest.approx(5, abs=0.1)
        assert 24 < times[4] < 30.1


def test_a_short_break_ends_in_connected(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    world = make_world(nats=(nat.FULL_CONE, nat.FULL_CONE))

    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(5)
        world.simulation.link(world.bob_home, loss=1.0)
        await asyncio.sleep(12)
        world.simulation.link(world.bob_home, loss=0.0)
        await asyncio.sleep(1.5)

    both = plan(servers(STUN))
    for end in play(world, (both, both), act):
        assert end.states() == [
            *("checking", "connected", "completed"),
            *("disconnected", "completed", "closed"),
        ]
