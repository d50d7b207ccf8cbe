"""Rollback puts aiortc back: by hand and by crossed offers, also where their sections differ."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from peer import (
    AudioStreamTrack,
    Configuration,
    InvalidStateError,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)

LOOPBACK = Configuration(host_addresses=("127.0.0.1",))
ROLLBACK = RTCSessionDescription("", "rollback")
Prepare = Callable[[RTCPeerConnection], Any]


def data(pc: RTCPeerConnection) -> Any:
    return pc.createDataChannel("chat", negotiated=True, id=7)


def audio(pc: RTCPeerConnection) -> Any:
    return pc.addTrack(AudioStreamTrack())


def audio_and_data(pc: RTCPeerConnection) -> Any:
    pc.addTrack(AudioStreamTrack())
    return data(pc)


def data_and_video(pc: RTCPeerConnection) -> Any:
    channel = data(pc)
    pc.addTrack(VideoStreamTrack())
    return channel


class Side:
    """One side of a perfect negotiation (WebRTC §10.7), over two queues."""

    def __init__(self, *, polite: bool) -> None:
        self.pc = RTCPeerConnection(LOOPBACK)
        self.polite = polite
        self.other: Side
        self.inbox: asyncio.Queue[Any] = asyncio.Queue()
        self.offering = self.ignoring = False
        self.tracks: list[str] = []
        self.pc.on("icecandidate", lambda one: self.tell(one and one.toJSON()))
        self.pc.on("negotiationneeded", self.offer)
        self.pc.on("track", lambda track: self.tracks.append(track.kind))

    def tell(self, what: Any) -> None:
        self.other.inbox.put_nowait(what)

    async def offer(self) -> None:
        self.offering = True
        try:
            await self.pc.setLocalDescription()
            self.tell(self.pc.localDescription)
        finally:
            self.offering = False

    async def listen(self) -> None:
        while True:
            what = await self.inbox.get()
            if not isinstance(what, RTCSessionDescription):
                if not self.ignoring:  # as a browser drops what belongs to an ignored offer
                    await self.pc.addIceCandidate(what)
                continue
            crossed = self.offering or self.pc.signalingState != "stable"
            self.ignoring = not self.polite and what.type == "offer" and crossed
            if self.ignoring:
                continue
            await self.pc.setRemoteDescription(what)
            if what.type == "offer":
                await self.pc.setLocalDescription()
                self.tell(self.pc.localDescription)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("polite", "impolite"),
    [
        (data, data),
        (data, audio_and_data),
        (audio_and_data, data),
        (data, audio),
        (audio, data),
        (audio, audio),
        (data_and_video, audio),
        (audio, data_and_video),
    ],
)
async def test_crossed_offers_are_survived_whatever_their_sections(
    polite: Prepare, impolite: Prepare
) -> None:
    a, b = Side(polite=True), Side(polite=False)
    a.other, b.other = b, a
    made = polite(a.pc), impolite(b.pc)
    # Both hear that negotiation is needed, and have a local offer when the other's comes.
    await until(lambda: a.pc.signalingState == b.pc.signalingState == "have-local-offer")
    async with asyncio.TaskGroup() as group:
        listening = [group.create_task(side.listen()) for side in (a, b)]
        await until(lambda: a.pc.connectionState == b.pc.connectionState == "connected")
        sent = [
            [t.sender.track.kind for t in s.pc.getTransceivers() if t.sender.track] for s in (a, b)
        ]
        await until(lambda: sorted(b.tracks) == sent[0] and sorted(a.tracks) == sent[1])
        channels = [one for one in made if hasattr(one, "readyState")]
        if len(channels) == 2:
            heard: asyncio.Queue[Any] = asyncio.Queue()
            channels[1].on("message", heard.put_nowait)
            await until(lambda: channels[0].readyState == channels[1].readyState == "open")
            channels[0].send("after the glare")
            async with asyncio.timeout(20):
                assert await heard.get() == "after the glare"
        assert a.pc.signalingState == b.pc.signalingState == "stable"
        for task in listening:
            task.cancel()
    await asyncio.gather(a.pc.close(), b.pc.close())


def picture(pc: RTCPeerConnection) -> Any:
    return (
        pc.signalingState,
        [(t.mid, t.direction, t.currentDirection) for t in pc.getTransceivers()],
        pc.sctp and pc.sctp.mid,
        pc.remoteDescription,
        pc.localDescription and pc.localDescription.type,
    )


async def test_a_local_offer_is_taken_back() -> None:
    pc = RTCPeerConnection(LOOPBACK)
    pc.on("icecandidate", lambda _: None)
    audio_and_data(pc)
    before = picture(pc)
    await pc.setLocalDescription()
    assert pc.sctp is not None
    assert pc.sctp.mid == "1"
    await pc.setLocalDescription(ROLLBACK)
    assert picture(pc) == before
    with pytest.raises(InvalidStateError, match="rollback"):
        await pc.setLocalDescription(ROLLBACK)
    await pc.close()


async def test_a_remote_offer_is_taken_back_with_what_it_has_made() -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    one.on("icecandidate", lambda _: None)
    audio_and_data(one)
    await one.setLocalDescription()
    before = picture(other)
    await other.setRemoteDescription(one.localDescription)
    assert len(other.getTransceivers()) == 1
    await other.setRemoteDescription(ROLLBACK)
    assert picture(other) == before
    assert other.getTransceivers() == []
    # And it can be told anew, or this side can offer.
    await other.setRemoteDescription(one.localDescription)
    assert [t.mid for t in other.getTransceivers()] == ["0"]
    await asyncio.gather(one.close(), other.close())


async def test_what_the_application_has_added_to_a_remote_offer_outlives_it() -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    one.on("icecandidate", lambda _: None)
    audio_and_data(one)
    await one.setLocalDescription()
    await other.setRemoteDescription(one.localDescription)
    other.addTrack(AudioStreamTrack())  # takes the transceiver that the offer has made
    data(other)
    await other.setRemoteDescription(ROLLBACK)
    (transceiver,) = other.getTransceivers()
    assert transceiver.mid is None
    assert other.sctp is not None
    assert other.sctp.mid is None
    await asyncio.gather(one.close(), other.close())


async def test_creating_an_offer_changes_nothing() -> None:
    pc = RTCPeerConnection(LOOPBACK)
    audio_and_data(pc)
    before = picture(pc), [list(t._codecs) for t in pc.getTransceivers()]
    await pc.createOffer()
    assert (picture(pc), [list(t._codecs) for t in pc.getTransceivers()]) == before
    await pc.close()


async def test_an_offer_that_is_out_of_date_is_refused() -> None:
    pc = RTCPeerConnection(LOOPBACK)
    data(pc)
    offer = await pc.createOffer()
    audio(pc)
    with pytest.raises(InvalidStateError, match="out of date"):
        await pc.setLocalDescription(offer)
    assert pc.signalingState == "stable"
    await pc.close()


async def test_what_is_refused_halfway_leaves_no_trace() -> None:
    """The second section fails when aiortc has taken in the first."""
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    one.on("icecandidate", lambda _: None)
    audio(one)
    one.addTrack(VideoStreamTrack())
    await one.setLocalDescription()
    text = one.localDescription.sdp.replace("VP8/90000", "VP8/9").replace("H264/90000", "H264/9")
    data(other)
    before = picture(other)
    with pytest.raises(Exception, match="the offer cannot be used"):
        await other.setRemoteDescription(RTCSessionDescription(text, "offer"))
    assert picture(other) == before
    await other.createOffer()
    await asyncio.gather(one.close(), other.close())
