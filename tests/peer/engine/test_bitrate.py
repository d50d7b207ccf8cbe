"""Limits hold against what the remote asks for, and change what is sent."""

import fractions
import random
from typing import Any

import aiortc
import pytest
from aiortc.codecs import get_encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from peer.engine import names
from peer.engine.bitrate import set_bitrate
from peer.media.pattern import draw

VP8 = RTCRtpCodecParameters("video/VP8", 90_000, payloadType=97)
H264 = RTCRtpCodecParameters("video/H264", 90_000, payloadType=98)
OPUS = RTCRtpCodecParameters("audio/opus", 48_000, channels=2, payloadType=96)


FAINT = bytes(112 + (value & 31) for value in range(256))


class Pictures(aiortc.MediaStreamTrack):
    """As many as are asked for, at once."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.chance = random.Random(1)

    async def recv(self) -> Any:
        frame = draw(self.number, 320, 240)
        # A part with noise, of which an encoder keeps as much as it may.
        plane = frame.planes[0]
        pixels = bytearray(plane)
        begin = plane.line_size * 120
        pixels[begin : begin + plane.line_size * 60] = self.chance.randbytes(
            plane.line_size * 60
        ).translate(FAINT)
        plane.update(bytes(pixels))
        frame.pts, frame.time_base = self.number * 3000, fractions.Fraction(1, 90_000)
        self.number += 1
        return frame


def make_sender() -> aiortc.RTCRtpSender:
    pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
    return pc.addTrack(Pictures())


async def bits_a_second(sender: aiortc.RTCRtpSender, codec: Any, frames: int = 60) -> float:
    sizes = []
    for _ in range(frames):
        encoded = await sender._next_encoded_frame(codec)
        assert encoded is not None
        sizes.append(sum(map(len, encoded.payloads)))
    kept = sizes[frames // 3 :]  # the first picture is a whole one
    return 8 * 30 * sum(kept) / len(kept)


@pytest.mark.parametrize("codec", [VP8, H264], ids=["VP8", "H264"])
async def test_less_is_sent_when_less_is_allowed(codec: Any) -> None:
    rates = []
    for low, high in ((100_000, 200_000), (1_800_000, 2_200_000)):
        sender = make_sender()
        set_bitrate(sender, low, high)
        rates.append(await bits_a_second(sender, codec))
    assert rates[0] < 250_000
    assert rates[1] > 1_500_000


async def test_what_the_remote_asks_for_is_kept_between_the_limits() -> None:
    sender = make_sender()
    set_bitrate(sender, 100_000, 300_000)
    await sender._next_encoded_frame(VP8)
    encoder = names.private(sender, names.SENDER_ENCODER)
    assert encoder.target_bitrate == 200_000
    for asked, got in ((50_000, 100_000), (250_000, 250_000), (9_000_000, 300_000)):
        encoder.target_bitrate = asked
        assert encoder.target_bitrate == got


async def test_limits_can_be_changed_while_it_sends_and_aiortcs_own_stay_as_they_are() -> None:
    sender, other = make_sender(), make_sender()
    await sender._next_encoded_frame(VP8)
    await other._next_encoded_frame(VP8)
    set_bitrate(sender, 2_000_000, 3_000_000)
    encoder = names.private(sender, names.SENDER_ENCODER)
    assert encoder.target_bitrate == 2_500_000
    set_bitrate(sender, 10_000, 20_000)
    assert encoder.target_bitrate == 20_000
    untouched = names.private(other, names.SENDER_ENCODER)
    untouched.target_bitrate = 9_000_000
    assert untouched.target_bitrate == 1_500_000


async def test_sound_has_its_rate_from_the_beginning() -> None:
    sender = make_sender()
    encoder = get_encoder(OPUS)
    setattr(sender, names.SENDER_ENCODER, encoder)
    set_bitrate(sender, 16_000, 24_000)
    assert encoder.codec.bit_rate == 24_000


@pytest.mark.parametrize("limits", [(1, 2), (300_000, 200_000), (10_000, 1 << 40)])
async def test_limits_that_make_no_sense_are_refused(limits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"not {limits[0]} and {limits[1]}"):
        set_bitrate(make_sender(), *limits)
