"""Tests of `nat.firewall`: a stateful firewall for IPv6."""

import dataclasses

import pytest

from nat import Address, Drop, DropReason, IcmpError, IcmpKind, Packet, Protocol
from nat.firewall import SIMPLE_SECURITY, STRICT, Firewall
from nat.segments import Kind, Segment

A, OTHER = Address("2001:db8:1::2", 5000), Address("2001:db8:1::3", 5000)
B, C = Address("2001:db8:2::1", 1000), Address("2001:db8:3::1", 1000)


def udp(source, destination):
    return Packet(Protocol.UDP, source, destination, b"x")


def tcp(kind, source, destination):
    return Packet(Protocol.TCP, source, destination, Segment(kind))


@pytest.mark.parametrize("behavior", [SIMPLE_SECURITY, STRICT], ids=["simple", "strict"])
def test_nothing_is_translated_and_answers_come_in(behavior):
    wall = Firewall(behavior)
    for _ in range(4):
        assert wall.outbound(udp(A, B), 0.0) == udp(A, B)
        assert wall.inbound(udp(B, A), 0.0) == udp(B, A)
    assert wall.external == ()
    assert wall.mappings(0.0) == ((Protocol.UDP, A, A),)


def test_strangers_get_in_where_filters_are_endpoint_independent():
    for behavior, strangers in ((SIMPLE_SECURITY, True), (STRICT, False)):
        wall = Firewall(behavior)
        wall.outbound(udp(A, B), 0.0)
        assert isinstance(wall.inbound(udp(C, A), 0.0), Packet) is strangers


def test_whoever_was_never_asked_for_is_refused_as_prohibited():
    drop = Firewall().inbound(udp(B, A), 0.0)
    assert drop.reason is DropReason.NO_MAPPING
    assert drop.detail == "nobody inside has opened [2001:db8:1::2]:5000"
    assert drop.reply.payload == IcmpError(udp(B, A), IcmpKind.PROHIBITED)


def test_state_lives_for_five_minutes_of_outbound_silence():
    wall = Firewall()
    wall.outbound(udp(A, B), 0.0)
    assert isinstance(wall.inbound(udp(B, A), 299.0), Packet)
    assert isinstance(wall.inbound(udp(B, A), 300.0), Drop)


def test_an_unsolicited_syn_is_held_for_six_seconds_and_then_refused():
    wall = Firewall()
    assert wall.inbound(tcp(Kind.SYN, B, A), 0.0).reason is DropReason.HELD
    assert wall.handle_timer(5.9) == []
    (answer,) = wall.handle_timer(6.0)
    assert answer.payload.kind is IcmpKind.PROHIBITED


def test_two_syns_may_cross():
    wall = Firewall()
    wall.inbound(tcp(Kind.SYN, B, A), 0.0)
    assert wall.outbound(tcp(Kind.SYN, A, B), 1.0) == tcp(Kind.SYN, A, B)
    assert isinstance(wall.inbound(tcp(Kind.SYN, B, A), 2.0), Packet)
    assert wall.handle_timer(9.0) == []


def test_errors_about_what_was_sent_come_in():
    wall = Firewall()
    wall.outbound(udp(A, B), 0.0)
    error = IcmpError(udp(A, B), IcmpKind.PACKET_TOO_BIG, 1280)
    packet = Packet(Protocol.ICMP, C._replace(port=0), A._replace(port=0), error)
    assert wall.inbound(packet, 0.0) == packet
    stranger = dataclasses.replace(error, original=udp(OTHER, B))
    assert isinstance(wall.inbound(packet._replace(payload=stranger), 0.0), Drop)


def test_hosts_may_ask_for_an_open_port():
    wall = Firewall(STRICT)
    assert wall.map_port(Protocol.UDP, A, 9999, 100, 0.0) == A
    assert wall.inbound(udp(C, A), 99.0) == udp(C, A)
    assert isinstance(wall.inbound(udp(C, A), 100.0), Drop)


def test_it_forgets_everything_when_it_is_started_anew():
    wall = Firewall()
    wall.outbound(udp(A, B), 0.0)
    wall.reboot(7.0)
    drop = wall.inbound(udp(B, A), 8.0)
    assert drop.detail.endswith("5000, and the NAT was started anew at 7.0 s")


def test_a_firewall_has_no_addresses_of_its_own():
    wall = Firewall()
    with pytest.raises(ValueError, match="has no external addresses, got 2001:db8::1"):
        wall.renumber(("2001:db8::1",), 0.0)


@pytest.mark.parametrize("wished", [None, 5000, 6000])
def test_a_pinhole_lets_strangers_in_at_the_address_as_it_is_until_it_is_over(wished):
    wall = Firewall(STRICT)
    assert wall.map_port(Protocol.UDP, A, wished, 600.0, 0.0) == A
    assert wall.map_port(Protocol.UDP, A, wished, 600.0, 100.0) == A
    (hole,) = wall.explicit_mappings(100.0)
    assert (hole.internal, hole.external, hole.expires) == (A, A, 700.0)
    assert wall.inbound(udp(B, A), 699.0) == udp(B, A)
    assert isinstance(wall.inbound(udp(B, OTHER), 699.0), Drop)
    assert isinstance(wall.inbound(udp(C, A), 701.0), Drop)


@pytest.mark.parametrize("protocol", [Protocol.UDP, Protocol.TCP])
def test_a_pinhole_that_is_closed_lets_nobody_in(protocol):
    wall = Firewall(STRICT)
    wall.map_port(protocol, A, None, 600.0, 0.0)
    assert wall.unmap_port(protocol, A, 1.0)
    packet = udp(B, A) if protocol is Protocol.UDP else tcp(Kind.SYN, B, A)
    assert isinstance(wall.inbound(packet, 1.0), Drop)
    assert wall.explicit_mappings(1.0) == ()
