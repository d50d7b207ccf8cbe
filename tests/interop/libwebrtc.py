"""A call between our RTCPeerConnection and the stranger libwebrtc (the engine of Chromium)."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

import webrtc

from peer import Configuration, RTCPeerConnection, RTCSessionDescription

PATIENCE = 20.0
LOOPBACK = Configuration(host_addresses=("127.0.0.1",))

webrtc.allow_loopback()


class Call:
    """Ours and the stranger, joined by two queues in which descriptions and candidates keep their order."""

    def __init__(self, configuration: Configuration = LOOPBACK, **strangers: Any) -> None:
        self.ours = RTCPeerConnection(configuration)
        self.stranger = webrtc.RTCPeerConnection(webrtc.RTCConfiguration(**strangers))
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
