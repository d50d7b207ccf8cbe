"""`meet`, with the server's address and with a client."""

import asyncio
from typing import Any

import pytest

import signaling
from peer import SessionFailedError, SessionState, meet
from peer.explanation import Verdict


def test_two_meet_knowing_nothing_but_the_servers_address(make_world: Any) -> None:
    world = make_world()

    async def talk(session: Any, channel: Any) -> None:
        await channel.send(session.remote)
        assert await channel.receive() != session.remote

    sessions = world.run(world.call(talk, talk))
    assert {session.remote for session in sessions.values()} == {"alice", "bob"}
    assert {session.state for session in sessions.values()} == {SessionState.CLOSED}
    for session in sessions.values():
        assert session.explain().verdict is Verdict.DIRECT


def test_one_who_is_alone_waits_and_has_no_connection_yet(make_world: Any) -> None:
    world = make_world()

    async def main() -> None:
        async def alone() -> None:
            async with meet(world.url, "room", name="alice") as session:
                await asyncio.sleep(100)
                assert session.state is SessionState.WAITING
                assert session.candidates == ()
                with pytest.raises(SessionFailedError, match="nobody is there"):
                    session.pc.getSenders()
            with pytest.raises(SessionFailedError, match="closed here"):
                await session.connected()

        await world.alice.run(alone())
        assert world.relay.counters.allocations == 0

    world.run(main())


def test_a_server_that_cannot_be_reached_is_an_error_at_once_and_leaves_nothing(
    make_world: Any,
) -> None:
    world = make_world()

    async def main() -> None:
        tasks = asyncio.all_tasks()

        async def nowhere() -> None:
            with pytest.raises(signaling.UnreachableError):
                async with meet("ws://198.51.100.10:81/v1/ws", "room"):
                    raise AssertionError("it cannot be")

        await world.alice.run(nowhere())
        await asyncio.sleep(1)
        assert asyncio.all_tasks() <= tasks

    world.run(main())
