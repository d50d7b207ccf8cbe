"""Calls while their signaling is parted, slow, lossy, closed or started anew: they notice as little as can be."""

import asyncio
import time
from typing import Any

import pytest

import signaling
from peer import Configuration, IceTransportPolicy, PathKind
from peer.happenings import Restarted, SignalingChanged, StateChanged
from peer.restarts import Reason

from .talking import play, restarts, silence

SERVER = "198.51.100.10"
PACE = 0.1
"""Seconds between two messages: a silence of 0.2 is one that is missing."""


def signaling_changes(talk: Any, name: str) -> list[bool]:
    return [event.up for event in talk.events[name] if isinstance(event, SignalingChanged)]


@pytest.mark.parametrize("seconds", [1, 10, 40])
def test_a_call_outlives_a_partition_from_signaling_and_negotiates_nothing_anew(
    make_world: Any, seconds: float
) -> None:
    async def script(world: Any, talk: Any) -> None:
        world.simulation.partition([world.bob_home], [world.server])
        await asyncio.sleep(seconds)
        world.simulation.heal()
        await asyncio.sleep(45)
        assert world.sessions["bob"].timeline.happenings or seconds < 40

    talk = play(make_world(), script, pace=PACE)
    assert restarts(talk) == []
    assert max(silence(heard) for heard in talk.heard.values()) < 0.2
    for name in ("alice", "bob"):
        assert signaling_changes(talk, name) in ([], [False, True])
        assert not [event for event in talk.events[name] if isinstance(event, StateChanged)]
    if seconds == 40:
        assert signaling_changes(talk, "bob") == [False, True]


@pytest.mark.parametrize(
    "link", [{"loss": 0.3}, {"latency": 2.0}, {"loss": 0.1, "latency": 0.5}], ids=str
)
def test_a_call_takes_no_notice_of_a_slow_or_lossy_way_to_signaling(
    make_world: Any, link: dict[str, float]
) -> None:
    async def script(world: Any, talk: Any) -> None:
        world.simulation.link(world.server, **link)
        await asyncio.sleep(60)
        world.simulation.link(world.server, latency=world.latency, loss=0.0)
        await asyncio.sleep(30)

    talk = play(make_world(), script, pace=PACE)
    assert restarts(talk) == []
    assert max(silence(heard) for heard in talk.heard.values()) < 0.2


def test_an_ice_restart_that_is_asked_for_during_a_partition_is_made_after_it(
    make_world: Any,
) -> None:
    async def script(world: Any, talk: Any) -> None:
        world.simulation.partition([world.bob_home], [world.server])
        world.sessions["bob"].restart()
        await asyncio.sleep(25)
        assert not [e for e in talk.events["alice"] if isinstance(e, Restarted)]
        world.simulation.heal()
        await asyncio.sleep(15)
        assert [e for e in talk.events["alice"] if isinstance(e, Restarted)]

    talk = play(make_world(), script, pace=PACE)
    assert set(restarts(talk)) == {Reason.ASKED, None}
    assert max(silence(heard) for heard in talk.heard.values()) < 0.5


def test_a_relayed_call_outlives_its_credential_and_restarts_with_a_newer_one(
    make_world: Any,
) -> None:
    ttl = 120.0
    ice = signaling.IceSettings((), (f"turn:{SERVER}:3478",), "shared", ttl=ttl)
    world = make_world(ice=ice)

    def usernames() -> list[str]:
        """Of those whose allocations the relay holds, which are good for as long as they live."""
        return sorted({one.user for one in world.relay.sessions().sessions})

    def expiry(username: str) -> int:
        return int(username.partition(":")[0])

    async def script(world: Any, talk: Any) -> None:
        before = usernames()
        await asyncio.sleep(6 * ttl)
        assert usernames() == before, "the allocations live on with the credentials they began with"
        assert max(map(expiry, before)) < time.time() - 4 * ttl
        assert restarts(talk) == []
        world.sessions["bob"].restart()
        await asyncio.sleep(20)
        after = set(usernames()) - set(before)
        assert {expiry(one) > time.time() for one in after} == {True}
        assert world.sessions["bob"].path.kind is PathKind.RELAYED

    only_relayed = Configuration(policy=IceTransportPolicy.RELAY)
    talk = play(world, script, only_relayed, pace=0.5, deadline=2000.0)
    assert set(restarts(talk)) == {Reason.ASKED, None}
    assert max(silence(heard) for heard in talk.heard.values()) < 1.0
