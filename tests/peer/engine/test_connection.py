"""The trickling ICE agent: bounds on pairs and on time, the path it names, a prompt close."""

import asyncio
import itertools
from typing import Any

import aioice.ice
import pytest

import nat
from peer import CandidateType, PathKind
from peer.engine.connection import GRACE, HASTY, LEAST_PACING, MAX_PAIRS

STUN = "stun:198.51.100.10"
TURN = "turn:198.51.100.10"
FLOOD = nat.Behavior(nat.Dependence.ADDRESS_AND_PORT_DEPENDENT, nat.Dependence.ENDPOINT_INDEPENDENT)


def connect(world: Any, make_agent: Any, plans: tuple[Any, Any], **options: Any) -> Any:
    """Connect an agent of alice's with one of bob's.

    Returns:
        Both agents, and the exception that connecting has raised on each side, if any.
    """

    async def main() -> Any:
        with world.alice:
            a = make_agent("a", plans[0], **options)
        with world.bob:
            b = make_agent("b", plans[1], **options)
        a.connection.ice_controlling = True
        errors: list[BaseException | None] = [None, None]

        async def side(index: int, agent: Any, other: Any) -> None:
            try:
                await agent.connect_to(other)
            except* ConnectionError as group:
                errors[index] = group.exceptions[0]

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side(0, a, b))
            world.bob.start(group, side(1, b, a))
        paths = [a.connection.path, b.connection.path]
        sizes = [len(agent.connection._check_list) for agent in (a, b)]
        known = [len(agent.connection.remote_candidates) for agent in (a, b)]
        kept = [sum(len(p.pairs) for p in agent.connection._protocols) for agent in (a, b)]
        async with asyncio.TaskGroup() as group:
            world.alice.start(group, a.connection.close())
            world.bob.start(group, b.connection.close())
        return {
            "errors": errors,
            "paths": paths,
            "pairs": sizes,
            "known": known,
            "kept": kept,
            "agents": (a, b),
        }

    return world.run(main())


