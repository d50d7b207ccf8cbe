"""The stranger: libwebrtc as the other side of our RTCPeerConnection, in both roles."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

import pytest
import webrtc

from peer import (
    AudioStreamTrack,
    Configuration,
    PathKind,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)

PATIENCE = 20.0
LOOPBACK = Configuration(host_addresses=("127.0.0.1",))

webrtc.allow_loopback()


class Call:
    """Ours and the stranger, joined by two queues in which descriptions and candidates keep their order."""

    def __init__(self) -> None:
        self.ours = RTCPeerConnection(LOOPBACK)
        self.stranger = webrtc.RTCPeerConnection(webrtc.RTCConfiguration())
        self.to_us: asyncio.Queue[Any] = asyncio.Queue()
        self.to_stranger: asyncio.Queue[Any] = asyncio.Queue()
        self.answered = asyncio.Event()
        self.tracks: list[str] = []
        self.ours.on("icecandidate", self.to_stranger.put_nowait)
        self.ours.on("track", lambda track: self.tracks.append(track.kind))
        self.stranger.on("icecandidate", lambda event: self.to_us.put_nowait(event.candidate))

    async def __aenter__(self) -> Self:
        self._timeout = asyncio.timeout(PATIENCE)
        await self._timeout.__aenter__()
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._let_hear())]
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self.ours.close()
        self.stranger.close()
        await self._timeout.__aexit__(*exc)
        for task in self._tasks:
            if not task.cancelled():
                task.result()

    async def _hear(self) -> None:
        while True:
            match await self.to_us.get():
                case RTCSessionDescription() as description:
                    await self.ours.setRemoteDescription(description)
                    if description.type == "offer":
                        await self.ours.setLocalDescription()
                        self.to_stranger.put_nowait(self.ours.localDescription)
                    else:
                        self.answered.set()
                case None:
                    await self.ours.addIceCandidate(None)
                case candidate if not candidate.candidate:
                    await self.ours.addIceCandidate(None)
                case candidate if " tcp " not in candidate.candidate:
                    await self.ours.addIceCandidate(
                        {
                            "candidate": candidate.candidate,
                            "sdpMid": candidate.sdp_mid,
                            "sdpMLineIndex": candidate.sdp_m_line_index,
                            "usernameFragment": candidate.username_fragment,
                        }
                    )

    async def _let_hear(self) -> None:
        while True:
            match await self.to_stranger.get():
                case RTCSessionDescription(sdp=sdp, type=kind):
                    await self.stranger.set_remote_description(
                        webrtc.RTCSessionDescriptionInit(kind, sdp)
                    )
                    if kind == "offer":
                        await self.stranger.set_local_description(
                            await self.stranger.create_answer()
                        )
                        self._tell_stranger()
                    else:
                        self.answered.set()
                case None:
                    await self.stranger.add_ice_candidate(None)
                case one:
                    await self.stranger.add_ice_candidate(
                        webrtc.RTCIceCandidateInit(
                            one.candidate, one.sdpMid, one.sdpMLineIndex, one.usernameFragment
                        )
                    )

    def _tell_stranger(self) -> None:
        local = self.stranger.local_description
        self.to_us.put_nowait(RTCSessionDescription(str(local.sdp), str(local.type.value)))

    async def negotiate(self, by: str) -> None:
        self.answered.clear()
        if by == "us":
            await self.ours.setLocalDescription()
            self.to_stranger.put_nowait(self.ours.localDescription)
        else:
            await self.stranger.set_local_description(await self.stranger.create_offer())
            self._tell_stranger()
        await self.answered.wait()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


async def channel_of(call: Call, by: str) -> tuple[Any, asyncio.Queue[Any]]:
    """A channel that whoever offers has made, echoed by the stranger, and what comes back on it."""
    heard: asyncio.Queue[Any] = asyncio.Queue()
    ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def echo(channel: Any) -> None:
        channel.on("message", lambda event: channel.send(event.data))

    call.stranger.on("datachannel", lambda event: echo(event.channel))
    call.ours.on("datachannel", ready.set_result)
    if by == "us":
        channel = call.ours.createDataChannel("chat")
        channel.on("open", lambda: ready.set_result(channel))
    else:
        echo(call.stranger.create_data_channel("chat"))
    await call.negotiate(by)
    ours = await ready
    ours.on("message", heard.put_nowait)
    return ours, heard


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
