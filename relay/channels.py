"""Channel numbers that clients may bind, and channel data on datagrams (RFC 8656 §12).

`stunwire` frames channel data as RFC 8656 has it, 0x4000 to 0x4FFF. A relay may have to serve clients of
RFC 5766, which draw theirs from 0x4000 to 0x7FFF, so the header is read and written here.
"""

import struct
from enum import Enum
from typing import NamedTuple

_HEADER = struct.Struct("!HH")


class ChannelNumbers(Enum):
    """Which channel numbers may be bound."""

    CURRENT = "rfc-8656"
    """RFC 8656 §12."""
    OLD = "rfc-5766"
    """RFC 5766 §11, for old clients: their packets can be mistaken for other protocols' (RFC 7983 §7)."""

    @property
    def numbers(self) -> range:
        """The numbers themselves."""
        return _NUMBERS[self]

    @property
    def first_bytes(self) -> range:
        """First bytes of a packet on one of these channels."""
        return range(self.numbers[0] >> 8, (self.numbers[-1] >> 8) + 1)


_NUMBERS = {
    ChannelNumbers.CURRENT: range(0x4000, 0x5000),
    # RFC 5766 §11 allows 0x7FFF in one place and not in another; coturn's client draws it
    ChannelNumbers.OLD: range(0x4000, 0x8000),
}


class Framed(NamedTuple):
    """Channel data taken apart."""

    channel: int
    data: bytes


def unframe(packet: bytes) -> Framed | None:
    """Take a datagram of channel data apart; None when it announces more than there is.

    RFC 8656 §12.5: what stands behind the announced length is padding.
    """
    if len(packet) < _HEADER.size:
        return None
    channel, length = _HEADER.unpack_from(packet)
    data = packet[_HEADER.size : _HEADER.size + length]
    return Framed(channel, data) if len(data) == length else None


def frame(channel: int, data: bytes) -> bytes:
    """Put channel data together, without padding: this is for datagrams."""
    return _HEADER.pack(channel, len(data)) + data
