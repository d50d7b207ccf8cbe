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
    world = make_world(start_spread=0.0)
    username, credential = world.turn_credential()
    asked = plan(servers(TURN, username=username, credential=credential))
    relay = aioice.TransportPolicy.RELAY
    connect(world, make_agent, asked, (True, False), policy=relay)
    # Allocation 2 round trips, channel 1, a check through two relays 2, its nomination 2; 51 ms each.
    assert world.simulation.now < 12 * 0.051


LOOPBACKS = ("127.0.0.1", "127.0.0.2")
State = aioice.ice.CandidatePair.State


async def with_two_pairs(make_agent: Any, plan: Any) -> tuple[Any, Any, Any]:
    """An agent with two sockets on loopback, and its pairs with one remote candidate."""
    agent = make_agent("a", plan(host_addresses=LOOPBACKS))
    await agent.gather()
    agent.connection.remote_username, agent.connection.remote_password = "buser", "b" * 22
    remote = aioice.Candidate("1", 1, "udp", 100, "127.0.0.3", 9, "host")
    await agent.connection.add_remote_candidate(remote)
    better, worse = agent.connection._check_list
    return agent, better, worse


async def test_of_two_nominated_pairs_the_one_of_the_higher_priority_is_used(
    make_agent: Any, plan: Any
) -> None:
    """RFC 8445 §8.1.1, for a remote that nominates aggressively as RFC 5245 let it."""
    agent, better, worse = await with_two_pairs(make_agent, plan)
    for pair in (worse, better):
        agent.connection.check_state(pair, State.SUCCEEDED)
        pair.nominated = True
    for pair in (worse, better, worse):
        agent.connection.check_complete(pair)
    assert agent.connection.path.local[0] == better.local_candidate.host
    await agent.connection.close()


def answering(answers: dict[Any, bool]) -> list[tuple[Any, bool]]:
    """Let each pair's checks be answered, or not; returns what will have been asked."""
    asked: list[tuple[Any, bool]] = []

    def make(pair: Any) -> Any:
        async def request(request: Any, addr: Any, **options: Any) -> Any:
            asked.append((pair, "USE-CANDIDATE" in request.attributes))
            if not answers[pair]:
                assert options["retransmissions"] < 3, "a dead pair must not be held on to"
                raise aioice.stun.TransactionTimeout
            return None, addr

        return request

    for pair in answers:
        pair.protocol.request = make(pair)
    return asked


async def test_when_the_best_pair_dies_before_it_is_nominated_the_next_one_is(
    make_agent: Any, plan: Any
) -> None:
    agent, better, worse = await with_two_pairs(make_agent, plan)
    asked = answering({better: False, worse: True})
    for pair in (better, worse):
        agent.connection.check_state(pair, State.SUCCEEDED)
    agent.connection.switch_role(ice_controlling=True)
    async with asyncio.timeout(20):
        await agent.connection.connect()
    assert asked == [(better, True), (worse, True)]
    assert agent.connection.path.local[0] == worse.local_candidate.host
    await agent.connection.close()


async def test_a_side_that_loses_control_while_it_nominates_selects_nothing(
    make_agent: Any, plan: Any
) -> None:
    agent, better, _ = await with_two_pairs(make_agent, plan)
    agent.connection.check_state(better, State.SUCCEEDED)
    asked = asyncio.Event()

    async def request(request: Any, addr: Any, **options: Any) -> Any:
        agent.connection.switch_role(ice_controlling=False)
        asked.set()
        return None, addr

    better.protocol.request = request
    agent.connection.switch_role(ice_controlling=True)
    async with asyncio.timeout(20):
        await asked.wait()
    for _ in range(5):
        await asyncio.sleep(0)
    assert agent.connection.path is None
    await agent.connection.close()


async def test_a_side_that_is_given_control_nominates_what_it_knows_to_work(
    make_agent: Any, plan: Any
) -> None:
    agent, better, worse = await with_two_pairs(make_agent, plan)
    asked = answering({better: True, worse: True})
    agent.connection.check_state(better, State.SUCCEEDED)
    agent.connection.switch_role(ice_controlling=True)
    async with asyncio.timeout(20):
        while agent.connection.path is None:
            await asyncio.sleep(0)
    assert asked == [(better, True)]
    await agent.connection.close()


async def test_a_pair_whose_check_was_cut_short_can_still_be_nominated_by_the_remote(
    make_agent: Any, plan: Any
) -> None:
    agent, better, worse = await with_two_pairs(make_agent, plan)
    connecting = asyncio.create_task(agent.connection.connect())
    async with asyncio.timeout(20):
        while better.state is not State.IN_PROGRESS:
            await asyncio.sleep(0)
    agent.connection.check_state(worse, State.SUCCEEDED)
    worse.nominated = True
    agent.connection.check_complete(worse)
    await connecting
    assert better.state is State.WAITING
    assert better.task is None
    await agent.connection.close()


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
