"""Tests of `nat.wireformat`: IP packets as they are on the wire."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.fragments import Reassembler, split
from nat.packets import (
    Address,
    IcmpEcho,
    IcmpError,
    IcmpKind,
    Packet,
    Protocol,
    wire_size,
)
from nat.segments import Flags, Kind, RawSegment, Segment
from nat.wireformat import decode, encode

A, B = Address("192.168.1.2", 40000), Address("203.0.113.1", 4711)
A6, B6 = Address("2001:db8::2", 40000), Address("2001:db8:1::1", 4711)
PAIRS = pytest.mark.parametrize(("source", "destination"), [(A, B), (A6, B6)], ids=["v4", "v6"])

ports = st.integers(0, 65535)
four = st.builds(Address, st.ip_addresses(v=4).map(str), ports)
six = st.builds(Address, st.ip_addresses(v=6).map(str), ports)
pairs = st.tuples(four, four) | st.tuples(six, six)
tcp = st.builds(
    lambda head, flags, options, data: RawSegment(
        flags,
        head + struct.pack("!BBHHH", (5 + len(options)) << 4, flags, 9, 0, 0)
        + b"".join(options) + data,
    ),
    st.binary(min_size=12, max_size=12),
    st.sampled_from([Flags.SYN, Flags.SYN | Flags.ACK, Flags.ACK | Flags.PSH, Flags.RST]),
    st.lists(st.binary(min_size=4, max_size=4), max_size=10),
    st.binary(max_size=30),
)  # fmt: skip
echoes = st.builds(IcmpEcho, st.booleans(), ports, st.binary(max_size=60))


def packet_of(pair, payload, dont_fragment=False):
    source, destination = pair
    dont_fragment |= ":" in source.host
    if isinstance(payload, bytes):
        return Packet(Protocol.UDP, source, destination, payload, dont_fragment)
    if isinstance(payload, RawSegment):
        return Packet(Protocol.TCP, source, destination, payload, dont_fragment)
    nobody, asker = source._replace(port=0), destination._replace(port=0)
    ends = (nobody, destination) if payload.reply else (source, asker)
    return Packet(Protocol.ICMP, *ends, payload, dont_fragment)


packets = st.builds(packet_of, pairs, st.binary(max_size=60) | tcp | echoes, st.booleans())


def comparable(packet):
    """The packet without the ports and checksum that a raw segment carries about."""
    if packet.protocol is not Protocol.TCP:
        return packet
    raw = packet.payload.raw
    return packet._replace(payload=(packet.payload.flags, raw[4:16], raw[18:]))


@given(packets, ports, st.integers(1, 255))
def test_a_packet_comes_back_as_it_went(packet, identification, ttl):
    data = encode(packet, identification=identification, ttl=ttl)
    assert comparable(decode(memoryview(data))) == comparable(packet)
    assert len(data) == wire_size(packet)


@given(packets, st.sampled_from(IcmpKind), st.integers(0, 65535))
def test_an_error_comes_back_with_what_it_quotes(original, kind, mtu):
    mtu = mtu if kind is IcmpKind.PACKET_TOO_BIG else 0
    ends = original.destination._replace(port=0), original.source._replace(port=0)
    error = Packet(Protocol.ICMP, *ends, IcmpError(original, kind, mtu))
    found = decode(encode(error))
    assert (found.source, found.destination) == ends
    assert (found.payload.kind, found.payload.mtu) == (kind, mtu)
    assert comparable(found.payload.original) == comparable(original)


@given(st.binary(max_size=120))
def test_any_bytes_are_a_packet_or_none(data):
    for version in (b"", b"\x45", b"\x46", b"\x60"):
        packet = decode(version + data)
        assert packet is None or isinstance(packet, Packet)


@given(packets, st.data())
def test_a_damaged_packet_is_refused_or_says_the_same(packet, data):
    """IPv6 has no checksum of its own, and options are skipped: what counts is what is told."""
    wire = bytearray(encode(packet))
    at = data.draw(st.integers(0, len(wire) - 1))
    wire[at] ^= 1 << data.draw(st.integers(0, 7))
    found = decode(wire)
    if found is not None and ":" not in packet.source.host:
        assert comparable(found) == comparable(packet)


@given(packets, st.data())
def test_a_packet_cut_short_is_refused(packet, data):
    wire = encode(packet)
    assert decode(wire[: data.draw(st.integers(0, len(wire) - 1))]) is None


@given(pairs, st.integers(1300, 5000), st.booleans())
def test_pieces_cross_the_wire_and_a_nat_and_make_the_datagram_again(pair, size, translated):
    packet = packet_of(pair, bytes(range(256)) * (size // 256))
    pieces = [decode(encode(piece)) for piece in split(packet, 1280, 0x1234)]
    if translated:
        outside = A6 if ":" in pair[0].host else A
        pieces = [
            piece._replace(source=outside._replace(port=0) if piece.payload.offset else outside)
            for piece in pieces
        ]
        packet = packet._replace(source=outside)
    # what the last host sees: the headers of the first piece hold for the whole datagram
    bodies = [encode(piece)[48 if ":" in pair[0].host else 20 :] for piece in pieces]
    whole = encode(packet)[40 if ":" in pair[0].host else 20 :]
    assert b"".join(bodies) == whole
    reassembler = Reassembler()
    *_, last = [reassembler.take(piece, 0.0) for piece in pieces]
    assert last.payload == packet.payload


@PAIRS
def test_a_datagram_without_a_checksum_is_taken_over_ipv4_alone(source, destination):
    wire = bytearray(encode(Packet(Protocol.UDP, source, destination, b"abc")))
    wire[-5:-3] = b"\0\0"
    assert (decode(wire) is None) == (":" in source.host)


@pytest.mark.parametrize(
    ("segment", "fields"),
    [
        (Segment(Kind.SYN, 0, 0, 1 << 18), (0, 0, 0x50, 0x02, 65535)),
        (Segment(Kind.DATA, 7, 9, 100, b"abc"), (7, 9, 0x50, 0x18, 100)),
        (Segment(Kind.RESET, 5), (5, 0, 0x50, 0x04, 0)),
    ],
)
def test_a_segment_of_the_simulator_has_the_header_of_a_real_one(segment, fields):
    found = decode(encode(Packet(Protocol.TCP, A, B, segment)))
    assert struct.unpack_from("!IIBBH", found.payload.raw, 4) == fields
    assert found.payload.flags == segment.flags
    assert found.payload.raw[20:] == segment.data


@PAIRS
def test_an_echo_has_its_identifier_on_the_side_of_who_asks(source, destination):
    asked = packet_of((source, destination), IcmpEcho(reply=False, sequence=1, data=b"x"))
    answered = packet_of((destination, source), IcmpEcho(reply=True, sequence=1, data=b"x"))
    assert decode(encode(asked)).source == source
    assert decode(encode(asked)).destination.port == 0
    assert decode(encode(answered)).destination == source
    assert decode(encode(answered)).source.port == 0


def test_a_header_is_what_the_rfcs_say():
    packet = Packet(Protocol.UDP, A, B, b"ab", dont_fragment=True)
    assert encode(packet, identification=0x1234, ttl=17).hex(" ", 2) == (
        "4500 001e 1234 4000 1111 59ef c0a8 0102 cb00 7101 9c40 1267 000a f223 6162"
    )


def test_ipv6_extension_headers_are_skipped_and_endless_ones_refused():
    wire = encode(Packet(Protocol.UDP, A6, B6, b"abc"))

    def extended(times, kind=60, size=0):
        more = bytes([kind, size]) + b"\0" * 6
        inner = more * (times - 1) + bytes([17, size]) + b"\0" * 6
        length = len(wire) - 40 + len(inner)
        return wire[:4] + struct.pack("!HB", length, kind) + wire[7:40] + inner + wire[40:]

    assert decode(extended(1)).payload == b"abc"
    assert decode(extended(3, kind=0)).payload == b"abc"
    assert decode(extended(9)) is None
    assert decode(extended(1, size=255)) is None


def test_ipv4_options_are_skipped():
    wire = bytearray(encode(Packet(Protocol.UDP, A, B, b"abc")))
    wire[20:20] = b"\1\1\1\0"
    wire[0], wire[3] = 0x46, wire[3] + 4
    wire[10:12] = b"\0\0"
    wire[10:12] = (-int.from_bytes(wire[:24], "big") % 0xFFFF).to_bytes(2, "big")
    assert decode(wire) == Packet(Protocol.UDP, A, B, b"abc")


def test_an_atomic_fragment_is_a_whole_packet():
    wire = encode(Packet(Protocol.UDP, A6, B6, b"abc"))
    atomic = wire[:4] + struct.pack("!HB", 19, 44) + wire[7:40] + b"\x11" + b"\0" * 7 + wire[40:]
    assert decode(atomic).payload == b"abc"


def test_an_error_about_an_error_is_refused():
    error = Packet(Protocol.ICMP, B, A, IcmpError(Packet(Protocol.UDP, A, B, b"abc")))
    assert decode(encode(error)) is not None
    assert decode(encode(Packet(Protocol.ICMP, A, B, IcmpError(error)))) is None


@PAIRS
def test_an_error_quotes_no_more_than_it_may(source, destination):
    error = IcmpError(Packet(Protocol.UDP, source, destination, b"x" * 3000))
    wire = encode(Packet(Protocol.ICMP, destination, source, error))
    assert len(wire) == (1280 if ":" in source.host else 576)
    assert decode(wire).payload.original.destination == destination


def test_the_head_of_a_tcp_segment_in_an_error_keeps_its_sequence_number():
    segment = Packet(Protocol.TCP, A, B, RawSegment(Flags(0), b"\0\0\0\0\1\2\3\4"))
    wire = encode(Packet(Protocol.ICMP, B, A, IcmpError(segment)))
    original = decode(wire).payload.original
    assert (original.source, original.destination, original.payload.raw[4:]) == (A, B, b"\1\2\3\4")


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (Packet(Protocol.UDP, A, B6, b""), "different families"),
        (Packet(Protocol.UDP, A, B, b"x" * 65508), "at most 65535 bytes, not 65536"),
        (Packet(Protocol.UDP, A6, B6, b"x" * 70000), "at most 65535 bytes"),
        (Packet(Protocol.UDP, Address("alice", 1), B, b""), "'alice'"),
    ],
)
def test_what_is_no_ip_packet_cannot_be_encoded(packet, words):
    with pytest.raises(ValueError, match=words):
        encode(packet)
