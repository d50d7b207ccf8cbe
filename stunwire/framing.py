"""What arrives on a socket: telling STUN, ChannelData and others apart, and cutting a byte stream into them."""

import enum
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from stunwire.address import MAGIC_COOKIE
from stunwire.errors import DecodeError, StreamError
from stunwire.integrity import HEADER_LENGTH

FIRST_CHANNEL = 0x4000
LAST_CHANNEL = 0x4FFF
"""RFC 8656 §12: channel numbers are 0x4000 to 0x4FFF."""

CHANNEL_HEADER_LENGTH = 4
LONGEST_FRAME = HEADER_LENGTH + 0xFFFC
"""The longest STUN message that a header can announce."""

_CHANNEL_HEADER = struct.Struct("!HH")
_LONGEST_DATA = 0xFFFF


class Kind(enum.Enum):
    """What a datagram is, by its first byte. RFC 7983 §7."""

    STUN = enum.auto()
    ZRTP = enum.auto()
    DTLS = enum.auto()
    CHANNEL = enum.auto()
    RTP = enum.auto()
    UNKNOWN = enum.auto()


class Carrier(enum.Enum):
    """What carries the bytes: datagrams have an end of their own, a stream needs padding. RFC 8656 §12.5."""

    DATAGRAM = enum.auto()
    STREAM = enum.auto()


def _kind(first_byte: int) -> Kind:
    # RFC 7983 §7, figure 3; the gaps are UNKNOWN (RFC 9443 gives some of them to QUIC).
    ranges = {
        Kind.STUN: range(4),
        Kind.ZRTP: range(16, 20),
        Kind.DTLS: range(20, 64),
        Kind.CHANNEL: range(64, 80),
        Kind.RTP: range(128, 192),
    }
    return next((kind for kind, values in ranges.items() if first_byte in values), Kind.UNKNOWN)


_KINDS = tuple(map(_kind, range(256)))


def classify(first_byte: int) -> Kind:
    """What a datagram is, by its first byte (0..255). RFC 7983 §7."""
    return _KINDS[first_byte]


@dataclass(frozen=True, slots=True)
class ChannelData:
    """Application data on a channel. RFC 8656 §12.4."""

    channel: int
    data: bytes

    def encode(self, carrier: Carrier = Carrier.DATAGRAM) -> bytes:
        """Channel, length and data; on a stream padded with zeros to a multiple of four bytes. RFC 8656 §12.5.

        Raises:
            ValueError: the channel is not in 0x4000..0x4FFF, or the data are longer than 65,535 bytes.
        """
        length = len(self.data)
        if not FIRST_CHANNEL <= self.channel <= LAST_CHANNEL:
            raise ValueError(f"expected a channel in 0x4000..0x4FFF, got {self.channel:#06x}")
        if length > _LONGEST_DATA:
            raise ValueError(f"expected at most {_LONGEST_DATA} bytes of data, got {length}")
        frame = _CHANNEL_HEADER.pack(self.channel, length) + self.data
        return frame + bytes(-length & 3) if carrier is Carrier.STREAM else frame


def decode_channel_data(data: bytes | bytearray | memoryview) -> ChannelData:
    """Read one ChannelData message; what stands behind its data is padding and ignored. RFC 8656 §12.5, §12.6.

    Raises:
        DecodeError: the channel is not in 0x4000..0x4FFF, or the length is more than there is.
    """
    if len(data) < CHANNEL_HEADER_LENGTH:
        raise DecodeError(
            f"ChannelData has at least {CHANNEL_HEADER_LENGTH} bytes, got {len(data)}"
        )
    channel, length = _CHANNEL_HEADER.unpack_from(data)
    if not FIRST_CHANNEL <= channel <= LAST_CHANNEL:
        raise DecodeError(f"expected a channel in 0x4000..0x4FFF, got {channel:#06x}")
    stop = CHANNEL_HEADER_LENGTH + length
    if stop > len(data):
        raise DecodeError(
            f"ChannelData announces {length} bytes, got {len(data) - CHANNEL_HEADER_LENGTH}"
        )
    return ChannelData(channel, bytes(data[CHANNEL_HEADER_LENGTH:stop]))


