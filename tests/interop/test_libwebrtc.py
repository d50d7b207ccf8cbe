"""The stranger: libwebrtc (the engine of Chromium) as the other side, and as a client of our relay."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import webrtc

import relay
import signaling
import stunwire
from peer import Channel, Configuration, IceTransportPolicy, PathKind, parse_servers
from peer.engine import (
    AiortcEngine,
    CandidateFound,
    ChannelOpened,
    ConnectionClosed,
    EngineEvent,
    GatheringEnded,
)
from stunwire.credentials import mint

SECRET = "shared"
PATIENCE = 20.0

webrtc.allow_loopback()


class Ours:
    """Our engine; what it has to say to the stranger goes into a queue."""

    def __init__(
        self, servers: Any = (), policy: IceTransportPolicy = IceTransportPolicy.ALL
    ) -> None:
        configuration = Configuration(host_addresses=("127.0.0.1",), policy=policy)
        self.outbox: asyncio.Queue[CandidateFound | None] = asyncio.Queue()
        self.channel: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
        self.closed = asyncio.Event()
        self.engine = AiortcEngine(configuration, servers, self._event)

    def _event(self, event: EngineEvent) -> None:
        match event:
            case CandidateFound():
                self.outbox.put_nowait(event)
            case GatheringEnded():
                self.outbox.put_nowait(None)
            case ChannelOpened(channel):
                self.channel.set_result(channel)
            case ConnectionClosed():
                self.closed.set()
            case _:
                pass

    async def trickle_to(self, stranger: "Stranger") -> None:
        while (event := await self.outbox.get()) is not None:
            await stranger.pc.add_ice_candidate(
                webrtc.RTCIceCandidateInit(
                    event.candidate.line, event.sdp_mid, event.sdp_m_line_index
                )
            )
        await stranger.pc.add_ice_candidate(None)


class Stranger:
    """A libwebrtc peer connection; its candidates go into a queue as they come."""

    def __init__(self, **configuration: Any) -> None:
        loop = asyncio.get_running_loop()
        self.pc = webrtc.RTCPeerConnection(webrtc.RTCConfiguration(**configuration))
        self.outbox: asyncio.Queue[Any] = asyncio.Queue()
        self.channel: asyncio.Future[Any] = loop.create_future()
        self.pc.on("icecandidate", lambda event: self.outbox.put_nowait(event.candidate))
        self.pc.on("datachannel", lambda event: self.echo(event.channel))

    def echo(self, channel: Any) -> None:
        channel.on("message", lambda event: channel.send(event.data))
        self.channel.set_result(channel)

    async def trickle_to(self, ours: Ours) -> None:
        while (candidate := await self.outbox.get()) is not None and candidate.candidate:
            if " tcp " not in candidate.candidate:
                await ours.engine.add_candidate(
                    candidate.candidate, candidate.sdp_mid, candidate.sdp_m_line_index
                )
        await ours.engine.end_candidates()

    async def trickle_to_stranger(self, other: "Stranger") -> None:
        while (candidate := await self.outbox.get()) is not None and candidate.candidate:
            assert " typ relay " in candidate.candidate
            await other.pc.add_ice_candidate(
                webrtc.RTCIceCandidateInit(
                    candidate.candidate, candidate.sdp_mid, candidate.sdp_m_line_index
                )
            )

    async def describe(self, kind: str) -> str:
        make = self.pc.create_offer if kind == "offer" else self.pc.create_answer
        await self.pc.set_local_description(await make())
        return str(self.pc.local_description.sdp)

    async def hear(self, kind: str, sdp: str) -> None:
        await self.pc.set_remote_description(webrtc.RTCSessionDescriptionInit(kind, sdp))


async def we_offer(ours: Ours, stranger: Stranger) -> None:
    await stranger.hear("offer", await ours.engine.create_offer("chat"))
    await ours.engine.accept_answer(await stranger.describe("answer"))


async def the_stranger_offers(ours: Ours, stranger: Stranger) -> None:
    stranger.echo(stranger.pc.create_data_channel("chat"))
    answer = await ours.engine.accept_offer(await stranger.describe("offer"))
    await stranger.hear("answer", answer)


async def talk(ours: Ours, stranger: Stranger, negotiate: Any) -> Any:
    """Negotiate, trickle both ways, and have two messages echoed by the stranger.

    Returns:
        The path that our side selected.
    """
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        await negotiate(ours, stranger)
        group.create_task(ours.trickle_to(stranger))
        group.create_task(stranger.trickle_to(ours))
        channel = await ours.channel
        for message in ("grüß dich", bytes(range(256)) * 64):
            await channel.send(message)
            assert await channel.receive() == message
    return ours.engine.path


@pytest.mark.parametrize("negotiate", [we_offer, the_stranger_offers])
async def test_we_connect_to_libwebrtc_and_talk(negotiate: Any) -> None:
    ours, stranger = Ours(), Stranger()
    path = await talk(ours, stranger, negotiate)
    assert path.kind in {PathKind.HOST, PathKind.REFLEXIVE}
    await ours.engine.close()
    stranger.pc.close()


async def test_libwebrtc_closing_ends_our_side() -> None:
    ours, stranger = Ours(), Stranger()
    await talk(ours, stranger, we_offer)
    stranger.pc.close()
    async with asyncio.timeout(PATIENCE):
        await ours.closed.wait()
    await ours.engine.close()


@contextlib.asynccontextmanager
async def relay_over(transport: str) -> AsyncIterator[tuple[relay.Server, signaling.IceServer]]:
    """Serve over one transport, and say how clients are told of it."""
    here = (stunwire.Address("127.0.0.1", 0),)
    over = {"listen": here} if transport == "udp" else {"listen_tcp": here}
    async with relay.serve(relay.Settings(**over, rest_secrets=(SECRET,))) as server:
        address = (server.addresses or server.tcp_addresses)[0]
        url = f"turn:127.0.0.1:{address.port}?transport={transport}"
        credential = mint(SECRET, "tester", ttl=600, unix_now=time.time())
        yield server, signaling.IceServer((url,), credential.username, credential.password)


def relayed_stranger(entry: signaling.IceServer) -> Stranger:
    server = webrtc.RTCIceServer(entry.urls[0], entry.username, entry.credential)
    return Stranger(ice_servers=[server], ice_transport_policy="relay")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("negotiate", [we_offer, the_stranger_offers])
async def test_libwebrtc_and_we_meet_through_our_relay(negotiate: Any, transport: str) -> None:
    """Both sides relay-only: libwebrtc allocates, binds channels and sends through our server."""
    async with relay_over(transport) as (server, entry):
        ours = Ours(parse_servers([entry]), IceTransportPolicy.RELAY)
        stranger = relayed_stranger(entry)
        path = await talk(ours, stranger, negotiate)
        assert path.kind is PathKind.RELAYED
        assert server.counters.allocations >= 2
        await ours.engine.close()
        stranger.pc.close()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_two_libwebrtc_peers_meet_through_our_relay(transport: str) -> None:
    """Both relay-only, and nobody of ours but the server between them."""
    async with relay_over(transport) as (server, entry):
        one, other = relayed_stranger(entry), relayed_stranger(entry)
        channel = one.pc.create_data_channel("chat")
        answers: asyncio.Queue[Any] = asyncio.Queue()
        channel.on("message", lambda event: answers.put_nowait(event.data))
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            await other.hear("offer", await one.describe("offer"))
            await one.hear("answer", await other.describe("answer"))
            group.create_task(one.trickle_to_stranger(other))
            group.create_task(other.trickle_to_stranger(one))
            await other.channel
            for message in ("grüß dich", "x" * 20_000):
                channel.send(message)
                assert await answers.get() == message
        assert server.counters.allocations >= 2
        assert server.counters.usage.to_peer_packets > 20
        one.pc.close()
        other.pc.close()
