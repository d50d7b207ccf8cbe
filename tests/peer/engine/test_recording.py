"""What the agent writes down while it checks: why a pair failed, who was refused, where a pair leads."""

import asyncio
from typing import Any

import aioice
import pytest
from aioice import stun

import nat
from peer import CandidateType
from peer.report import CheckFailure, Outcome, PairState

STUN = "stun:198.51.100.10"
TURN = "turn:198.51.100.10"


def reports(
    world: Any, make_agent: Any, plan: Any, *, password: str | None = None, strict: bool = True
) -> Any:
    """Let alice's agent and bob's try to connect.

    Returns:
        The report of each side's generation.
    """

    async def main() -> Any:
        with world.alice:
            a = make_agent("a", plan)
        with world.bob:
            b = make_agent("b", plan)
        a.connection.ice_controlling = True

        async def side(agent: Any, other: Any) -> None:
            try:
                await agent.connect_to(other, password)
            except* ConnectionError:
                assert not strict

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side(a, b))
            world.bob.start(group, side(b, a))
        await asyncio.sleep(1.0)
        for host, agent in ((world.alice, a), (world.bob, b)):
            with host:
                await asyncio.create_task(agent.connection.close())
        return [agent.connection.record.report(0.0) for agent in (a, b)]

    return world.run(main())


def test_checks_that_nobody_answers_are_counted_with_those_sent_again(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world(nats=(nat.SYMMETRIC, nat.SYMMETRIC))
    for report in reports(world, make_agent, plan(servers(STUN)), strict=False):
        assert report.outcome is Outcome.FAILED
        for pair in report.pairs:
            assert pair.state is PairState.FAILED
            assert pair.failure is CheckFailure.NO_ANSWER
            assert pair.requests_sent > 5
            assert pair.responses_received == 0
            assert pair.local.type is CandidateType.HOST


def test_a_wrong_password_is_refused_and_told_as_an_error(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    world = make_world(nats=(nat.FULL_CONE, nat.FULL_CONE))
    asked = plan(servers(STUN), connect_deadline=1.0)
    a, b = reports(world, make_agent, asked, password="w" * 22, strict=False)
    assert a.refused
    assert b.refused
    assert not any(pair.responses_received for pair in a.pairs)


def test_an_answer_from_another_address_is_told_with_that_address(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    """A mapping of its own for each remote, and no filter: the answer leaves from another port."""
    odd = nat.Behavior(
        nat.Dependence.ADDRESS_AND_PORT_DEPENDENT, nat.Dependence.ENDPOINT_INDEPENDENT
    )
    world = make_world(nats=(odd, odd))
    reported = reports(world, make_agent, plan(servers(STUN), connect_deadline=3.0), strict=False)
    found = {(p.failure, p.detail[:16]) for report in reported for p in report.pairs}
    assert (CheckFailure.WRONG_SOURCE, "from 203.0.113.1") in found


def test_a_peer_that_the_relay_does_not_serve_is_told_as_refused(
    make_world: Any, make_agent: Any, plan: Any, servers: Any
) -> None:
    """The relay's policy knows no private addresses, and a host candidate is one."""
    world = make_world(nats=(nat.SYMMETRIC, nat.SYMMETRIC))
    username, credential = world.turn_credential()
    asked = plan(servers(STUN, TURN, username=username, credential=credential))
    a, _ = reports(world, make_agent, asked)
    assert a.outcome is Outcome.COMPLETED
    relayed = [pair for pair in a.pairs if pair.local.type is CandidateType.RELAYED]
    to_host = [pair for pair in relayed if pair.remote.address[0].startswith("192.168.")]
    assert to_host
    assert {pair.local.server for pair in relayed} == {TURN}
    assert all(pair.local in a.candidates for pair in a.pairs)
    assert all(pair.responses_received == 0 for pair in to_host)


async def test_a_socket_that_is_lost_takes_its_pairs_with_it(make_agent: Any, plan: Any) -> None:
    agent = make_agent("a", plan(host_addresses=("127.0.0.1",)))
    await agent.gather()
    await agent.connection.add_remote_candidate(
        aioice.Candidate("1", 1, "udp", 1, "127.0.0.1", 9, "host")
    )
    (protocol,) = agent.connection._protocols
    await protocol.close()
    (pair,) = agent.connection.record.report(0.0).pairs
    assert (pair.state, pair.failure) == (PairState.FAILED, CheckFailure.SOCKET_LOST)
    await agent.connection.close()


@pytest.mark.parametrize(
    ("error", "failure", "detail"),
    [
        (stun.TransactionTimeout(), CheckFailure.NO_ANSWER, ""),
        (OSError("Network is unreachable"), CheckFailure.UNREACHABLE, "Network is unreachable"),
        (403, CheckFailure.ERROR, "403 Forbidden"),
    ],
)
async def test_why_a_check_failed_is_told_apart(
    make_agent: Any, plan: Any, error: Any, failure: CheckFailure, detail: str
) -> None:
    agent = make_agent("a", plan(host_addresses=("127.0.0.1",)))
    agent.connection.remote_username, agent.connection.remote_password = "buser", "b" * 22
    await agent.gather()
    await agent.connection.add_remote_candidate(
        aioice.Candidate("1", 1, "udp", 1, "127.0.0.1", 9, "host")
    )
    (pair,) = agent.connection._check_list

    async def request(request: Any, addr: Any, **_: Any) -> Any:
        if isinstance(error, int):
            refusal = stun.Message(stun.Method.BINDING, stun.Class.ERROR)
            refusal.attributes["ERROR-CODE"] = (error, "Forbidden")
            raise stun.TransactionFailed(refusal)
        if isinstance(error, OSError):
            pair.protocol._sending_to = addr
            pair.protocol.error_received(error)
        raise stun.TransactionTimeout

    pair.protocol.request = request
    await agent.connection.check_start(pair)
    (told,) = agent.connection.record.report(0.0).pairs
    assert told.failure is failure
    assert told.detail.startswith(detail)
    await agent.connection.close()


async def test_what_a_relay_refuses_to_serve_is_not_asked_any_longer(
    make_agent: Any, plan: Any
) -> None:
    agent = make_agent("a", plan(host_addresses=("127.0.0.1",)))
    agent.connection.remote_username, agent.connection.remote_password = "buser", "b" * 22
    await agent.gather()
    await agent.connection.add_remote_candidate(
        aioice.Candidate("1", 1, "udp", 1, "127.0.0.1", 9, "host")
    )
    (pair,) = agent.connection._check_list
    refusal = OSError("the relay refuses 127.0.0.1: 403 Forbidden")
    refusal.peer, refusal.code = pair.remote_addr, 403  # type: ignore[attr-defined]
    asyncio.get_running_loop().call_soon(pair.protocol.error_received, refusal)
    async with asyncio.timeout(20):
        await agent.connection.check_start(pair)
    (told,) = agent.connection.record.report(0.0).pairs
    assert told.failure is CheckFailure.RELAY_REFUSED
    assert "403" in told.detail
    await agent.connection.close()