@dataclass(slots=True)
class StreamCutter:
    """Cuts a byte stream into STUN messages and ChannelData. RFC 8489 §6.2.2, RFC 8656 §12.5.

    It looks only as far as it must to know where a frame ends; `decode` and `decode_channel_data` judge the rest. It keeps
    less than one frame. The letters "@" to "O" begin channels: "GET " announces 21,536 bytes on channel 0x4745, so whoever
    listens needs a timeout for the first message, too.

    Args:
        longest: bytes of the longest frame that is taken.
        channels: first bytes of ChannelData; who serves clients of RFC 5766 §11 takes 64 to 127.
        is_last: tells a frame behind which something else may follow: what does waits as it came, until `feed` or
            `take_rest` is called. At most as much as was fed at once waits besides.
    """

    longest: int = LONGEST_FRAME
    channels: range = range(FIRST_CHANNEL >> 8, (LAST_CHANNEL >> 8) + 1)
    is_last: Callable[[bytes], bool] = field(default=lambda _: False, repr=False)
    _rest: bytes = field(default=b"", init=False, repr=False)
    _broken: str | None = field(default=None, init=False, repr=False)

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """Take the next bytes, give the frames that have become whole, ChannelData without its padding.

        Raises:
            StreamError: what follows is neither STUN nor ChannelData, or longer than allowed. The frames before it are in
                the error. A stream cannot be found again, so every later call raises, too.
        """
        if self._broken is not None:
            raise StreamError(self._broken)
        stream = self._rest + bytes(data)
        frames: list[bytes] = []
        at = 0
        try:
            while (sizes := _measure(stream, at, self.longest, self.channels)) is not None:
                size, padded = sizes
                if at + padded > len(stream):
                    break
                frames.append(stream[at : at + size])
                at += padded
                if self.is_last(frames[-1]):
                    break
        except DecodeError as error:
            self._broken, self._rest = str(error), b""
            raise StreamError(self._broken, tuple(frames)) from None
        self._rest = stream[at:]
        return frames

    def take_rest(self) -> bytes:
        """Take out what waits, because no frames follow any more."""
        rest, self._rest = self._rest, b""
        return rest

    @property
    def waiting(self) -> int:
        """Bytes of a frame that is not whole yet; more than 0 at the end of a stream means that it was cut off."""
        return len(self._rest)


def _measure(stream: bytes, at: int, longest: int, channels: range) -> tuple[int, int] | None:
    """Size of the frame that begins at `at`, without and with padding; None when it cannot be known yet."""
    if at >= len(stream):
        return None
    is_channel = stream[at] in channels
    if not is_channel and classify(stream[at]) is not Kind.STUN:
        raise DecodeError(
            f"expected STUN or ChannelData in a stream, got first byte {stream[at]:#04x}"
        )
    if at + CHANNEL_HEADER_LENGTH > len(stream):
        return None
    length = stream[at + 2] << 8 | stream[at + 3]
    if is_channel:
        size = CHANNEL_HEADER_LENGTH + length
        padded = size + (-length & 3)
    else:
        _check_stun(stream, at, length)
        size = padded = HEADER_LENGTH + length
    if padded > longest:
        raise DecodeError(f"expected a frame of at most {longest} bytes, got one of {padded}")
    return size, padded


def _check_stun(stream: bytes, at: int, length: int) -> None:
    cookie = stream[at + 4 : at + 8]
    if length & 3 or not MAGIC_COOKIE.to_bytes(4, "big").startswith(cookie):
        raise DecodeError(
            f"expected STUN in a stream, got length {length} and cookie {cookie.hex()}"
        )