def test_both_sides_select_the_same_pair(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    both = plan(servers(STUN))
    result = connect(make_world(), make_agent, (both, both))
    a, b = result["paths"]
    assert (a.local, a.remote) == (b.remote, b.local)
    assert a.kind is b.kind is PathKind.REFLEXIVE


def test_a_host_behind_a_nat_is_reported_as_the_remote_sees_it(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    both = plan(servers(STUN))
    a, _ = connect(make_world(), make_agent, (both, both))["paths"]
    assert a.local_type is CandidateType.SERVER_REFLEXIVE
    assert a.local[0] == "203.0.113.1"


def test_a_symmetric_nat_makes_the_local_end_peer_reflexive(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world(nats=(nat.SYMMETRIC, nat.FULL_CONE))
    both = plan(servers(STUN))
    a, b = connect(world, make_agent, (both, both))["paths"]
    assert a.local_type is CandidateType.PEER_REFLEXIVE
    assert b.remote_type is CandidateType.PEER_REFLEXIVE


def test_endless_new_peer_reflexive_candidates_are_bounded_and_the_deadline_holds(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    """Mapping by port, filtering nothing, on both sides: every answer comes from a new port."""
    world = make_world(nats=(FLOOD, FLOOD))
    both = plan(servers(STUN), connect_deadline=60.0)
    result = connect(world, make_agent, (both, both))
    assert all(isinstance(error, ConnectionError) for error in result["errors"])
    assert all(20 < pairs <= MAX_PAIRS for pairs in result["pairs"])
    assert all(known <= MAX_PAIRS for known in result["known"])
    assert all(kept <= MAX_PAIRS for kept in result["kept"])
    assert world.simulation.now == pytest.approx(60.0, abs=0.5)


def test_a_full_check_list_makes_room_for_a_candidate_that_was_signaled(
    make_world: Any, make_agent: Any, plan: Any
) -> None:
    async def main() -> Any:
        with world.alice:
            agent = make_agent("a", plan())
            await agent.gather()
            for number in range(MAX_PAIRS + 20):
                await agent.connection.add_remote_candidate(
                    aioice.Candidate("1", 1, "udp", number + 1, "192.0.2.1", number + 1, "host")
                )
            pairs = list(agent.connection._check_list)
            await agent.connection.close()
        return pairs

    world = make_world()
    pairs = world.run(main())
    assert len(pairs) == MAX_PAIRS
    assert pairs[0].remote_candidate.port == MAX_PAIRS + 20


async def test_several_sockets_do_not_add_up_to_more_than_100_pairs(
    make_agent: Any, plan: Any
) -> None:
    agent = make_agent("a", plan(host_addresses=("127.0.0.1", "127.0.0.2", "127.0.0.3")))
    await agent.gather()
    for port in range(1, MAX_PAIRS + 20):
        candidate = aioice.Candidate("1", 1, "udp", port, "192.0.2.1", port, "host")
        await agent.connection.add_remote_candidate(candidate)
    pairs = agent.connection._check_list
    assert len(pairs) == MAX_PAIRS
    assert {pair.remote_candidate.port for pair in pairs[:3]} == {MAX_PAIRS + 19}
    await agent.connection.close()


async def test_an_early_check_without_a_priority_is_no_candidate_and_stops_nothing(
    make_agent: Any, plan: Any
) -> None:
    agent = make_agent("a", plan(host_addresses=("127.0.0.1",), connect_deadline=0.05))
    agent.connection.remote_username, agent.connection.remote_password = "buser", "b" * 22
    await agent.gather()
    (protocol,) = agent.connection._protocols
    check = aioice.stun.Message(aioice.stun.Method.BINDING, aioice.stun.Class.REQUEST)
    agent.connection._early_checks.append((check, ("127.0.0.1", 9), protocol))
    with pytest.raises(ConnectionError, match="negotiation failed"):
        await agent.connection.connect()
    assert not agent.connection.remote_candidates
    await agent.connection.close()


def test_a_remote_that_tells_no_candidate_is_reached_when_it_checks(
    make_world: Any, make_agent: Any, plan: Any
) -> None:
    """A browser whose only candidate is a name that nobody here can resolve (RFC 8863 §1)."""

    class Silent(make_agent):  # type: ignore[misc]
        async def trickle_to(self, other: Any) -> None:
            await other.connection.add_remote_candidate(None)

    async def main() -> tuple[Any, Any]:
        with world.alice:
            a = make_agent("a", plan())
        with neighbour:
            b = Silent("b", plan())
        a.connection.ice_controlling = True
        async with asyncio.TaskGroup() as group:
            world.alice.start(group, a.connect_to(b))
            neighbour.start(group, b.connect_to(a))
        paths = a.connection.path, b.connection.path
        for agent in (a, b):
            await agent.connection.close()
        return paths

    world = make_world()
    neighbour = world.alice_home.host("neighbour")
    a, b = world.run(main())
    assert a.remote_type is CandidateType.PEER_REFLEXIVE
    assert (a.local, a.remote) == (b.remote, b.local)


def test_ice_fails_at_once_when_both_sides_have_ended_without_candidates(
    make_world: Any, make_agent: Any, plan: Any
) -> None:
    world = make_world()
    nothing = plan()
    relay = aioice.TransportPolicy.RELAY
    result = connect(world, make_agent, (nothing, nothing), policy=relay)
    assert all(isinstance(error, ConnectionError) for error in result["errors"])
    assert world.simulation.now < 1.0


def test_connecting_without_the_remotes_credentials_is_refused(
    make_world: Any, make_agent: Any, plan: Any
) -> None:
    async def main() -> None:
        with world.alice:
            agent = make_agent("a", plan())
            with pytest.raises(ConnectionError, match="credentials"):
                await agent.connection.connect()
            await agent.connection.close()

    world = make_world()
    world.run(main())


def test_gathering_twice_gathers_once(make_world: Any, make_agent: Any, plan: Any) -> None:
    async def main() -> int:
        with world.alice:
            agent = make_agent("a", plan())
            await agent.connection.gather_candidates()
            await agent.connection.gather_candidates()
            found = len(agent.found)
            await agent.connection.close()
        return found

    world = make_world()
    assert world.run(main()) == 1


def test_closing_while_gathering_closes_at_once(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        with world.alice:
            agent = make_agent("a", plan(servers("stun:203.0.113.99")))
            gathering = asyncio.create_task(agent.gather())
            await asyncio.sleep(0.1)
            start = loop.time()
            await agent.connection.close()
            await gathering
        return loop.time() - start

    world = make_world()
    assert world.run(main()) < 0.01


def test_closing_gives_the_relays_allocation_back(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    async def main() -> tuple[int, int]:
        username, credential = world.turn_credential()
        with world.alice:
            agent = make_agent("a", plan(servers(TURN, username=username, credential=credential)))
            await agent.gather()
            held = world.relay.counters.allocations
            await agent.connection.close()
        return held, world.relay.counters.allocations

    world = make_world()
    assert world.run(main()) == (1, 0)


def test_closing_takes_no_longer_than_its_deadline_when_the_relay_is_gone(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    """aioice alone waits 63 s here."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        username, credential = world.turn_credential()
        with world.alice:
            agent = make_agent("a", plan(servers(TURN, username=username, credential=credential)))
            await agent.gather()
            world.simulation.link(world.server, loss=1.0)
            start = loop.time()
            await agent.connection.close()
            took = loop.time() - start
            world.simulation.link(world.server, loss=0.0)
        return took

    world = make_world()
    assert 0.9 < world.run(main()) < 1.2


@pytest.mark.parametrize("spare", [False, True])
def test_once_a_direct_pair_is_selected_the_relay_is_given_back_unless_a_spare_is_wanted(
    make_world: Any, make_agent: Any, plan: Any, servers: Any, spare: bool
) -> None:
    async def main() -> list[int]:
        with world.alice:
            a = make_agent("a", asked)
        with world.bob:
            b = make_agent("b", asked)
        a.connection.ice_controlling = True
        async with asyncio.TaskGroup() as group:
            world.alice.start(group, a.connect_to(b))
            world.bob.start(group, b.connect_to(a))
        held = [world.relay.counters.allocations]
        await asyncio.sleep(GRACE + 1)
        held.append(world.relay.counters.allocations)
        sockets = [len(agent.connection._protocols) for agent in (a, b)]
        await a.connection.send(b"\x16 still there")
        assert await b.connection.recv() == b"\x16 still there"
        for host, agent in ((world.alice, a), (world.bob, b)):
            with host:
                await asyncio.create_task(agent.connection.close())
        return [*held, *sockets, world.relay.counters.allocations]

    world = make_world()
    username, credential = world.turn_credential()
    asked = plan(servers(STUN, TURN, username=username, credential=credential), spare_relay=spare)
    assert world.run(main()) == ([2, 2, 2, 2, 0] if spare else [2, 0, 1, 1, 0])


@pytest.mark.parametrize("pacing", [0.02, 0.3])
def test_checks_are_paced_as_configured_but_for_the_first_few(
    make_world: Any, make_agent: Any, plan: Any, pacing: float
) -> None:
    async def main() -> list[float]:
        with world.alice:
            agent = make_agent("a", plan(pacing=pacing, connect_deadline=4.0))
            agent.connection.remote_username, agent.connection.remote_password = "buser", "b" * 22
            await agent.gather()
            for port in range(1, 9):
                candidate = aioice.Candidate(str(port), 1, "udp", port, "203.0.113.9", port, "host")
                await agent.connection.add_remote_candidate(candidate)
            with pytest.raises(ConnectionError):
                await asyncio.create_task(agent.connection.connect())
            await asyncio.create_task(agent.connection.close())
        pairs = agent.connection.record.report(0.0).pairs
        return sorted(pair.first_request_at for pair in pairs)

    world = make_world()
    times = world.run(main())
    assert len(times) == 8
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert gaps == pytest.approx([LEAST_PACING] * (HASTY - 1) + [pacing] * 4, abs=0.002)


def test_a_controlled_side_whose_remote_nominates_nothing_keeps_what_works(
    make_world: Any, make_agent: Any, plan: Any
) -> None:
    async def main() -> str:
        with world.alice:
            agent = make_agent("a", plan(connect_deadline=0.05))
            agent.connection.remote_username, agent.connection.remote_password = "buser", "b" * 22
            await agent.gather()
            await agent.connection.add_remote_candidate(
                aioice.Candidate("1", 1, "udp", 100, "203.0.113.9", 9, "host")
            )
            (pair,) = agent.connection._check_list

            async def request(request: Any, addr: Any, **_: Any) -> Any:
                return None, addr

            pair.protocol.request = request
            await asyncio.create_task(agent.connection.connect())
            await asyncio.create_task(agent.connection.close())
        (selection,) = agent.connection.record.report(0.0).selections
        return str(selection.reason)

    world = make_world()
    assert "nominated none" in world.run(main())
