"""What nobody reads is dropped before and behind the decoder."""

import threading

import aiortc
from aiortc.rtcrtpreceiver import RemoteStreamTrack

from peer.engine import names
from peer.engine.mediareceiving import DecoderQueue, bound, dropped, end_decoders


def test_when_the_decoder_is_behind_everything_goes_and_a_whole_picture_is_asked_for() -> None:
    starved = threading.Event()
    waiting = DecoderQueue(starved)
    for number in range(64):
        waiting.put(number)
    assert not starved.is_set()
    waiting.put("next")
    assert starved.is_set()
    assert waiting.dropped == 64
    assert waiting.get() == "next"


def test_the_end_overtakes_what_waits() -> None:
    waiting = DecoderQueue(threading.Event())
    for number in range(10):
        waiting.put(number)
    waiting.put(None)
    assert waiting.get() is None


async def test_a_receivers_queues_are_bounded_and_drops_are_counted() -> None:
    pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
    receiver = pc.addTransceiver("video").receiver
    setattr(receiver, names.TRACK, RemoteStreamTrack("video"))
    bound(receiver)
    assert isinstance(names.private(receiver, names.RECEIVER_DECODER_QUEUE), DecoderQueue)
    frames = names.private(receiver.track, names.TRACK_QUEUE)
    for number in range(100):
        await frames.put(number)
    assert dropped(receiver.track) == 90
    assert await receiver.track.recv() == 90
    assert dropped(RemoteStreamTrack("video")) == 0
    await pc.close()


def test_every_decoder_can_be_told_to_end() -> None:
    waiting = DecoderQueue(threading.Event())
    from peer.engine import mediareceiving

    mediareceiving._decoders.add(waiting)
    end_decoders()
    assert waiting.get_nowait() is None
