"""IP packets as they are on the wire: `Packet` to bytes and back, IPv4 and IPv6 alike.

Rule 1: `decode` refuses what it does not know with None, and raises nothing, whatever the bytes are.
Rule 2: checksums are verified on the way in, because `encode` computes them anew on the way out and
    would make a damaged packet whole.
Rule 3: what a NAT need not see is not kept: IP options, traffic class, TTL, and extension headers.
Rule 4: only UDP comes in fragments; those of other protocols are refused (RFC 4787 §11 is about UDP).
"""

import functools
import struct
from typing import Final, NamedTuple

from nat.checksums import address_sum, host_of, packed, pseudo_sum, sum_of
from nat.packets import Address, Fragment, IcmpEcho, IcmpError, IcmpKind, Packet, Protocol
from nat.segments import Flags, RawSegment, Segment

MAX_PACKET: Final = 65535

_UDP: Final = 17
_TCP: Final = 6
_ICMP: Final = 1
_ICMPV6: Final = 58
_FRAGMENT: Final = 44
_SKIPPED: Final = frozenset({0, 43, 60})  # RFC 8200 §4: hop-by-hop, routing, destination options
_MOST_EXTENSIONS: Final = 8

_DONT_FRAGMENT: Final = 0x4000
_MORE: Final = 0x2000
_OFFSET: Final = 0x1FFF
_NOT_FIRST: Final = 0x3FFF

_V4: Final = struct.Struct("!HHHHBBH4s4s")
_V6: Final = struct.Struct("!IHBB16s16s")
_V6_FRAGMENT: Final = struct.Struct("!BBHI")
_UDP_HEADER: Final = struct.Struct("!HHHH")
_TCP_HEADER: Final = struct.Struct("!HHIIBBHHH")
_PORTS: Final = struct.Struct("!HH")
_ICMP_HEADER: Final = struct.Struct("!BBHHH")

_QUOTED_V4: Final = 576 - 28
"""Bytes quoted by an error: "as much of the original datagram as possible" (RFC 1812 §4.3.2.3)."""
_QUOTED_V6: Final = 1280 - 48  # RFC 4443 §2.4 (c)

_ERRORS_V4: Final = {
    IcmpKind.PORT_UNREACHABLE: (3, 3),
    IcmpKind.HOST_UNREACHABLE: (3, 1),
    IcmpKind.PROHIBITED: (3, 13),
    IcmpKind.PACKET_TOO_BIG: (3, 4),
    IcmpKind.TIME_EXCEEDED: (11, 0),
}
_ERRORS_V6: Final = {
    IcmpKind.PORT_UNREACHABLE: (1, 4),
    IcmpKind.HOST_UNREACHABLE: (1, 3),
    IcmpKind.PROHIBITED: (1, 1),
    IcmpKind.PACKET_TOO_BIG: (2, 0),
    IcmpKind.TIME_EXCEEDED: (3, 0),
}
_KINDS_V4: Final = {
    **{(3, code): IcmpKind.HOST_UNREACHABLE for code in range(16)},
    **{(3, code): IcmpKind.PROHIBITED for code in (9, 10, 13)},
    (3, 3): IcmpKind.PORT_UNREACHABLE,
    (3, 4): IcmpKind.PACKET_TOO_BIG,
    (11, 0): IcmpKind.TIME_EXCEEDED,
    (11, 1): IcmpKind.TIME_EXCEEDED,
}
_KINDS_V6: Final = {
    **{(1, code): IcmpKind.HOST_UNREACHABLE for code in (0, 2, 3)},
    **{(1, code): IcmpKind.PROHIBITED for code in (1, 5, 6)},
    (1, 4): IcmpKind.PORT_UNREACHABLE,
    (2, 0): IcmpKind.PACKET_TOO_BIG,
    (3, 0): IcmpKind.TIME_EXCEEDED,
    (3, 1): IcmpKind.TIME_EXCEEDED,
}
_ECHOES: Final = {(_ICMP, 8): False, (_ICMP, 0): True, (_ICMPV6, 128): False, (_ICMPV6, 129): True}
_ECHO_TYPES: Final = {(number, reply): type_ for (number, type_), reply in _ECHOES.items()}

_PROTOCOLS: Final = {Protocol.UDP: _UDP, Protocol.TCP: _TCP}


