"""Data channels with libwebrtc on the other side: labels, kinds, sizes, reliability, closing, a slow reader."""

import asyncio
from typing import Any, Self

import pytest
import webrtc

from peer import Configuration, RTCIceCandidate, RTCPeerConnection

PATIENCE = 20.0

webrtc.allow_loopback()


class Meeting:
    """One of ours and one of libwebrtc's, connected; ours offers."""

    def __init__(self) -> None:
        self.ours = RTCPeerConnection(Configuration(host_addresses=("127.0.0.1",)))
        self.theirs = webrtc.RTCPeerConnection(webrtc.RTCConfiguration())
        self.came: asyncio.Queue[Any] = asyncio.Queue()
        self.came_here: asyncio.Queue[Any] = asyncio.Queue()
        self.tasks: set[asyncio.Future[None]] = set()
        self.theirs.on("datachannel", lambda event: self.came.put_nowait(event.channel))
        self.ours.on("datachannel", self.came_here.put_nowait)

    async def negotiate(self) -> None:
        def found_here(candidate: RTCIceCandidate | None) -> None:
            if candidate is not None:
                init = webrtc.RTCIceCandidateInit(
                    candidate.candidate, candidate.sdpMid, candidate.sdpMLineIndex
                )
                self._spawn(self.theirs.add_ice_candidate(init))

        def found_there(event: Any) -> None:
            found = event.candidate
            if found is not None and found.candidate and " tcp " not in found.candidate:
                self._spawn(
                    self.ours.addIceCandidate(
                        {
                            "candidate": found.candidate,
                            "sdpMid": found.sdp_mid,
                            "sdpMLineIndex": found.sdp_m_line_index,
                        }
                    )
                )

        self.theirs.on("icecandidate", found_there)
        waiting: list[Any] = []
        self.ours.on("icecandidate", waiting.append)
        await self.ours.setLocalDescription()
        offer = self.ours.localDescription
        await self.theirs.set_remote_description(
            webrtc.RTCSessionDescriptionInit("offer", offer.sdp)
        )
        await self.theirs.set_local_description(await self.theirs.create_answer())
        answer = self.theirs.local_description.sdp
        await self.ours.setRemoteDescription(type(offer)(sdp=answer, type="answer"))
        self.ours.remove_listener("icecandidate", waiting.append)
        self.ours.on("icecandidate", found_here)
        for candidate in waiting:
            found_here(candidate)

    def _spawn(self, work: Any) -> None:
        self.tasks.add(asyncio.ensure_future(work))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ours.close()
        self.theirs.close()


def messages_of(channel: Any) -> "asyncio.Queue[Any]":
    came: asyncio.Queue[Any] = asyncio.Queue()
    channel.on("message", lambda event: came.put_nowait(event.data))
    return came


async def test_labels_kinds_and_sizes_pass_both_ways() -> None:
    async with Meeting() as meeting, asyncio.timeout(PATIENCE):
        here = meeting.ours.createDataChannel("naïve 日本 🎈", protocol="протокол")
        await meeting.negotiate()
        there = await meeting.came.get()
        assert (there.label, there.protocol) == ("naïve 日本 🎈", "протокол")
        came = messages_of(there)
        await here.wait_open()
        for message in ("grüß", "", b"\x00\xff", b"", "x" * 200_000, bytes(200_000)):
            await here.send(message)
            got = await came.get()
            assert (got if isinstance(message, str) else bytes(got)) == message
            there.send(message)
            assert await here.receive() == message


async def test_libwebrtc_opens_a_channel_in_any_language_and_closing_is_seen_by_both() -> None:
    async with Meeting() as meeting, asyncio.timeout(PATIENCE):
        first = meeting.ours.createDataChannel("first")
        await meeting.negotiate()
        await first.wait_open()
        there = meeting.theirs.create_data_channel("zweiter ☃")
        opened, closed = asyncio.Event(), asyncio.Event()
        there.on("open", lambda *_: opened.set())
        there.on("close", lambda *_: closed.set())
        here = await meeting.came_here.get()
        assert here.label == "zweiter ☃"
        came = messages_of(there)
        await opened.wait()  # what comes before, libwebrtc forgets where the end comes then, too
        here.send("last words")
        here.close()
        assert await came.get() == "last words"
        await closed.wait()
        theirs_of_first = await meeting.came.get()
        theirs_of_first.close()
        assert [message async for message in first] == []
        while first.readyState != "closed":
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("how", [{"maxRetransmits": 0}, {"maxPacketLifeTime": 60_000}])
async def test_partial_reliability_is_understood(how: Any) -> None:
    async with Meeting() as meeting, asyncio.timeout(PATIENCE):
        here = meeting.ours.createDataChannel("lossy", ordered=False, **how)
        await meeting.negotiate()
        there = await meeting.came.get()
        assert not there.ordered
        came = messages_of(there)
        await here.wait_open()
        for number in range(50):
            await here.send(f"{number}")
        assert {await came.get() for _ in range(50)} == {f"{number}" for number in range(50)}


async def test_a_reader_of_ours_that_is_behind_makes_libwebrtc_wait() -> None:
    """Its buffer grows and ours does not; then everything comes, in order."""
    async with Meeting() as meeting, asyncio.timeout(PATIENCE):
        here = meeting.ours.createDataChannel("slow")
        await meeting.negotiate()
        there = await meeting.came.get()
        await here.wait_open()
        total = 40
        for number in range(total):
            there.send(number.to_bytes(100_000, "big"))
        receiver = meeting.ours.sctp.association.receiver
        while receiver.room > 100_000:
            await asyncio.sleep(0.01)
        assert len(here._inbox) < 26
        assert there.buffered_amount > 1_000_000
        got = [await here.receive() for _ in range(total)]
        assert got == [number.to_bytes(100_000, "big") for number in range(total)]
