"""ICE alone: two agents that talk in lines find a path, or say why there is none."""

import asyncio
from typing import Any

import pytest

import nat
from peer import CandidateType, Configuration, PathKind, RemoteError, SessionFailedError
from peer.ice import IceAgent, line
from peer.report import IceState

STUN = "stun:198.51.100.10"


async def connect(world: Any, configuration: Configuration, *, hello: bytes = b"hello") -> Any:
    """Connect alice with bob, and send a datagram each way."""
    ends = line(0.02)
    both = asyncio.Barrier(2)

    async def side(index: int) -> Any:
        async with IceAgent(configuration, controlling=index == 0) as agent:
            path = await agent.connect(ends[index])
            await both.wait()
            await agent.send(hello)
            data = await agent.receive()
            await both.wait()
            return path, data, agent

    async with asyncio.TaskGroup() as group:
        tasks = [
            host.start(group, side(index)) for index, host in enumerate((world.alice, world.bob))
        ]
    return [task.result() for task in tasks]


def test_two_agents_select_the_same_pair_and_carry_datagrams(make_world: Any, servers: Any) -> None:
    world = make_world()
    (a, got_a, agent), (b, got_b, _) = world.run(
        connect(world, Configuration(servers=servers(STUN)))
    )
    assert (a.local, a.remote) == (b.remote, b.local)
    assert a.kind is PathKind.REFLEXIVE
    assert got_a == got_b == b"hello"
    assert [one.type for one in agent.found] == [
        CandidateType.HOST,
        CandidateType.SERVER_REFLEXIVE,
    ]
    report = agent.report()
    assert [state for _, state in report.states] == [IceState.CHECKING, IceState.COMPLETED]
    (generation,) = report.generations
    assert generation.selected is not None
    assert generation.selected.remote.address == a.remote


def test_where_no_path_is_both_say_what_they_tried(make_world: Any, servers: Any) -> None:
    world = make_world(nats=(nat.SYMMETRIC, nat.SYMMETRIC))
    configuration = Configuration(servers=servers(STUN), connect_deadline=2.0)

    async def main() -> list[str]:
        ends = line()
        said = []

        async def side(index: int) -> None:
            async with IceAgent(configuration, controlling=index == 0) as agent:
                with pytest.raises(SessionFailedError) as failure:
                    await agent.connect(ends[index])
                said.append(str(failure.value))

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side(0))
            world.bob.start(group, side(1))
        return said

    said = world.run(main())
    assert said == ["no path: local candidates host, server-reflexive; 2 from the remote"] * 2


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["hello"], "expected ice-ufrag:…, got 'hello'"),
        (["ice-ufrag:"], "expected ice-ufrag:…"),
        (["ice-ufrag:abcd", "candidate:1"], "expected ice-pwd:…"),
        (["ice-ufrag:abcd", "ice-pwd:efgh", "nonsense"], "expected at most 256 candidates"),
        (["ice-ufrag:abcd", "ice-pwd:efgh", "candidate:nonsense"], "not an ICE candidate"),
        (
            ["ice-ufrag:abcd", "ice-pwd:efgh", *["candidate:1 1 udp 1 192.0.2.1 9 typ host"] * 257],
            "at most 256",
        ),
    ],
    ids=["no words", "empty", "no password", "no candidate", "garbage", "too many"],
)
async def test_a_remote_that_talks_nonsense_is_refused(lines: list[str], complaint: str) -> None:
    mine, theirs = line()
    configuration = Configuration(host_addresses=("127.0.0.1",))
    async with IceAgent(configuration, controlling=True) as agent:
        for one in lines:
            await theirs.send(one)
        with pytest.raises(RemoteError, match=complaint):
            await agent.connect(mine)


async def test_lines_arrive_in_the_order_in_which_they_were_sent() -> None:
    one, other = line(0.001)
    for number in range(50):
        await one.send(str(number))
    assert [await other.receive() for _ in range(50)] == [str(number) for number in range(50)]
