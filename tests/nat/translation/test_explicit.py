"""Tests of `nat.translation.explicit`: mappings that somebody asked for."""

import dataclasses

import pytest

from nat import FULL_CONE, PORT_RESTRICTED_CONE, SYMMETRIC, Address, DropReason, Protocol
from nat.portmapping import ExplicitMapping, PortMapper
from nat.segments import Kind

UDP, TCP = Protocol.UDP, Protocol.TCP
A, OTHER = Address("192.168.1.2", 5000), Address("192.168.1.3", 5000)
B, C = ("198.51.100.1", 1000), ("198.51.100.2", 1000)


def test_anybody_gets_in_where_it_was_asked_for_until_its_time_is_up(box):
    one = box(SYMMETRIC)
    external = one.nat.map_port(UDP, A, None, 100, 0.0)
    assert external == ("203.0.113.1", 5000)
    assert one.nat.explicit_mappings(0.0) == (ExplicitMapping(UDP, A, external, 100.0),)
    for number in range(5):
        assert one.lets_in(C, external, now=95.0 + number)
    assert not one.lets_in(C, external, now=100.0)
    assert one.nat.explicit_mappings(100.0) == ()


def test_what_the_endpoint_sends_leaves_through_it(box):
    one = box(SYMMETRIC)
    before = one.external(A, B)
    external = one.nat.map_port(UDP, A, 7000, 100, 0.0)
    assert external.port == 7000
    assert before != external
    assert one.external(A, B) == one.external(A, C) == external


def test_traffic_keeps_the_mapping_but_not_the_open_door(box):
    one = box(PORT_RESTRICTED_CONE)
    external = one.nat.map_port(UDP, A, None, 100, 0.0)
    one.external(A, B, now=90.0)
    for number in range(5):
        assert one.lets_in(C, external, now=95.0 + number)
    assert one.lets_in(B, external, now=101.0)
    assert one.why(one.take(C, external, now=101.0))[0] is DropReason.FILTERED


def test_a_dynamic_mapping_becomes_an_explicit_one(box):
    one = box(PORT_RESTRICTED_CONE)
    dynamic = one.external(A, B)
    assert not one.lets_in(C, dynamic)
    assert one.nat.map_port(UDP, A, None, 100, 0.0) == dynamic
    assert one.lets_in(C, dynamic)


def test_a_mapping_is_renewed_and_moves_to_a_wanted_port_that_is_free(box):
    one = box(FULL_CONE)
    first = one.nat.map_port(UDP, A, 7000, 100, 0.0)
    assert one.nat.map_port(UDP, A, 7000, 100, 50.0) == first
    assert one.nat.explicit_mappings(149.0)[0].expires == 150.0
    moved = one.nat.map_port(UDP, A, 8000, 100, 60.0)
    assert moved.port == 8000
    assert len(one.nat.explicit_mappings(60.0)) == 1
    assert not one.lets_in(C, first, now=60.0)
    assert one.lets_in(C, moved, now=60.0)


def test_another_port_is_given_if_the_wanted_one_is_taken(box):
    one = box(FULL_CONE)
    first = one.nat.map_port(UDP, A, 7000, 100, 0.0)
    second = one.nat.map_port(UDP, OTHER, 7000, 100, 0.0)
    assert first.port == 7000 != second.port
    assert one.nat.map_port(UDP, OTHER, 7000, 100, 1.0) == second
    assert one.take(C, second).destination == OTHER


def test_a_mapping_that_is_ended_lets_nobody_in(box):
    one = box(FULL_CONE)
    external = one.nat.map_port(UDP, A, None, 100, 0.0)
    one.external(A, B)
    assert one.nat.unmap_port(UDP, A, 1.0)
    assert not one.nat.unmap_port(UDP, A, 1.0)
    assert not one.lets_in(B, external, now=1.0)
    assert not one.nat.unmap_port(TCP, A, 1.0)


def test_tcp_gets_in_too_and_is_answered(box):
    one = box(SYMMETRIC)
    external = one.nat.map_port(TCP, A, None, 100, 0.0)
    assert one.tcp_in(Kind.SYN, C, external).destination == A
    assert one.tcp_out(Kind.SYN_ACK, A, C).source == external
    assert one.tcp_in(Kind.DATA, C, external, now=5000.0).destination == A


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"quota": 1}, DropReason.QUOTA),
        ({"table_size": 1}, DropReason.TABLE_FULL),
        ({"port_range": (9, 9)}, DropReason.NO_PORT),
    ],
)
def test_limits_hold_for_them_too(box, settings, reason):
    one = box(dataclasses.replace(FULL_CONE, **settings))
    one.nat.map_port(UDP, A, None, 100, 0.0)
    refused = one.nat.map_port(UDP, A._replace(port=5001), None, 100, 0.0)
    assert one.why(refused)[0] is reason


@pytest.mark.parametrize(("internal", "lifetime"), [(A, 0), (A, -1), (A._replace(port=0), 100)])
def test_there_is_no_mapping_for_no_port_or_no_time(box, internal, lifetime):
    one = box(FULL_CONE)
    reason, detail = one.why(one.nat.map_port(UDP, internal, None, lifetime, 0.0))
    assert reason is DropReason.NO_PORT
    assert detail.endswith("makes no mapping")


def test_a_nat_is_what_the_protocols_ask_for(box):
    mapper: PortMapper = box(FULL_CONE).nat
    assert mapper.external == ("203.0.113.1",)
