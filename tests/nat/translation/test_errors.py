"""Tests of `nat.translation.errors`: ICMP errors on their way through a NAT."""

import dataclasses

import pytest

from nat import (
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    SYMMETRIC,
    Address,
    Drop,
    DropReason,
    Hairpinning,
    IcmpEcho,
    IcmpError,
    IcmpErrors,
    IcmpKind,
    Packet,
    Protocol,
    Sessions,
)

A, OTHER = Address("192.168.1.2", 5000), Address("192.168.1.3", 5000)
B, C = Address("198.51.100.1", 1000), Address("198.51.100.2", 1000)
ROUTER = Address("192.0.2.9", 0)


def having(behavior=PORT_RESTRICTED_CONE, **settings):
    return dataclasses.replace(behavior, **settings)


def udp(source, destination):
    return Packet(Protocol.UDP, source, destination, b"x")


def error(source, destination, original, kind=IcmpKind.PORT_UNREACHABLE, mtu=0):
    error = IcmpError(original, kind, mtu)
    return Packet(Protocol.ICMP, source._replace(port=0), destination._replace(port=0), error)


@pytest.mark.parametrize("kind", IcmpKind)
def test_an_error_from_outside_quotes_the_packet_as_its_sender_knows_it(box, kind):
    one = box(PORT_RESTRICTED_CONE)
    external = one.external(A, B)
    inside = one.nat.inbound(error(ROUTER, external, udp(external, B), kind, 1280), 0.0)
    assert inside == error(ROUTER, A, udp(A, B), kind, 1280)


def test_an_error_about_what_was_never_sent_is_dropped(box):
    one = box(PORT_RESTRICTED_CONE)
    external = one.external(A, B)
    stranger = error(ROUTER, external, udp(external, C))
    assert one.why(one.nat.inbound(stranger, 0.0)) == (
        DropReason.FILTERED,
        f"address-and-port-dependent filtering, {external} has never sent to 198.51.100.2:1000",
    )
    unknown = error(ROUTER, external, udp(external._replace(port=1), B))
    assert one.why(one.nat.inbound(unknown, 0.0))[0] is DropReason.NO_MAPPING


def test_an_error_from_inside_names_the_external_endpoint(box):
    one = box(FULL_CONE)
    external = one.external(A, B)
    outside = one.nat.outbound(error(A, B, udp(B, A)), 0.0)
    assert outside == error(external, B, udp(B, external))
    unknown = one.nat.outbound(error(OTHER, B, udp(B, OTHER)), 0.0)
    assert one.why(unknown) == (
        DropReason.NO_MAPPING,
        "192.168.1.3:5000 has no mapping towards 198.51.100.1:1000",
    )


def test_an_error_about_a_strangers_packet_finds_its_way_out_too(box):
    one = box(dataclasses.replace(FULL_CONE, mapping=PORT_RESTRICTED_CONE.filtering))
    external = one.external(A, B)
    assert one.lets_in(C, external)
    assert one.nat.outbound(error(A, C, udp(C, A)), 0.0) == error(external, C, udp(C, external))


@pytest.mark.parametrize("how", IcmpErrors)
def test_errors_are_translated_or_dropped_or_end_the_mapping(box, how):
    one = box(having(icmp_errors=how))
    external = one.external(A, B)
    result = one.nat.inbound(error(ROUTER, external, udp(external, B)), 1.0)
    assert isinstance(result, Drop) is (how is IcmpErrors.DROPPED)
    if isinstance(result, Drop):
        assert one.why(result) == (
            DropReason.BLOCKED,
            (
                "ICMP errors do not pass this NAT: port unreachable, about"
                f" {external} to 198.51.100.1:1000"
            ),
        )
    assert one.lets_in(B, external, now=2.0) is (how is not IcmpErrors.FATAL)


def test_an_error_refreshes_nothing(box):
    one = box(FULL_CONE)
    external = one.external(A, B, now=0.0)
    one.nat.inbound(error(ROUTER, external, udp(external, B)), 100.0)
    one.nat.outbound(error(A, B, udp(B, A)), 100.0)
    assert not one.lets_in(B, external, now=120.0)


def test_an_error_makes_no_session(box):
    one = box(dataclasses.replace(FULL_CONE, sessions=Sessions.CONNTRACK))
    external = one.external(A, B)
    for port in range(1, 9):
        quoted = udp(external, C._replace(port=port))
        assert isinstance(one.nat.inbound(error(ROUTER, external, quoted), 0.0), Packet)
    assert len(one.nat._register.tables[Protocol.UDP].inbound) == 1


def test_an_error_about_a_session_names_the_remote_that_the_inside_sees(box):
    one = box(
        dataclasses.replace(SYMMETRIC, filtering=FULL_CONE.filtering, sessions=Sessions.CONNTRACK)
    )
    towards_b = one.external(A, B)
    one.external(A, C)
    shown = one.take(C, towards_b).source
    assert shown != C
    inside = one.nat.inbound(error(ROUTER, towards_b, udp(towards_b, C)), 0.0)
    assert inside == error(ROUTER, A, udp(A, shown))
    outside = one.nat.outbound(error(A, C, udp(shown, A)), 0.0)
    assert outside == error(towards_b, C, udp(C, towards_b))


def ping(source, destination, *, reply=False):
    return Packet(Protocol.ICMP, source, destination, IcmpEcho(reply=reply, sequence=1, data=b"x"))


def test_a_ping_goes_out_and_its_answer_comes_back(box):
    one = box(PORT_RESTRICTED_CONE)
    out = one.nat.outbound(ping(A._replace(port=77), B._replace(port=77)), 0.0)
    assert out.source.host == "203.0.113.1"
    identifier = out.source.port
    assert out.destination == (B.host, identifier)
    back = one.nat.inbound(ping(out.destination, out.source, reply=True), 1.0)
    assert back == ping(B._replace(port=77), A._replace(port=77), reply=True)
    stranger = ping(C._replace(port=identifier), out.source, reply=True)
    assert one.why(one.nat.inbound(stranger, 1.0))[0] is DropReason.FILTERED


def test_an_error_about_a_ping_quotes_it_as_its_sender_knows_it(box):
    one = box(PORT_RESTRICTED_CONE)
    sent = ping(A._replace(port=77), B._replace(port=77))
    out = one.nat.outbound(sent, 0.0)
    kind = IcmpKind.TIME_EXCEEDED
    assert one.nat.inbound(error(ROUTER, out.source, out, kind), 0.0) == error(
        ROUTER, A, sent, kind
    )


def test_an_error_about_a_hairpinned_packet_is_turned_back(box):
    one = box(having(FULL_CONE, hairpinning=Hairpinning.EXTERNAL_SOURCE))
    target, own = one.external(A, B), one.external(OTHER, B)
    assert one.nat.outbound(udp(OTHER, target), 0.0) == udp(own, A)
    result = one.nat.outbound(error(A, own, udp(own, A)), 0.0)
    assert result == error(target, OTHER, udp(OTHER, target))
