"""From a queue to a data channel, with the real server, behind NATs, in virtual time."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

import signaling
from peer import SessionState, join_match, meet_match
from peer.room import SessionAdded

DUEL = signaling.Queue("duel")


@pytest.mark.parametrize("several", [False, True], ids=["meet_match", "join_match"])
def test_two_who_wait_are_matched_and_talk_over_a_data_channel(
    make_world: Any, several: bool
) -> None:
    world = make_world(queues=(DUEL,))
    heard: dict[str, str | bytes] = {}
    met = asyncio.Barrier(2)

    async def talk(name: str, session: Any) -> None:
        channel = await session.connected()
        assert session.state is SessionState.CONNECTED
        await channel.send(f"{name} to {session.remote}")
        heard[name] = await channel.receive()
        await met.wait()

    async def player(name: str) -> None:
        async with signaling.connect(world.url, peer=name) as client:
            match = await (await client.enqueue("duel")).match()
            if several:
                async with join_match(client, match) as room:
                    first = await anext(aiter(room.events()))
                    assert isinstance(first, SessionAdded)
                    await talk(name, first.session)
            else:
                async with meet_match(client, match) as session:
                    await talk(name, session)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            world.alice.start(group, player("alice"))
            world.bob.start(group, player("bob"))

    world.run(main())
    assert heard == {"alice": "bob to alice", "bob": "alice to bob"}


async def test_a_match_of_three_is_no_match_for_two() -> None:
    match: Any = SimpleNamespace(peers=("bob", "carol"))
    with pytest.raises(ValueError, match="3 players, expected two"):
        async with meet_match(SimpleNamespace(), match):  # type: ignore[arg-type]
            raise AssertionError("it cannot be")
