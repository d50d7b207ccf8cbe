"""Gathering: what is asked, in which order it is told, and what a silent server costs."""

import asyncio
from typing import Any

import aioice.ice
import pytest

from peer import (
    CandidateType,
    GatheredCandidate,
    IceTransportPolicy,
    ServerFailure,
    ServerKind,
)
from peer.engine.gathering import ORDER_GRACE

STUN = "stun:198.51.100.10"
TURN = "turn:198.51.100.10"
DEAD = "203.0.113.99"


def gather(world: Any, make_agent: Any, plan: Any, **options: Any) -> tuple[list[Any], list[float]]:
    """What an agent of alice's finds, and the virtual time at which it tells each."""

    async def main() -> tuple[list[Any], list[float]]:
        loop = asyncio.get_running_loop()
        times: list[float] = []
        with world.alice:
            start = loop.time()
            agent = make_agent("a", plan, **options)
            note = agent.found.append

            def found(thing: Any) -> None:
                times.append(loop.time() - start)
                note(thing)

            agent.connection._on_found = found
            await agent.gather()
            await agent.connection.close()
        return agent.found, times

    result: tuple[list[Any], list[float]] = world.run(main())
    return result


def with_credentials(world: Any, servers: Any, *urls: str) -> Any:
    username, credential = world.turn_credential()
    return servers(*urls, username=username, credential=credential)


