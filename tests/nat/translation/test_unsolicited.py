"""Tests of `nat.translation.unsolicited`: packets from the outside that nobody waits for."""

import dataclasses

import pytest

from nat import (
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    DropReason,
    Hairpinning,
    IcmpEcho,
    IcmpError,
    IcmpKind,
    Packet,
    Protocol,
    Unsolicited,
    UnsolicitedSyn,
)
from nat.segments import Flags, Kind, RawSegment, Segment
from nat.translation.unsolicited import MAX_HELD

A, B, C = ("192.168.1.2", 5000), ("198.51.100.1", 1000), ("198.51.100.2", 1000)
FREE = ("203.0.113.1", 4711)


def having(behavior=PORT_RESTRICTED_CONE, **settings):
    return dataclasses.replace(behavior, **settings)


@pytest.mark.parametrize("how", Unsolicited)
def test_a_packet_for_nobody_is_dropped_and_answered_as_set(box, how):
    one = box(having(unsolicited=how))
    external = one.external(A, B)
    for result in (one.take(C, external), one.take(C, FREE)):
        assert result.reason in {DropReason.FILTERED, DropReason.NO_MAPPING}
        if how is Unsolicited.DROP:
            assert result.reply is None
        else:
            protocol, source, destination, error, _ = result.reply
            assert (protocol, destination) == (Protocol.ICMP, ("198.51.100.2", 0))
            assert source.host == "203.0.113.1"
            assert error.kind is IcmpKind.PORT_UNREACHABLE
            assert error.original.source == C


def test_a_packet_that_is_let_in_gets_no_answer(box):
    one = box(having(unsolicited=Unsolicited.ICMP))
    external = one.external(A, B)
    assert isinstance(one.take(B, external), Packet)


def test_pings_for_nobody_are_never_answered(box):
    one = box(having(unsolicited=Unsolicited.ICMP))
    drop = one.take(B, FREE, payload=IcmpEcho(reply=False, sequence=1), protocol=Protocol.ICMP)
    assert drop.reply is None


def test_clashes_are_bounded(box):
    one = box(having(unsolicited=Unsolicited.CLASH, table_size=5))
    for port in range(1, 20):
        one.take((C[0], port), FREE)
    assert len(one.nat._register.tables[Protocol.UDP].clashes) == 5


def test_a_syn_for_nobody_may_be_dropped_silently(box):
    one = box(having(unsolicited_syn=UnsolicitedSyn.DROP))
    drop = one.tcp_in(Kind.SYN, B, FREE)
    assert (drop.reason, drop.reply) == (DropReason.NO_MAPPING, None)
    assert one.nat.next_deadline() is None


def test_a_syn_for_nobody_may_be_reset_at_once(box):
    one = box(having(unsolicited_syn=UnsolicitedSyn.RESET))
    reply = one.tcp_in(Kind.SYN, B, FREE).reply
    assert reply == Packet(Protocol.TCP, FREE, B, Segment(Kind.RESET))
    assert one.tcp_in(Kind.DATA, B, FREE).reply is None


def test_a_real_syn_gets_a_real_reset(box):
    one = box(having(unsolicited_syn=UnsolicitedSyn.RESET))
    syn = bytes([3, 232, 18, 103, 0, 0, 0, 255, 0, 0, 0, 0, 80, 2, 1, 0, 0, 0, 0, 0])
    drop = one.take(B, FREE, payload=RawSegment(Flags.SYN, syn), protocol=Protocol.TCP)
    answer = drop.reply.payload
    assert answer.flags == Flags.RST | Flags.ACK
    assert answer.raw.hex() == "126703e8000000000000010050140000" + "00000000"


def test_a_held_syn_is_answered_by_icmp_after_six_seconds(box):
    one = box(having(unsolicited_syn=UnsolicitedSyn.HOLD))
    drop = one.tcp_in(Kind.SYN, B, FREE, now=1.0)
    assert drop.reason is DropReason.HELD
    assert drop.detail == (
        "nobody inside has opened 203.0.113.1:4711; it is held for 6 s (RFC 5382 REQ-4)"
    )
    one.tcp_in(Kind.SYN, B, FREE, now=2.0)  # sent again, which changes nothing
    assert one.nat.next_deadline() == 7.0
    assert one.nat.handle_timer(6.9) == []
    (answer,) = one.nat.handle_timer(7.0)
    assert answer.destination == (B[0], 0)
    assert isinstance(answer.payload, IcmpError)
    assert answer.payload.original.source == B
    assert one.nat.next_deadline() is None


def test_a_held_syn_is_dropped_silently_when_one_goes_out_the_other_way(box):
    one = box(having(unsolicited_syn=UnsolicitedSyn.HOLD, port_range=(4711, 4711)))
    one.tcp_in(Kind.SYN, B, FREE, now=1.0)
    one.tcp_in(Kind.SYN, C, FREE, now=1.5)
    out = one.tcp_out(Kind.SYN, A, B, now=2.0)
    assert out.source == FREE
    assert [answer.destination.host for answer in one.nat.handle_timer(10.0)] == [C[0]]


def test_held_syns_are_bounded(box):
    one = box(having(FULL_CONE, unsolicited_syn=UnsolicitedSyn.HOLD))
    for port in range(1, MAX_HELD + 100):
        one.tcp_in(Kind.SYN, (B[0], port), FREE)
    assert len(one.nat.handle_timer(100.0)) == MAX_HELD


HAIRPINS = {"hairpinning": Hairpinning.EXTERNAL_SOURCE}


def test_the_answer_to_a_hairpinned_packet_goes_to_the_inside(box):
    one = box(having(unsolicited=Unsolicited.ICMP, **HAIRPINS))
    drop = one.send(A, FREE)
    assert drop.reason is DropReason.NO_MAPPING
    assert drop.reply.destination == (A[0], 0)
    assert (drop.reply.payload.original.source, drop.reply.payload.original.destination) == (
        A,
        FREE,
    )


def test_a_hairpinned_syn_is_reset_or_held_inside(box):
    one = box(having(unsolicited_syn=UnsolicitedSyn.RESET, **HAIRPINS))
    assert one.tcp_out(Kind.SYN, A, FREE).reply == Packet(
        Protocol.TCP, FREE, A, Segment(Kind.RESET)
    )
    two = box(having(unsolicited_syn=UnsolicitedSyn.HOLD, **HAIRPINS))
    assert two.tcp_out(Kind.SYN, A, FREE).reason is DropReason.HELD
    assert two.nat.handle_timer(6.0) == []
