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
from peer import (
    AudioStreamTrack,
    Configuration,
    IceTransportPolicy,
    PathKind,
    VideoStreamTrack,
    parse_servers,
)
from stunwire.credentials import mint
from tests.interop.libwebrtc import PATIENCE, Call, channel_of, until

SECRET = "shared"


@pytest.mark.parametrize("by", ["us", "the stranger"])
async def test_we_connect_to_libwebrtc_talk_and_restart(by: str) -> None:
    async with Call() as call:
        channel, heard = await channel_of(call, by)
        for message in ("grüß dich", bytes(range(256)) * 64):
            channel.send(message)
            assert await heard.get() == message
        assert call.ours.path is not None
        assert call.ours.path.kind in {PathKind.HOST, PathKind.REFLEXIVE}
        paths: list[Any] = []
        call.ours.on("selectedcandidatepairchange", paths.append)
        for number, restarter in enumerate(("us", "the stranger")):
            before = call.ours.localDescription.sdp, str(call.stranger.local_description.sdp)
            (call.ours.restartIce if restarter == "us" else call.stranger.restart_ice)()
            await call.negotiate(restarter)
            # Where it controls, libwebrtc stays with a pair of before its own restart while that works.
            if "us" in {by, restarter}:
                await until(lambda number=number: len(paths) > number)  # type: ignore[misc]
            channel.send(restarter)
            assert await heard.get() == restarter
            after = call.ours.localDescription.sdp, str(call.stranger.local_description.sdp)
            assert not {ufrag(one) for one in before} & {ufrag(one) for one in after}
        assert call.ours.connectionState == "connected"


def ufrag(sdp: str) -> str:
    return sdp.split("a=ice-ufrag:", 1)[1].split("\r\n", maxsplit=1)[0]


@pytest.mark.parametrize("by", ["us", "the stranger"])
async def test_audio_and_video_flow_to_libwebrtc_and_back(by: str) -> None:
    """The stranger sends back the tracks that it receives."""
    async with Call() as call:
        call.stranger.on("track", lambda event: call.stranger.add_track(event.track))
        call.ours.addTrack(AudioStreamTrack())
        call.ours.addTrack(VideoStreamTrack())
        if by == "us":
            await call.negotiate("us")
        else:
            call.stranger.add_transceiver("audio")
            call.stranger.add_transceiver("video")
            await call.negotiate("the stranger")
        await until(lambda: call.ours.connectionState == "connected")

        async def received() -> set[str]:
            report = await call.stranger.get_stats()
            return {
                str(one.kind)
                for one in report.values()
                if type(one).__name__ == "RTCInboundRtpStreamStats" and one.packets_received
            }

        while await received() != {"audio", "video"}:
            await asyncio.sleep(0.05)


async def test_libwebrtc_closing_ends_our_side() -> None:
    async with Call() as call:
        await channel_of(call, "us")
        call.stranger.close()
        await until(lambda: call.ours.connectionState == "closed")


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


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("by", ["us", "the stranger"])
async def test_libwebrtc_and_we_meet_through_our_relay(by: str, transport: str) -> None:
    """Both sides relay-only: libwebrtc allocates, binds channels and sends through our server."""
    async with relay_over(transport) as (server, entry):
        configuration = Configuration(
            host_addresses=("127.0.0.1",),
            servers=parse_servers([entry]),
            policy=IceTransportPolicy.RELAY,
        )
        async with Call(configuration, **relay_only(entry)) as call:
            channel, heard = await channel_of(call, by)
            channel.send("grüß dich")
            assert await heard.get() == "grüß dich"
            assert call.ours.path is not None
            assert call.ours.path.kind is PathKind.RELAYED
            assert server.counters.allocations >= 2


def relay_only(entry: signaling.IceServer) -> dict[str, Any]:
    server = webrtc.RTCIceServer(entry.urls[0], entry.username, entry.credential)
    return {"ice_servers": [server], "ice_transport_policy": "relay"}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_two_libwebrtc_peers_meet_through_our_relay(transport: str) -> None:
    """Both relay-only, and nobody of ours but the server between them."""
    async with relay_over(transport) as (server, entry):
        one, other = (
            webrtc.RTCPeerConnection(webrtc.RTCConfiguration(**relay_only(entry))) for _ in range(2)
        )
        gathered = [asyncio.Event(), asyncio.Event()]
        for pc, done in zip((one, other), gathered, strict=True):
            pc.on("icecandidate", lambda event, done=done: event.candidate or done.set())
        answers: asyncio.Queue[Any] = asyncio.Queue()
        opened = asyncio.Event()
        channel = one.create_data_channel("chat")
        channel.on("message", lambda event: answers.put_nowait(event.data))
        channel.on("open", lambda *_: opened.set())
        other.on("datachannel", lambda event: echo(event.channel))
        async with asyncio.timeout(PATIENCE):
            await one.set_local_description(await one.create_offer())
            await gathered[0].wait()
            assert " typ relay " in one.local_description.sdp
            await other.set_remote_description(one.local_description)
            await other.set_local_description(await other.create_answer())
            await gathered[1].wait()
            await one.set_remote_description(other.local_description)
            await opened.wait()
            for message in ("grüß dich", "x" * 20_000):
                channel.send(message)
                assert await answers.get() == message
        assert server.counters.allocations >= 2
        assert server.counters.usage.to_peer_packets > 20
        one.close()
        other.close()


def echo(channel: Any) -> None:
    channel.on("message", lambda event: channel.send(event.data))


#: Members that both engines count, and must name alike.
SHARED = {
    "transport": {
        "selectedCandidatePairId",
        "selectedCandidatePairChanges",
        "dtlsState",
        "iceRole",
    },
    "candidate-pair": {"state", "nominated", "currentRoundTripTime", "totalRoundTripTime"},
    "local-candidate": {"address", "port", "candidateType", "priority", "protocol"},
    "data-channel": {"label", "state", "messagesSent", "bytesReceived", "dataChannelIdentifier"},
    "certificate": {"fingerprint", "fingerprintAlgorithm", "base64Certificate"},
}


async def test_statistics_of_the_same_call_agree_with_libwebrtcs() -> None:
    async with Call() as call:
        channel, heard = await channel_of(call, "us")
        channel.send("counted")
        await heard.get()
        ours = await call.ours.getStats()
        theirs = [one.to_json() for one in (await call.stranger.get_stats()).values()]
        for kind, members in SHARED.items():
            mine = [set(one) for one in ours.values() if one.type == kind]
            other = [set(one) for one in theirs if one["type"] == kind]
            assert any(members <= one for one in mine), (kind, mine)
            assert any(members <= one for one in other), (kind, other)
        prints = [
            {one["fingerprint"] for one in report if one["type"] == "certificate"}
            for report in (ours.values(), theirs)
        ]
        assert prints[0] == prints[1]
        (transport,) = (one for one in ours.values() if one.type == "transport")
        (their,) = (one for one in theirs if one["type"] == "transport")
        for member in ("dtlsCipher", "srtpCipher", "tlsVersion"):
            assert transport[member] == their[member]
