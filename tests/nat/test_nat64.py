"""Tests of `nat.nat64`: from IPv6 inside to IPv4 outside."""

import dataclasses
import random

import pytest

from nat import (
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    Address,
    Drop,
    DropReason,
    Hairpinning,
    IcmpEcho,
    IcmpError,
    IcmpKind,
    Packet,
    Protocol,
)
from nat.nat64 import Nat64, Prefix
from nat.segments import Kind, Segment

A, OTHER = Address("2001:db8:1::2", 5000), Address("2001:db8:1::3", 5000)
B4, B6 = Address("198.51.100.1", 1000), Address("64:ff9b::c633:6401", 1000)
C4, C6 = Address("198.51.100.2", 1000), Address("64:ff9b::c633:6402", 1000)
OUTSIDE = "203.0.113.1"


def nat64(behavior=PORT_RESTRICTED_CONE, **more):
    return Nat64(behavior, (OUTSIDE,), random.Random(0), **more)


def udp(source, destination):
    return Packet(Protocol.UDP, source, destination, b"x")


@pytest.mark.parametrize(
    ("prefix", "address"),
    [
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:0"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::c000:221"),
        ("64:ff9b::/96", "64:ff9b::c000:221"),
    ],
)
def test_addresses_are_those_of_rfc_6052(prefix, address):
    """The table of RFC 6052 §2.4."""
    one = Prefix(prefix)
    assert one.embed("192.0.2.33") == address
    assert one.extract(address) == "192.0.2.33"


def test_an_address_of_elsewhere_stands_for_none():
    assert Prefix().extract("2001:db8::1") is None
    assert Prefix().extract("192.0.2.33") is None


@pytest.mark.parametrize("text", ["2001:db8::/80", "2001:db8::1/96", "10.0.0.0/8"])
def test_a_prefix_that_can_be_none_is_refused(text):
    with pytest.raises(ValueError, match=r"length of 32, 40|host bits|At least"):
        Prefix(text)


def test_packets_change_their_family_on_the_way_out_and_on_the_way_in():
    box = nat64()
    for _ in range(4):
        out = box.outbound(udp(A, B6), 0.0)
        assert out == udp(Address(OUTSIDE, out.source.port), B4)
        assert box.inbound(udp(B4, out.source), 0.0) == udp(B6, A)
    assert box.inbound(udp(C4, out.source), 0.0).reason is DropReason.FILTERED


def test_tcp_and_pings_do_so_too():
    box = nat64()
    syn = box.outbound(Packet(Protocol.TCP, A, B6, Segment(Kind.SYN)), 0.0)
    back = box.inbound(Packet(Protocol.TCP, B4, syn.source, Segment(Kind.SYN_ACK)), 0.0)
    assert (back.source, back.destination) == (B6, A)
    echo = IcmpEcho(reply=False, sequence=1)
    ping = Packet(Protocol.ICMP, A._replace(port=7), B6._replace(port=7), echo)
    out = box.outbound(ping, 0.0)
    assert out.destination.host == B4.host
    answer = Packet(Protocol.ICMP, out.destination, out.source, IcmpEcho(reply=True, sequence=1))
    assert box.inbound(answer, 0.0).destination == A._replace(port=7)


def test_what_stands_for_no_ipv4_address_has_no_way_out():
    drop = nat64().outbound(udp(A, Address("2001:db8:9::1", 1)), 0.0)
    assert drop == Drop(
        DropReason.NO_ROUTE, "2001:db8:9::1 stands for no IPv4 address: not in 64:ff9b::/96"
    )


def test_an_error_quotes_in_the_family_of_its_reader_and_counts_its_headers():
    box = nat64()
    external = box.outbound(udp(A, B6), 0.0).source
    too_big = IcmpError(udp(external, B4), IcmpKind.PACKET_TOO_BIG, 1400)
    router = Address("192.0.2.9", 0)
    inside = box.inbound(Packet(Protocol.ICMP, router, Address(OUTSIDE, 0), too_big), 0.0)
    assert inside.source.host == "64:ff9b::c000:209"
    assert inside.payload == IcmpError(udp(A, B6), IcmpKind.PACKET_TOO_BIG, 1420)
    small = IcmpError(udp(B6, A), IcmpKind.PACKET_TOO_BIG, 1280)
    target = B6._replace(port=0)
    outside = box.outbound(Packet(Protocol.ICMP, A._replace(port=0), target, small), 0.0)
    assert outside.destination.host == B4.host
    assert outside.payload == IcmpError(udp(B4, external), IcmpKind.PACKET_TOO_BIG, 1260)


def test_two_hosts_inside_meet_at_the_external_address():
    box = nat64(dataclasses.replace(FULL_CONE, hairpinning=Hairpinning.EXTERNAL_SOURCE))
    target = box.outbound(udp(A, B6), 0.0).source
    shown = Address(box.prefix.embed(OUTSIDE), target.port)
    assert box.turns_back(shown.host)
    assert not box.turns_back(B6.host)
    turned = box.outbound(udp(OTHER, shown), 0.0)
    assert turned.destination == A
    assert turned.source.host == box.prefix.embed(OUTSIDE)


def test_another_prefix_may_be_set():
    box = nat64(prefix="2001:db8:64::/96")
    out = box.outbound(udp(A, Address("2001:db8:64::c633:6401", 9)), 0.0)
    assert out.destination == ("198.51.100.1", 9)
    assert isinstance(box.outbound(udp(A, C6), 0.0), Drop)
