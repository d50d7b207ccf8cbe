"""Tests of `nat.trace.pcapng`: a trace as a capture file, read by a small reader of our own."""

import struct

import pytest

from nat import Address, IcmpError, Packet, Protocol
from nat.segments import Kind, Segment
from nat.simulator import clock
from nat.trace.pcapng import EPOCH
from nat.wireformat import decode


def blocks(data):
    """(type, body) of each block; whatever does not add up fails."""
    found = []
    while data:
        kind, length = struct.unpack_from("<II", data)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, length - 4) == (length,)
        found.append((kind, data[8 : length - 4]))
        data = data[length:]
    return found


def options(data):
    found = {}
    while True:
        code, length = struct.unpack_from("<HH", data)
        if code == 0:
            assert not data[4:]
            return found
        found[code] = data[4 : 4 + length]
        data = data[4 + length + -length % 4 :]


def read(data):
    (head, *_), rest = blocks(data)[:1], blocks(data)[1:]
    assert head[0] == 0x0A0D0D0A
    assert struct.unpack_from("<IHHq", head[1]) == (0x1A2B3C4D, 1, 0, -1)
    interfaces = [options(body[8:]) for kind, body in rest if kind == 1]
    packets = []
    for kind, body in rest:
        if kind == 6:
            interface, high, low, captured, size = struct.unpack_from("<IIIII", body)
            assert captured == size
            about = options(body[20 + size + -size % 4 :])
            packets.append((interface, high << 32 | low, body[20 : 20 + size], about))
    return interfaces, packets


def test_each_place_is_an_interface_with_its_name_and_nanoseconds(punched):
    interfaces, _ = read(punched.events.pcapng())
    assert [one[2] for one in interfaces] == [b"home-a", b"alice", b"home-b", b"bob", b"stun"]
    assert [one[9] for one in interfaces] == [b"\x09"] * 5
    assert interfaces[1][3] == b"host 192.168.1.2, behind home-a"


def test_packets_are_real_and_in_order_of_time(punched):
    _, packets = read(punched.events.pcapng())
    events = list(punched)
    assert len(packets) == len(events)
    for (_, time, data, about), event in zip(packets, events, strict=True):
        assert time == EPOCH * 10**9 + event.time_ns
        assert decode(data) == event.carried
        assert struct.unpack("<Q", about[5]) == (event.packet,)


def test_a_drop_is_marked_and_says_why(punched):
    _, packets = read(punched.events.pcapng())
    comments = [about[1].decode() for _, _, _, about in packets if 7 in about]
    why = "filtered by the NAT: 203.0.113.1:40000 has never sent to 203.0.113.2:50000"
    assert comments == [f"dropped by home-a: {why}"]
    assert [about[7] for *_, about in packets if 7 in about] == [b"\1\2\0\0\0\0\0\0\0"]


def test_a_translation_says_what_it_changed(punched):
    _, packets = read(punched.events.packets(4).pcapng())
    comments = [about[1].decode() for *_, about in packets if 1 in about]
    assert comments == [
        "translated by home-a: 192.168.1.2:5000 → 203.0.113.1:40000 > 203.0.113.2:50000",
        "translated by home-b: 203.0.113.1:40000 > 203.0.113.2:50000 → 192.168.1.2:6000",
    ]
    assert [about[2][0] for *_, about in packets] == [2, 2, 2, 1]  # out, …, in


def test_addresses_that_one_place_has_are_named(punched):
    (names,) = [body for kind, body in blocks(punched.events.pcapng()) if kind == 4]
    assert b"home-a\0" in names
    assert b"stun\0" in names
    assert b"alice\0" not in names  # bob has the same address in another LAN


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_every_kind_of_packet_can_be_written(scribe, host):
    one, other = (host, 1), (host, 2)
    original = Packet(Protocol.UDP, Address(*one), Address(*other), b"abc")
    scribe.sent("alice", one, other, b"abc")
    scribe.sent("alice", one, other, Segment(Kind.DATA, 1, 1, 9, b"abc"), Protocol.TCP)
    scribe.sent("alice", (host, 0), (host, 0), IcmpError(original), Protocol.ICMP)
    _, packets = read(scribe.trace.events.pcapng())
    assert [decode(data).protocol for _, _, data, _ in packets] == list(Protocol)


def test_what_no_ip_packet_can_hold_is_said_to_be(scribe):
    scribe.sent("alice", ("192.0.2.1", 1), ("192.0.2.2", 2), b"x" * 70000)
    _, ((_, _, data, about),) = read(scribe.trace.events.pcapng())
    assert data == b""
    assert about[1].startswith(b"cannot be shown: a packet has at most 65535 bytes")


def test_the_clock_of_the_file_is_that_of_simulated_worlds():
    assert EPOCH == clock.EPOCH
