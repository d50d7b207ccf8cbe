"""Fragmentation and reassembly of UDP datagrams (RFC 791 §3.2, RFC 8200 §4.5)."""

from dataclasses import dataclass, field
from typing import Final

from nat.checksums import neutral_checksum
from nat.packets import Address, Fragment, Packet, Protocol

REASSEMBLY_TIME: Final = 30.0
"""Seconds after which the pieces of a datagram are thrown away; Linux's `ipfrag_time`."""
MAX_DATAGRAMS: Final = 256
"""Datagrams in pieces that are kept at a time; beyond it the oldest is given up."""
MAX_SIZE: Final = 65535
"""Bytes of a datagram with its header (RFC 768)."""

_IP_HEADER: Final = 20
_IPV6_HEADERS: Final = 48  # with the fragment header
_UDP_HEADER: Final = 8
_UNIT: Final = 8  # offsets count in units of eight bytes


def split(packet: Packet, mtu: int, identification: int) -> list[Packet]:
    """Cut a UDP datagram into pieces of at most `mtu` bytes with their IP headers.

    A packet that fits, or is a piece already, or carries something else, comes back as it is.

    Raises:
        ValueError: the MTU has no room for eight bytes.
    """
    data = packet.payload
    six = ":" in packet.destination.host
    room = mtu - (_IPV6_HEADERS if six else _IP_HEADER)
    whole = mtu - (_IPV6_HEADERS - 8 if six else _IP_HEADER)
    if packet.protocol is not Protocol.UDP or not isinstance(data, bytes):
        return [packet]
    if _UDP_HEADER + len(data) <= whole:
        return [packet]
    room -= room % _UNIT
    if room < _UNIT:
        raise ValueError(f"an MTU of {mtu} bytes has no room for a fragment")
    first = room - _UDP_HEADER
    length, checksum = _UDP_HEADER + len(data), neutral_checksum(data)
    head = Fragment(identification, 0, True, data[:first], _UDP_HEADER, length, checksum)
    pieces = [packet._replace(payload=head)]
    source, destination = packet.source._replace(port=0), packet.destination._replace(port=0)
    for start in range(first, len(data), room):
        more = start + room < len(data)
        piece = Fragment(identification, start + _UDP_HEADER, more, data[start : start + room])
        pieces.append(Packet(Protocol.UDP, source, destination, piece))
    return pieces


_Key = tuple[str, str, int]


@dataclass(slots=True)
class _Pieces:
    """What has come of one datagram."""

    until: float
    parts: dict[int, bytes] = field(default_factory=dict)
    total: int | None = None
    addresses: tuple[Address, Address] | None = None
    size: int = 0


class Reassembler:
    """Puts datagrams together again; what it keeps is bounded in number, size and time."""

    def __init__(self, lifetime: float = REASSEMBLY_TIME) -> None:
        self._lifetime = lifetime
        self._waiting: dict[_Key, _Pieces] = {}

    def take(self, packet: Packet, now: float) -> Packet | None:
        """The whole datagram, if this piece was the last one missing.

        Args:
            now: seconds; datagrams whose pieces have waited too long are given up.
        """
        fragment = packet.payload
        if not isinstance(fragment, Fragment):
            return packet
        key = (packet.source.host, packet.destination.host, fragment.identification)
        self.expire(now)
        pieces = self._waiting.get(key)
        if pieces is None:
            if len(self._waiting) >= MAX_DATAGRAMS:
                del self._waiting[next(iter(self._waiting))]
            pieces = self._waiting[key] = _Pieces(now + self._lifetime)
        _add(pieces, packet, fragment)
        if pieces.size > MAX_SIZE:
            del self._waiting[key]
            return None
        data = _joined(pieces)
        if data is None or pieces.addresses is None:
            return None
        del self._waiting[key]
        return Packet(Protocol.UDP, *pieces.addresses, data)

    def expire(self, now: float) -> list[tuple[str, str]]:
        """Give up what has waited too long; returns who sent it to whom, by address."""
        old = [key for key, pieces in self._waiting.items() if pieces.until <= now]
        for key in old:
            del self._waiting[key]
        return [(source, destination) for source, destination, _ in old]


def _add(pieces: _Pieces, packet: Packet, fragment: Fragment) -> None:
    if fragment.offset not in pieces.parts:
        pieces.parts[fragment.offset] = fragment.data
        pieces.size += len(fragment.data)
    if fragment.offset == 0:
        pieces.addresses = (packet.source, packet.destination)
    if not fragment.more:
        pieces.total = fragment.offset + len(fragment.data)


def _joined(pieces: _Pieces) -> bytes | None:
    """The whole payload, or None while something is missing."""
    if pieces.total is None or 0 not in pieces.parts:
        return None
    data = bytearray()
    for offset in sorted(pieces.parts):
        expected = _UDP_HEADER + len(data) if data or offset else 0
        if offset != expected:
            return None  # a gap, or pieces that overlap (RFC 5722 §4)
        data += pieces.parts[offset]
    return bytes(data) if _UDP_HEADER + len(data) == pieces.total else None
