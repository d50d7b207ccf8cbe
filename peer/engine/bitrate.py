"""Limits of what an encoder may use; aiortc's are constants of its modules."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiortc
from aiortc.codecs import get_encoder
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.opus import OpusEncoder
from aiortc.codecs.vpx import Vp8Encoder

from peer.engine import names

_LEAST, _MOST = 6_000, 100_000_000


class _Limited:
    """An encoder whose target stays between limits, whatever the remote asks for (REMB)."""

    limits = (_LEAST, _MOST)
    _private = ""

    @property
    def target_bitrate(self) -> int:
        """Bits a second that are aimed at."""
        target: int = getattr(self, self._private)
        return target

    @target_bitrate.setter
    def target_bitrate(self, value: int) -> None:
        low, high = self.limits
        setattr(self, self._private, max(low, min(value, high)))


class _LimitedVp8(_Limited, Vp8Encoder):
    _private = names.VP8_BITRATE


class _LimitedH264(_Limited, H264Encoder):
    _private = names.H264_BITRATE


_LIMITED: dict[type, type[_Limited]] = {Vp8Encoder: _LimitedVp8, H264Encoder: _LimitedH264}


def set_bitrate(sender: aiortc.RTCRtpSender, minimum: int, maximum: int) -> None:
    """Let a sender use between `minimum` and `maximum` bits a second, from the next frame on.

    Video follows what the remote says it can take, within the limits, and begins in the middle of
    them. Sound has one rate, the maximum, and only before it begins.

    Raises:
        ValueError: The limits make no sense.
    """
    if not _LEAST <= minimum <= maximum <= _MOST:
        raise ValueError(
            f"a bitrate is {_LEAST} to {_MOST} bits a second, the minimum first,"
            f" not {minimum} and {maximum}"
        )
    encoder = names.private(sender, names.SENDER_ENCODER)
    if encoder is not None:
        _limit(encoder, minimum, maximum)
    next_frame: Callable[[Any], Awaitable[Any]] = names.private(
        type(sender), names.SENDER_NEXT_FRAME
    ).__get__(sender)

    async def limited(codec: Any) -> Any:
        if names.private(sender, names.SENDER_ENCODER) is None:
            encoder = get_encoder(codec)
            _limit(encoder, minimum, maximum)
            setattr(sender, names.SENDER_ENCODER, encoder)
        return await next_frame(codec)

    setattr(sender, names.SENDER_NEXT_FRAME, limited)


def _limit(encoder: Any, minimum: int, maximum: int) -> None:
    kind = _LIMITED.get(type(encoder))
    if kind is not None:
        encoder.__class__ = kind  # it has the attributes already, and only its limits are others
    if isinstance(encoder, _Limited):
        first = kind is not None
        encoder.limits = (minimum, maximum)
        encoder.target_bitrate = (minimum + maximum) // 2 if first else encoder.target_bitrate
    elif isinstance(encoder, OpusEncoder) and not encoder.codec.is_open:
        encoder.codec.bit_rate = min(maximum, 510_000)  # RFC 6716 §2.1.1
