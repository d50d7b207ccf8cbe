"""Sessions when something goes wrong: members that leave, signals that cannot be used."""

import asyncio
import logging
from typing import Any

import pytest

import signaling
from peer import SessionFailedError, SessionState, meet


async def connect_raw(world: Any, name: str, room: str = "room") -> Any:
    """A member that speaks signaling and is no session."""
    context = signaling.connect(world.url, peer=name)
    client = await context.__aenter__()
    return context, client, await client.join(room)


def test_closing_one_side_ends_the_other(make_world: Any) -> None:
    world = make_world()
    ended: list[tuple[str, SessionState]] = []

    async def wait(session: Any, channel: Any) -> None:
        reason = await session.ended()
        ended.append((reason, session.state))

    async def main() -> None:
        joined = asyncio.Event()

        async def alice() -> None:
            async with (
                signaling.connect(world.url, peer="alice") as client,
                meet(client, "room") as session,
            ):
                joined.set()
                await wait(session, await session.connected())

        async def bob() -> None:
            async with (
                signaling.connect(world.url, peer="bob") as client,
                meet(client, "room") as session,
            ):
                await session.connected()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, alice())
            await joined.wait()
            world.bob.start(group, bob())

    world.run(main())
    ((reason, state),) = ended
    assert state is SessionState.ENDED
    assert "the other side" in reason


def test_the_other_member_leaving_while_connecting_fails_the_session(make_world: Any) -> None:
    world = make_world()

    async def main() -> None:
        with world.alice:
            context, client, _ = await connect_raw(world, "alice")

        async def bob() -> None:
            async with (
                signaling.connect(world.url, peer="bob") as bob_client,
                meet(bob_client, "room") as session,
            ):
                with pytest.raises(SessionFailedError, match="left the room"):
                    await session.connected()
                assert session.state is SessionState.FAILED

        async with asyncio.TaskGroup() as group:
            world.bob.start(group, bob())
            async for event in client.events():
                if isinstance(event, signaling.SignalReceived):
                    break
            await context.__aexit__(None, None, None)

    world.run(main())


def test_a_call_outlives_the_signaling_server(make_world: Any) -> None:
    world = make_world()

    async def main() -> None:
        both = asyncio.Barrier(2)
        joined = asyncio.Event()

        async def side(name: str) -> None:
            async with (
                signaling.connect(world.url, peer=name) as client,
                meet(client, "room") as session,
            ):
                joined.set()
                channel = await session.connected()
                await both.wait()
                await client.close()
                await asyncio.sleep(5)
                await channel.send(name)
                assert await channel.receive() in {"alice", "bob"}
                assert session.state is SessionState.CONNECTED
                await both.wait()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side("alice"))
            await joined.wait()
            world.bob.start(group, side("bob"))

    world.run(main())


BAD_SIGNALS = [
    (signaling.SignalKind.OFFER, {"sdp": "this is no SDP"}, "bad_offer"),
    (
        signaling.SignalKind.OFFER,
        {"sdp": "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"},
        "bad_offer",
    ),
    (signaling.SignalKind.OFFER, {"no": "sdp"}, "bad_offer"),
    (signaling.SignalKind.OFFER, 7, "bad_offer"),
]


@pytest.mark.parametrize(("kind", "data", "name"), BAD_SIGNALS)
def test_an_offer_that_cannot_be_used_is_answered_with_why(
    make_world: Any, caplog: Any, kind: Any, data: Any, name: str
) -> None:
    world = make_world()
    answers: list[Any] = []

    async def main() -> None:
        joined = asyncio.Event()

        async def alice() -> None:
            async with (
                signaling.connect(world.url, peer="alice") as client,
                meet(client, "room") as session,
            ):
                joined.set()
                with pytest.raises(SessionFailedError):
                    await session.connected()
                await asyncio.sleep(1)

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, alice())
            await joined.wait()
            with world.bob:
                context, client, _ = await connect_raw(world, "bob")
            await client.signal("room", "alice", kind, data, pc="x")
            async for event in client.events():
                if isinstance(event, signaling.SignalReceived):
                    answers.append(event.data)
                    break
            await context.__aexit__(None, None, None)

    with caplog.at_level(logging.WARNING):
        world.run(main())
    assert answers[0]["error"]["name"] == name
    assert answers[0]["error"]["message"]
    assert any("offer" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    "candidate",
    [
        {"candidate": "candidate:nonsense", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 1 not-an-address 9 typ host", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 1 192.0.2.1 99999 typ host", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ wormhole", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 0 192.0.2.1 9 typ host", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host"},
        {"candidate": 5},
        "text",
    ],
)
def test_a_candidate_that_does_not_parse_is_answered_and_the_connection_still_comes_up(
    make_world: Any, candidate: Any
) -> None:
    world = make_world()
    complaints: list[Any] = []

    async def main() -> None:
        joined, done = asyncio.Event(), asyncio.Event()

        async def alice() -> None:
            async with (
                signaling.connect(world.url, peer="alice") as client,
                meet(client, "room") as session,
            ):
                joined.set()
                await session.connected()
                await done.wait()

        async def bob() -> None:
            async with (
                signaling.connect(world.url, peer="bob") as client,
                meet(_Meddler(client, candidate, complaints), "room") as session,
            ):
                await session.connected()
                done.set()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, alice())
            await joined.wait()
            world.bob.start(group, bob())

    world.run(main())
    assert complaints
    assert complaints[0]["error"]["name"] == "bad_candidates"


class _Meddler:
    """A client that slips a bad candidate in behind the offer, and listens for complaints."""

    def __init__(
        self,
        client: signaling.Client,
        candidate: Any,
        complaints: list[Any],
        pc: str | None = None,
    ) -> None:
        self._client = client
        self._pc = pc
        self._candidate = candidate
        self._complaints = complaints

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def signal(self, room: str, to: str, kind: Any, data: Any, *, pc: str) -> None:
        await self._client.signal(room, to, kind, data, pc=pc)
        if kind is signaling.SignalKind.OFFER:
            await self._client.signal(
                room, to, signaling.SignalKind.CANDIDATES, [self._candidate], pc=self._pc or pc
            )

    async def events(self) -> Any:
        async for event in self._client.events():
            if (
                isinstance(event, signaling.SignalReceived)
                and event.kind is signaling.SignalKind.CUSTOM
            ):
                self._complaints.append(event.data)
            yield event


def test_candidates_of_another_attempt_are_dropped(make_world: Any) -> None:
    """A late candidate of a dead attempt must not end up in the living one."""
    world = make_world()
    late = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"}

    async def main() -> None:
        joined, done = asyncio.Event(), asyncio.Event()

        async def alice() -> None:
            async with (
                signaling.connect(world.url, peer="alice") as client,
                meet(client, "room") as session,
            ):
                world.sessions["alice"] = session
                joined.set()
                await session.connected()
                await done.wait()

        async def bob() -> None:
            async with signaling.connect(world.url, peer="bob") as client:
                meddler = _Meddler(client, late, [], pc="another")
                async with meet(meddler, "room") as session:
                    await session.connected()
                    done.set()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, alice())
            await joined.wait()
            world.bob.start(group, bob())

    world.run(main())
    heard = world.sessions["alice"].remote_candidates
    assert heard
    assert not any("192.0.2.1" in line for line in heard)
