"""Two of our peer connections with each other, used as an aiortc user would."""

import asyncio
from typing import Any

import aiortc
import pytest

from peer import (
    AudioStreamTrack,
    InvalidStateError,
    RemoteError,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from peer.timeline import Step
from tests.peer.engine.pairs import LOOPBACK, negotiate, trickle


def states(pc: RTCPeerConnection) -> list[str]:
    seen: list[str] = []
    pc.on("connectionstatechange", lambda: seen.append(pc.connectionState))
    return seen


async def until(pc: Any, event: str, state: str, wanted: str) -> None:
    reached = asyncio.Event()

    def look(*_: Any) -> None:
        if getattr(pc, state) == wanted:
            reached.set()

    pc.on(event, look)
    look()
    async with asyncio.timeout(20):
        await reached.wait()


def pair() -> tuple[RTCPeerConnection, RTCPeerConnection]:
    return RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)


@pytest.mark.parametrize("trickled", [True, False])
async def test_a_data_channel_opens_and_carries(trickled: bool) -> None:
    """Without a listener for candidates, one description each way is enough, as with aiortc."""
    one, other = pair()
    if trickled:
        trickle(one, other)
    seen = states(one), states(other)
    heard: asyncio.Queue[Any] = asyncio.Queue()
    other.on("datachannel", lambda channel: channel.on("message", channel.send))
    channel = one.createDataChannel("chat")
    channel.on("message", heard.put_nowait)
    channel.on("open", lambda: channel.send("there and back"))
    await negotiate(one, other)
    async with asyncio.timeout(20):
        assert await heard.get() == "there and back"
    assert seen == (["connecting", "connected"], ["connecting", "connected"])
    for pc in (one, other):
        assert pc.iceConnectionState in {"connected", "completed"}
        assert pc.path is not None
        assert pc.timeline.at(Step.DTLS_CONNECTED) is not None
    assert one.timeline.setup is None  # nobody has said when it started
    await asyncio.gather(one.close(), other.close())
    assert seen[0][-1] == "closed"


async def test_descriptions_leave_before_the_first_candidate_and_say_so() -> None:
    one, other = pair()
    found: list[Any] = []
    one.on("icecandidate", found.append)
    one.createDataChannel("chat")
    offer = await one.createOffer()
    await one.setLocalDescription(offer)
    assert not found
    for text in (offer.sdp, one.localDescription.sdp):
        assert "a=ice-options:trickle renomination" in text
        assert "a=candidate" not in text
        assert "end-of-candidates" not in text
    await until(one, "icegatheringstatechange", "iceGatheringState", "complete")
    candidate, end = found
    assert end is None
    assert candidate.usernameFragment in offer.sdp
    assert (candidate.sdpMid, candidate.sdpMLineIndex) == ("0", 0)
    assert f"a={candidate.candidate}\r\n" in one.localDescription.sdp
    assert "a=end-of-candidates" in one.localDescription.sdp
    await one.close()
    await other.close()


async def test_candidates_that_come_before_the_offer_are_kept() -> None:
    one, other = pair()
    trickle(one, other)
    channel = one.createDataChannel("chat")
    await one.setLocalDescription()
    await until(one, "icegatheringstatechange", "iceGatheringState", "complete")
    await other.setRemoteDescription(await one.createOffer())
    await other.setLocalDescription()
    await one.setRemoteDescription(other.localDescription)
    await until(channel, "open", "readyState", "open")
    await one.close()
    await other.close()


@pytest.mark.parametrize("data_first", [True, False])
async def test_audio_video_and_data_share_one_transport(data_first: bool) -> None:
    """aiortc closes the shared transport when the data channel was there before the tracks."""
    one, other = pair()
    trickle(one, other)
    if data_first:
        channel = one.createDataChannel("chat")
    one.addTrack(AudioStreamTrack())
    one.addTrack(VideoStreamTrack())
    if not data_first:
        channel = one.createDataChannel("chat")
    tracks: asyncio.Queue[Any] = asyncio.Queue()
    other.on("track", tracks.put_nowait)
    await negotiate(one, other)
    async with asyncio.timeout(20):
        for _ in range(2):
            await (await tracks.get()).recv()
    await until(channel, "open", "readyState", "open")
    assert one.connectionState == other.connectionState == "connected"
    await asyncio.gather(one.close(), other.close())


async def test_the_remote_closing_closes_this_side() -> None:
    one, other = pair()
    trickle(one, other)
    channel = one.createDataChannel("chat")
    await negotiate(one, other)
    await until(channel, "open", "readyState", "open")
    closed = asyncio.Event()
    other.on("connectionstatechange", closed.set)
    await one.close()
    async with asyncio.timeout(20):
        await closed.wait()
    await other.close()
    assert other.connectionState == "closed"


async def test_closing_twice_and_using_it_afterwards_is_harmless() -> None:
    pc, other = pair()
    pc.createDataChannel("chat")
    await asyncio.gather(pc.close(), pc.close())
    await pc.addIceCandidate(None)
    with pytest.raises(InvalidStateError):
        await pc.createOffer()
    await other.close()


async def test_a_handler_that_raises_is_reported_and_stops_nothing() -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    one, other = pair()
    trickle(one, other)

    def broken(*_: Any) -> None:
        raise RuntimeError("broken listener")

    for event in ("icecandidate", "signalingstatechange", "connectionstatechange", "datachannel"):
        one.on(event, broken)
        other.on(event, broken)
    channel = one.createDataChannel("chat")
    await negotiate(one, other)
    await until(channel, "open", "readyState", "open")
    assert "broken listener" in repr(reported)
    await one.close()
    await other.close()


async def test_an_offer_in_the_wrong_state_is_refused_in_words() -> None:
    one, other = pair()
    one.createDataChannel("chat")
    offer = (await one.createOffer()).sdp.replace("actpass", "active")
    with pytest.raises(InvalidStateError, match="stable"):
        await one.setRemoteDescription(RTCSessionDescription(offer, "answer"))
    await one.close()
    await other.close()


async def test_a_description_that_is_none_is_the_remotes_fault() -> None:
    one, other = pair()
    with pytest.raises(RemoteError, match="the offer cannot be used"):
        await one.setRemoteDescription(RTCSessionDescription("nonsense", "offer"))
    await one.close()
    await other.close()


async def test_no_public_server_is_asked_behind_our_back() -> None:
    """aiortc's default is a STUN server on the internet."""
    for configuration in (None, aiortc.RTCConfiguration(), LOOPBACK):
        pc = RTCPeerConnection(configuration)
        channel = pc.createDataChannel("chat")
        assert isinstance(channel, RTCDataChannel)
        assert pc._settings.configuration.servers == ()
        await pc.close()


async def test_twenty_connections_leave_no_task_behind() -> None:
    before = len(asyncio.all_tasks())
    for _ in range(20):
        one, other = pair()
        trickle(one, other)
        channel = one.createDataChannel("chat")
        await negotiate(one, other)
        await until(channel, "open", "readyState", "open")
        await asyncio.gather(one.close(), other.close())
    assert len(asyncio.all_tasks()) == before