# to bytes


def encode(packet: Packet, *, identification: int = 0, ttl: int = 64) -> bytes:
    """The bytes of a packet, from its IP header on, with all checksums.

    Args:
        identification: IPv4's field of that name; a `Fragment` brings its own.
        ttl: the time to live, or hop limit.

    Raises:
        ValueError: an address is none, the two are of different families, or it is too large.
    """
    _, source, destination, payload, dont_fragment = packet
    number, body = _encode_body(packet)
    if ":" in source[0]:
        if isinstance(payload, Fragment):
            field = payload.offset | payload.more
            body = _V6_FRAGMENT.pack(number, 0, field, payload.identification) + body
            number = _FRAGMENT
        _check(len(body), source, destination)
        addresses = packed(source[0]), packed(destination[0])
        return _V6.pack(0x60000000, len(body), number, ttl, *addresses) + body
    flags = _DONT_FRAGMENT if dont_fragment else 0
    if isinstance(payload, Fragment):
        identification = payload.identification & 0xFFFF
        flags |= payload.offset >> 3 | (_MORE if payload.more else 0)
    length = 20 + len(body)
    _check(length, source, destination)
    total = 0x4500 + length + identification + flags + (ttl << 8 | number)
    total += address_sum(source[0]) + address_sum(destination[0])
    addresses = packed(source[0]), packed(destination[0])
    header = (0x4500, length, identification, flags, ttl, number, -total % 0xFFFF, *addresses)
    return _V4.pack(*header) + body


def _check(length: int, source: tuple[str, int], destination: tuple[str, int]) -> None:
    if length > MAX_PACKET:
        raise ValueError(f"a packet has at most {MAX_PACKET} bytes, not {length}")
    if (":" in source[0]) != (":" in destination[0]):
        raise ValueError(f"{source[0]} and {destination[0]} are of different families")


def _encode_body(packet: Packet) -> tuple[int, bytes]:
    """The number of the protocol, and what follows the IP header."""
    protocol, source, destination, payload, _ = packet
    if isinstance(payload, Fragment):
        return _UDP, _encode_fragment(packet, payload)
    if protocol is Protocol.UDP:
        length = 8 + len(payload) & 0xFFFF  # `encode` refuses what is longer
        ports = source[1] + destination[1] + length
        total = pseudo_sum(source[0], destination[0], _UDP, length) + ports + sum_of(payload)
        checksum = -total % 0xFFFF or 0xFFFF
        return _UDP, _UDP_HEADER.pack(source[1], destination[1], length, checksum) + payload
    if protocol is Protocol.TCP:
        raw = payload.raw if isinstance(payload, RawSegment) else _encode_segment(payload)
        return _TCP, _address_tcp(packet, raw)
    return _encode_icmp(packet)


def _encode_fragment(packet: Packet, fragment: Fragment) -> bytes:
    """A piece of a datagram; the first one has the header of all of it."""
    if fragment.offset:
        return fragment.data
    _, source, destination, _, _ = packet
    checksum = 0
    if fragment.checksum:
        neutral = pseudo_sum(source[0], destination[0], 0, 0) + source[1] + destination[1]
        checksum = (fragment.checksum - neutral) % 0xFFFF or 0xFFFF
    length = fragment.length or 8 + len(fragment.data)
    return _UDP_HEADER.pack(source[1], destination[1], length, checksum) + fragment.data


def _encode_segment(segment: Segment) -> bytes:
    window = min(segment.window, 0xFFFF)  # the simulator needs no window scale option
    numbers = segment.sequence & 0xFFFFFFFF, segment.acknowledged & 0xFFFFFFFF
    return _TCP_HEADER.pack(0, 0, *numbers, 0x50, segment.flags, window, 0, 0) + segment.data


def _address_tcp(packet: Packet, raw: bytes) -> bytes:
    """A segment with the ports of its packet, and the checksum that fits."""
    _, source, destination, _, _ = packet
    ports = _PORTS.pack(source[1], destination[1])
    if len(raw) < 18:  # the head of one that an ICMP error quotes
        return ports + raw[4:]
    zeroed = ports + raw[4:16] + b"\0\0" + raw[18:]
    total = pseudo_sum(source[0], destination[0], _TCP, len(raw)) + sum_of(zeroed)
    return zeroed[:16] + (-total % 0xFFFF).to_bytes(2, "big") + zeroed[18:]


