"""Media and data come and go on a connection that stands, over the one transport."""

import asyncio
from typing import Any

import pytest

from peer import AudioStreamTrack, InvalidAccessError, RTCPeerConnection, VideoStreamTrack
from tests.peer.engine.pairs import LOOPBACK, connected, negotiate, trickle, until


def asked(pc: RTCPeerConnection) -> list[str]:
    found: list[str] = []
    pc.on("negotiationneeded", lambda: found.append(pc.signalingState))
    return found


async def first_frame(pc: RTCPeerConnection) -> "asyncio.Future[Any]":
    loop = asyncio.get_running_loop()
    frame: asyncio.Future[Any] = loop.create_future()

    async def receive(track: Any) -> None:
        frame.set_result(await track.recv())

    pc.on("track", receive)
    return frame


async def test_media_is_added_by_either_side_to_a_data_channel() -> None:
    async with connected() as (one, other, counting):
        for sender, receiver in ((one, other), (other, one)):
            frame = await first_frame(receiver)
            sender.addTrack(VideoStreamTrack() if sender is one else AudioStreamTrack())
            await negotiate(sender, receiver)
            async with asyncio.timeout(20):
                await frame
            counting.send()
        await counting.until_all_are_heard()
        for pc in (one, other):
            assert len(pc._wiring.ice_transports) == len(pc._wiring.dtls_transports) == 1


async def test_a_data_channel_is_added_to_media() -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    trickle(one, other)
    one.addTrack(AudioStreamTrack())
    await negotiate(one, other)
    await until(lambda: one.connectionState == other.connectionState == "connected")
    channel = one.createDataChannel("late")
    await negotiate(one, other)
    await until(lambda: channel.readyState == "open")
    await asyncio.gather(one.close(), other.close())


async def test_negotiation_is_asked_for_once_and_only_in_stable() -> None:
    async with connected() as (one, other, _):
        found = asked(one)
        one.addTrack(AudioStreamTrack())
        one.addTrack(VideoStreamTrack())
        await until(lambda: found == ["stable"])
        await one.setLocalDescription()
        one.addTransceiver("video")  # not in this offer: asked for when it is answered
        await asyncio.sleep(0)
        assert found == ["stable"]
        await other.setRemoteDescription(one.localDescription)
        await other.setLocalDescription()
        await one.setRemoteDescription(other.localDescription)
        await until(lambda: found == ["stable", "stable"])
        await negotiate(one, other)
        await asyncio.sleep(0.01)
        assert found == ["stable", "stable"]


async def test_a_removed_track_is_sent_no_longer_and_can_be_added_again() -> None:
    async with connected() as (one, other, _):
        sender = one.addTrack(AudioStreamTrack())
        await negotiate(one, other)
        found = asked(one)
        one.removeTrack(sender)
        await until(lambda: found == ["stable"])
        await negotiate(one, other)
        (mine,), (theirs,) = one.getTransceivers(), other.getTransceivers()
        assert (mine.currentDirection, theirs.currentDirection) == ("inactive", "inactive")
        assert one.addTrack(AudioStreamTrack()) is sender
        await until(lambda: found == ["stable", "stable"])
        await negotiate(one, other)
        assert (mine.currentDirection, theirs.currentDirection) == ("sendonly", "recvonly")
        with pytest.raises(InvalidAccessError):
            other.removeTrack(sender)


async def test_a_direction_that_changes_asks_for_negotiation() -> None:
    async with connected() as (one, other, _):
        one.addTrack(AudioStreamTrack())
        await negotiate(one, other)
        found = asked(one)
        (transceiver,) = one.getTransceivers()
        transceiver.direction = "inactive"
        await until(lambda: found == ["stable"])
        transceiver.direction = "sendrecv"
        await negotiate(one, other)
        assert found == ["stable"]
