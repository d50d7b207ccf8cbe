"""Nomination: one pair for both sides, a direct one if there is one, and no role for two."""

import asyncio
from typing import Any

import aioice.ice
import pytest

import nat
from peer import PathKind
from peer.engine.nomination import is_relayed

STUN = "stun:198.51.100.10"
TURN = "turn:198.51.100.10"


def connect(
    world: Any, make_agent: Any, plan: Any, roles: tuple[bool, bool], **options: Any
) -> Any:
    async def main() -> Any:
        with world.alice:
            a = make_agent("a", plan, **options)
        with world.bob:
            b = make_agent("b", plan, **options)
        a.connection.ice_controlling, b.connection.ice_controlling = roles
        async with asyncio.TaskGroup() as group:
            world.alice.start(group, a.connect_to(b))
            world.bob.start(group, b.connect_to(a))
        found = (a.connection.path, b.connection.path)
        controlling = (a.connection.ice_controlling, b.connection.ice_controlling)
        async with asyncio.TaskGroup() as group:
            world.alice.start(group, a.connection.close())
            world.bob.start(group, b.connection.close())
        return found, controlling

    return world.run(main())


@pytest.mark.parametrize("roles", [(True, False), (False, True), (True, True), (False, False)])
@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_roles_at_first_one_side_controls_and_both_agree(
    make_world: Any, make_agent: Any, plan: Any, servers: Any, roles: tuple[bool, bool], seed: int
) -> None:
    """RFC 8445 §7.3.1.1: role conflicts are repaired."""
    world = make_world(seed=seed)
    (a, b), controlling = connect(world, make_agent, plan(servers(STUN)), roles)
    assert sorted(controlling) == [False, True]
    assert (a.local, a.remote) == (b.remote, b.local)


@pytest.mark.parametrize("seed", range(5))
def test_a_relay_at_hand_does_not_keep_a_direct_path_from_being_found(
    make_world: Any, make_agent: Any, plan: Any, servers: Any, seed: int
) -> None:
    """The direct pair's first checks are lost to a filter, the relayed pair's are not."""
    world = make_world(seed=seed, nats=(nat.SYMMETRIC, nat.RESTRICTED_CONE))
    username, credential = world.turn_credential()
    asked = plan(servers(STUN, TURN, username=username, credential=credential))
    (a, b), _ = connect(world, make_agent, asked, (True, False))
    assert a.kind is b.kind is PathKind.REFLEXIVE


def test_a_relayed_pair_is_taken_when_nothing_else_works_and_both_agree(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world(nats=(nat.SYMMETRIC, nat.SYMMETRIC))
    username, credential = world.turn_credential()
    asked = plan(servers(STUN, TURN, username=username, credential=credential))
    (a, b), _ = connect(world, make_agent, asked, (False, True))
    assert PathKind.RELAYED in (a.kind, b.kind)
    assert a.remote == b.local or b.remote == a.local


def test_relay_only_pairs_are_nominated_without_waiting_for_a_direct_one(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    username, credential = world.turn_credential()
    asked = plan(servers(TURN, username=username, credential=credential))
    relay = aioice.TransportPolicy.RELAY
    connect(world, make_agent, asked, (True, False), policy=relay)
    # Allocation 2 round trips, channel 1, a check through two relays 2, its nomination 2; 51 ms each.
    assert world.simulation.now < 12 * 0.051


def test_a_pair_is_relayed_if_either_end_is() -> None:
    def pair(local: str, remote: str) -> Any:
        made = aioice.ice.CandidatePair.__new__(aioice.ice.CandidatePair)
        made.protocol = type("P", (), {})()
        made.protocol.local_candidate = aioice.Candidate("1", 1, "udp", 1, "192.0.2.1", 1, local)
        made.remote_candidate = aioice.Candidate("1", 1, "udp", 1, "192.0.2.2", 1, remote)
        return made

    assert is_relayed(pair("relay", "host"))
    assert is_relayed(pair("host", "relay"))
    assert not is_relayed(pair("host", "srflx"))