def _encode_icmp(packet: Packet) -> tuple[int, bytes]:
    _, source, destination, payload, _ = packet
    six = ":" in source[0]
    number = _ICMPV6 if six else _ICMP
    if isinstance(payload, IcmpEcho):
        identifier = destination[1] if payload.reply else source[1]
        type_ = _ECHO_TYPES[number, payload.reply]
        head, data = (type_, 0, identifier, payload.sequence & 0xFFFF), payload.data
    else:
        assert isinstance(payload, IcmpError), payload
        type_, code = (_ERRORS_V6 if six else _ERRORS_V4)[payload.kind]
        high, low = (payload.mtu >> 16, payload.mtu & 0xFFFF) if six else (0, payload.mtu)
        head = (type_, code, high, low)
        data = encode(payload.original)[: _QUOTED_V6 if six else _QUOTED_V4]
    total = sum_of(data) + (head[0] << 8 | head[1]) + head[2] + head[3]
    if six:
        total += pseudo_sum(source[0], destination[0], _ICMPV6, 8 + len(data))
    return number, _ICMP_HEADER.pack(*head[:2], -total % 0xFFFF, *head[2:]) + data


# from bytes


class _Ip(NamedTuple):
    """An IP packet without its header."""

    number: int
    source: str
    destination: str
    body: bytes
    dont_fragment: bool
    whole: bool
    """Whether all of it is here; an ICMP error quotes the beginning only."""
    piece: tuple[int, int, bool] | None = None
    """Identification, offset, and whether more pieces follow."""


def decode(data: bytes | bytearray | memoryview) -> Packet | None:
    """Read a packet from its IP header on.

    TCP comes as `RawSegment`. The port of an `IcmpEcho` is its identifier, on the side of who asks,
    and 0 on the other. IPv6 packets have `dont_fragment` set, as no router may cut them (RFC 8200 §5).

    Returns:
        The packet; or None for what is damaged, incomplete, or none of UDP, TCP, ICMP errors and
        echoes.
    """
    ip = _decode_ip(bytes(data), whole=True)
    return None if ip is None else _decode_body(ip)


def _decode_ip(data: bytes, *, whole: bool) -> _Ip | None:
    if len(data) < 20:
        return None
    version = data[0] >> 4
    if version == 4:
        return _decode_v4(data, whole=whole)
    return _decode_v6(data, whole=whole) if version == 6 and len(data) >= 40 else None


def _decode_v4(data: bytes, *, whole: bool) -> _Ip | None:
    _, length, identification, flags, _, number, _, source, destination = _V4.unpack_from(data)
    header = (data[0] & 15) * 4
    if not 20 <= header <= length or header > len(data):
        return None
    if whole and (length > len(data) or int.from_bytes(data[:header], "big") % 0xFFFF):
        return None
    piece = None
    if flags & _NOT_FIRST:
        piece = (identification, (flags & _OFFSET) << 3, bool(flags & _MORE))
    hosts = host_of(source), host_of(destination)
    return _Ip(number, *hosts, data[header:length], bool(flags & _DONT_FRAGMENT), whole, piece)


def _decode_v6(data: bytes, *, whole: bool) -> _Ip | None:
    _, length, number, _, source, destination = _V6.unpack_from(data)
    if whole and length > len(data) - 40:
        return None
    body = data[40 : 40 + length]
    piece = None
    for _ in range(_MOST_EXTENSIONS):
        if number == _FRAGMENT and piece is None and len(body) >= 8:
            number, _, field, identification = _V6_FRAGMENT.unpack_from(body)
            body = body[8:]
            if field & 0xFFF9:  # an "atomic" fragment is a whole packet (RFC 6946 §4)
                piece = (identification, field & 0xFFF8, bool(field & 1))
        elif number in _SKIPPED and len(body) >= 8 and piece is None:
            number, size = body[0], 8 + 8 * body[1]
            if size > len(body):
                return None
            body = body[size:]
        else:
            break
    return _Ip(number, host_of(source), host_of(destination), body, True, whole, piece)