def test_each_type_is_told_as_soon_as_physics_allows(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    """A round trip is 51 ms here: reflexive after one, relayed after two."""
    world = make_world()
    found, times = gather(world, make_agent, plan(with_credentials(world, servers, STUN, TURN)))
    assert [candidate.type for candidate in found] == [
        CandidateType.HOST,
        CandidateType.SERVER_REFLEXIVE,
        CandidateType.RELAYED,
    ]
    assert times == pytest.approx([0.0, 0.051, 0.102], abs=0.002)


def test_a_candidate_says_where_it_comes_from(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    found, _ = gather(world, make_agent, plan(with_credentials(world, servers, STUN, TURN)))
    host, reflexive, relayed = found
    assert host.server is None
    assert host.address == host.base
    assert host.address[0] == "192.168.1.2"
    assert reflexive.server == STUN
    assert reflexive.address[0] == "203.0.113.1"
    assert reflexive.base == host.address
    assert relayed.server == TURN
    assert relayed.address[0] == "198.51.100.10"
    assert relayed.base[0] == "203.0.113.1"
    assert host.priority > reflexive.priority > relayed.priority


def test_a_silent_server_has_its_own_deadline(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    asked = with_credentials(world, servers, f"stun:{DEAD}", STUN, f"turn:{DEAD}", TURN)
    found, times = gather(world, make_agent, plan(asked, gathering_deadline=0.7))
    candidates = [thing for thing in found if isinstance(thing, GatheredCandidate)]
    failures = [thing for thing in found if isinstance(thing, ServerFailure)]
    assert len(candidates) == 3
    assert {failure.server for failure in failures} == {f"stun:{DEAD}", f"turn:{DEAD}"}
    assert {failure.reason for failure in failures} == {"no answer within 0.7 s"}
    assert max(times) == pytest.approx(0.7, abs=0.01)


def test_a_relayed_candidate_waits_a_moment_for_the_reflexive_ones_and_no_longer(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    asked = with_credentials(world, servers, f"stun:{DEAD}", TURN)
    found, times = gather(world, make_agent, plan(asked))
    told = {
        thing.type: at for thing, at in zip(found, times, strict=True) if hasattr(thing, "type")
    }
    assert told[CandidateType.RELAYED] == pytest.approx(0.102 + ORDER_GRACE, abs=0.002)


def test_a_wrong_password_is_reported_and_not_retried(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    wrong = servers(TURN, username="nobody", credential="wrong")
    found, _ = gather(world, make_agent, plan(wrong))
    (failure,) = [thing for thing in found if isinstance(thing, ServerFailure)]
    assert "401" in failure.reason


def test_a_name_that_nobody_knows_is_reported(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    found, times = gather(world, make_agent, plan(servers("stun:no-such-host")))
    (failure,) = [thing for thing in found if isinstance(thing, ServerFailure)]
    assert failure.server == "stun:no-such-host"
    assert failure.reason
    assert times[-1] < 1.0


def test_only_the_addresses_asked_for_are_used(make_world: Any, make_agent: Any, plan: Any) -> None:
    world = make_world()
    found, _ = gather(world, make_agent, plan(host_addresses=("127.0.0.1",)))
    assert [candidate.address[0] for candidate in found] == ["127.0.0.1"]


def test_an_address_that_is_not_ours_gives_no_candidate(
    make_world: Any, make_agent: Any, plan: Any
) -> None:
    world = make_world()
    found, _ = gather(world, make_agent, plan(host_addresses=("192.0.2.200", "192.168.1.2")))
    failure, candidate = found
    assert (failure.server, failure.base, failure.code) == ("", ("192.0.2.200", 0), 701)
    assert failure.reason
    assert candidate.address[0] == "192.168.1.2"


def test_loopback_is_used_where_there_is_nothing_else(
    make_world: Any, make_agent: Any, plan: Any
) -> None:
    found, _ = gather(make_world(), make_agent, plan(interfaces=("nothing*",)))
    assert [candidate.address[0] for candidate in found] == ["127.0.0.1"]


def test_hosts_have_priorities_of_their_own(make_world: Any, make_agent: Any, plan: Any) -> None:
    """RFC 8445 §5.1.2: "MUST be a unique" priority; aioice gives every host the same."""
    both = plan(host_addresses=("192.168.1.2", "127.0.0.1"))
    found, _ = gather(make_world(), make_agent, both)
    first, second = (candidate.priority for candidate in found)
    assert first > second
    assert first == 2130706431


def test_a_reflexive_candidate_that_equals_its_base_is_redundant(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    """No NAT in between: the host is on the internet itself."""
    world = make_world()
    world.alice = world.simulation.host("public", "198.51.100.77")
    found, _ = gather(world, make_agent, plan(servers(STUN)))
    assert [candidate.redundant for candidate in found] == [False, True]


def test_an_address_that_two_servers_tell_is_told_once(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    """RFC 8445 §5.1.3: same address, same base."""
    world = make_world()
    found, _ = gather(world, make_agent, plan(servers(STUN, "stun:server")))
    assert [candidate.type for candidate in found[1:]] == [CandidateType.SERVER_REFLEXIVE] * 2
    assert [candidate.redundant for candidate in found] == [False, False, True]


def test_two_relays_have_priorities_of_their_own(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    asked = plan(with_credentials(world, servers, TURN, "turn:server"))
    found, _ = gather(world, make_agent, asked)
    priorities = {thing.server: thing.priority for thing in found if thing.server}
    assert priorities[TURN] > priorities["turn:server"]


def test_an_answer_without_an_address_is_reported_in_words(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    class Odd(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            asked = aioice.stun.parse_message(data)
            answer = aioice.stun.Message(
                aioice.stun.Method.BINDING, aioice.stun.Class.RESPONSE, asked.transaction_id
            )
            self.transport.sendto(bytes(answer), addr)

    async def main() -> list[Any]:
        with world.server:
            loop = asyncio.get_running_loop()
            await loop.create_datagram_endpoint(Odd, local_addr=("198.51.100.10", 9))
        with world.alice:
            agent = make_agent("a", plan(servers(f"{STUN}:9")))
            await agent.gather()
            await agent.connection.close()
        found: list[Any] = agent.found
        return found

    world = make_world()
    assert world.run(main())[-1].reason == "its answer lacks XOR-MAPPED-ADDRESS"


def test_relay_only_opens_no_host_socket(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    asked = plan(with_credentials(world, servers, STUN, TURN))
    found, _ = gather(world, make_agent, asked, policy=aioice.TransportPolicy.RELAY)
    assert [candidate.type for candidate in found] == [CandidateType.RELAYED]
    assert found[0].base[0] == "0.0.0.0"


def test_no_host_asks_from_the_hosts_and_tells_none(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    asked = with_credentials(world, servers, STUN, TURN)
    found, _ = gather(world, make_agent, plan(asked, policy=IceTransportPolicy.NO_HOST))
    host, reflexive, relayed = found
    assert host.withheld
    assert not host.told
    assert reflexive.line.endswith("raddr 0.0.0.0 rport 9")
    assert reflexive.base == host.address
    assert reflexive.told
    assert relayed.told


def test_the_policy_relay_of_the_configuration_opens_no_host_socket(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    asked = with_credentials(world, servers, STUN, TURN)
    found, _ = gather(world, make_agent, plan(asked, policy=IceTransportPolicy.RELAY))
    assert [candidate.type for candidate in found] == [CandidateType.RELAYED]


def test_a_port_range_is_kept_to_and_its_end_is_reported(
    make_world: Any, make_agent: Any, plan: Any
) -> None:
    """Two ports for three sockets on one address: the third has none, and says so."""
    mine = ("192.168.1.2",) * 3
    found, _ = gather(
        make_world(), make_agent, plan(host_addresses=mine, port_range=(50000, 50001))
    )
    first, second, failure = found
    assert {first.address[1], second.address[1]} == {50000, 50001}
    assert failure.reason == "no UDP port of 50000 to 50001 is free on 192.168.1.2"


def test_a_plan_tells_its_servers_apart(plan: Any, servers: Any) -> None:
    mixed = plan(servers(STUN, TURN, username="u", credential="p"))
    assert [server.url for server in mixed.of(ServerKind.STUN)] == [STUN]
    assert [server.url for server in mixed.of(ServerKind.TURN)] == [TURN]


def test_a_stopped_gathering_asks_no_further_and_gives_back(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    """It is stopped while the TURN server answers, and while a dead STUN server does not."""
    world = make_world()
    asked = plan(with_credentials(world, servers, f"stun:{DEAD}", TURN))

    async def main() -> tuple[float, list[Any], int]:
        loop = asyncio.get_running_loop()
        with world.alice:
            agent = make_agent("a", asked)
            begun = loop.time()
            loop.call_later(0.08, agent.connection._gatherer.stop)
            await agent.gather()
            took = loop.time() - begun
            await agent.connection.close()
        return took, agent.found, world.relay.counters.allocations

    took, found, left = world.run(main())
    assert took == pytest.approx(0.08, abs=0.001)
    assert [candidate.type for candidate in found] == [CandidateType.HOST]
    assert left == 0


def test_a_failure_says_what_the_w3c_event_needs(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world()
    wrong = servers(f"stun:{DEAD}", TURN, username="nobody", credential="wrong")
    found, _ = gather(world, make_agent, plan(wrong))
    stun, turn = sorted(found[1:], key=lambda failure: failure.server)
    assert (stun.code, stun.asked, stun.base) == (701, (DEAD, 3478), found[0].address)
    assert (turn.code, turn.base) == (401, None)
    assert "password is wrong" in turn.reason