def _decode_body(ip: _Ip) -> Packet | None:
    if ip.piece is not None:
        return _decode_fragment(ip, *ip.piece) if ip.number == _UDP else None
    if ip.number == _UDP:
        return _decode_udp(ip)
    if ip.number == _TCP:
        return _decode_tcp(ip)
    if ip.number == (_ICMPV6 if ":" in ip.source else _ICMP):
        return _decode_icmp(ip)
    return None


def _decode_udp(ip: _Ip) -> Packet | None:
    body = ip.body
    if len(body) < 8:
        return None
    source_port, destination_port, length, checksum = _UDP_HEADER.unpack_from(body)
    if ip.whole:
        if not 8 <= length <= len(body):
            return None
        body = body[:length]
        if (checksum or ":" in ip.source) and not _is_right(ip, body):
            return None
    source, destination = Address(ip.source, source_port), Address(ip.destination, destination_port)
    return Packet(Protocol.UDP, source, destination, body[8:], ip.dont_fragment)


def _decode_fragment(ip: _Ip, identification: int, offset: int, more: bool) -> Packet | None:  # noqa: FBT001
    body = ip.body
    if (more and len(body) % 8) or not body or offset + len(body) > MAX_PACKET:
        return None
    if offset:
        source, destination = Address(ip.source, 0), Address(ip.destination, 0)
        piece = Fragment(identification, offset, more, body)
        return Packet(Protocol.UDP, source, destination, piece, ip.dont_fragment)
    if len(body) < 8:
        return None
    source_port, destination_port, length, checksum = _UDP_HEADER.unpack_from(body)
    source, destination = Address(ip.source, source_port), Address(ip.destination, destination_port)
    if checksum:
        checksum += pseudo_sum(*(ip.source, ip.destination), 0, 0) + source_port + destination_port
        checksum = checksum % 0xFFFF or 0xFFFF
    piece = Fragment(identification, 0, more, body[8:], 8, length, checksum)
    return Packet(Protocol.UDP, source, destination, piece, ip.dont_fragment)


def _decode_tcp(ip: _Ip) -> Packet | None:
    raw = ip.body
    if len(raw) < (20 if ip.whole else 8):
        return None
    if ip.whole and (not 20 <= (raw[12] >> 4) * 4 <= len(raw) or not _is_right(ip, raw)):
        return None
    source_port, destination_port = _PORTS.unpack_from(raw)
    source, destination = Address(ip.source, source_port), Address(ip.destination, destination_port)
    flags = _flags(raw[13]) if len(raw) > 13 else _flags(0)
    return Packet(Protocol.TCP, source, destination, RawSegment(flags, raw), ip.dont_fragment)


def _decode_icmp(ip: _Ip) -> Packet | None:
    body = ip.body
    six = ":" in ip.source
    if len(body) < 8:
        return None
    if ip.whole and not (_is_right(ip, body) if six else sum_of(body) % 0xFFFF == 0):
        return None
    type_, code, _, high, low = _ICMP_HEADER.unpack_from(body)
    reply = _ECHOES.get((ip.number, type_))
    if reply is not None:
        source, destination = (0, high) if reply else (high, 0)
        echo = IcmpEcho(reply, low, body[8:])
        addresses = Address(ip.source, source), Address(ip.destination, destination)
        return Packet(Protocol.ICMP, *addresses, echo, ip.dont_fragment)
    kind = (_KINDS_V6 if six else _KINDS_V4).get((type_, code))
    if kind is None or not ip.whole:  # nobody complains about an error (RFC 1122 §3.2.2)
        return None
    inner = _decode_ip(body[8:], whole=False)
    original = None if inner is None else _decode_body(inner)
    if original is None:
        return None
    mtu = (high << 16 | low if six else low) if kind is IcmpKind.PACKET_TOO_BIG else 0
    error = IcmpError(original, kind, mtu)
    addresses = Address(ip.source, 0), Address(ip.destination, 0)
    return Packet(Protocol.ICMP, *addresses, error, ip.dont_fragment)


def _is_right(ip: _Ip, body: bytes) -> bool:
    total = pseudo_sum(ip.source, ip.destination, ip.number, len(body)) + sum_of(body)
    return total % 0xFFFF == 0


@functools.cache
def _flags(bits: int) -> Flags:
    return Flags(bits & 0x1F)
