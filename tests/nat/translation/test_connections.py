"""Tests of `nat.translation.connections`: TCP through a NAT."""

import dataclasses

import pytest

from nat import (
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    SYMMETRIC,
    Behavior,
    Dependence,
    DropReason,
    MidStream,
    Packet,
    Protocol,
    SimultaneousOpen,
    TcpReset,
)
from nat.segments import Kind

EI, AD, APD = Dependence
A, B, C = ("192.168.1.2", 5000), ("198.51.100.1", 80), ("198.51.100.2", 80)


def having(behavior=SYMMETRIC, **settings):
    return dataclasses.replace(behavior, **settings)


def comes_in(one, kind, source, external, now=0.0):
    return isinstance(one.tcp_in(kind, source, external, now), Packet)


def test_an_established_connection_outlives_two_hours_and_four_minutes_of_silence(box):
    one = box(SYMMETRIC)
    external = one.connect(A, B, now=0.0)
    assert comes_in(one, Kind.DATA, B, external, now=7439.0)
    assert comes_in(one, Kind.DATA, B, external, now=7439.0 + 7439.0)
    assert one.why(one.tcp_in(Kind.DATA, B, external, now=7439.0 + 7439.0 + 7440.0)) == (
        DropReason.MAPPING_EXPIRED,
        f"192.168.1.2:5000 at {external} had sent nothing for 7440.0 s",
    )


@pytest.mark.parametrize(
    "kinds",
    [
        [],
        [(Kind.SYN_ACK, "in"), (Kind.FIN, "out"), (Kind.FIN, "in")],
        [(Kind.SYN_ACK, "in"), (Kind.RESET, "in")],
        [(Kind.RESET, "in")],
    ],
    ids=["opening", "closed", "reset", "refused"],
)
def test_what_is_opening_closed_or_reset_lives_for_four_minutes(box, kinds):
    one = box(SYMMETRIC)
    external = one.tcp_out(Kind.SYN, A, B).source
    for kind, way in kinds:
        if way == "out":
            assert isinstance(one.tcp_out(kind, A, B), Packet)
        else:
            assert comes_in(one, kind, B, external)
    assert (A, external) in [tuple(entry[1:]) for entry in one.nat.mappings(239.9)]
    assert not one.nat.mappings(240.0)


def test_data_of_an_established_connection_takes_a_quick_way_and_keeps_it_alive(box, monkeypatch):
    one = box(SYMMETRIC)
    external = one.connect(A, B, now=0.0)
    monkeypatch.setattr(one.nat, "_take_out", None)
    monkeypatch.setattr(one.nat, "_take_in", None)
    assert one.tcp_out(Kind.DATA, A, B, now=7000.0).source == external
    assert one.tcp_in(Kind.ACK, B, external, now=14_000.0).destination == A
    monkeypatch.undo()
    assert not comes_in(one, Kind.DATA, B, external, now=14_000.0 + 7440.0)


def test_half_closed_connections_live_on(box):
    one = box(SYMMETRIC)
    external = one.connect(A, B)
    one.tcp_out(Kind.FIN, A, B)
    assert comes_in(one, Kind.DATA, B, external, now=7000.0)


@pytest.mark.parametrize("how", TcpReset)
def test_a_reset_does_what_is_set(box, how):
    one = box(having(tcp_reset=how))
    external = one.connect(A, B)
    assert comes_in(one, Kind.RESET, B, external, now=0.0)
    alive = {TcpReset.TRANSITORY: 240.0, TcpReset.ENDS: 0.0, TcpReset.IGNORED: 7440.0}[how]
    if alive:
        assert one.nat.mappings(alive - 1)
    assert not one.nat.mappings(alive)


def test_a_forged_reset_hurts_nobody_who_goes_on(box):
    one = box(SYMMETRIC)
    external = one.connect(A, B)
    one.tcp_in(Kind.RESET, B, external)
    one.tcp_out(Kind.DATA, A, B, now=200.0)
    assert comes_in(one, Kind.DATA, B, external, now=7000.0)


def test_a_mapping_lives_while_one_of_its_connections_does(box):
    one = box(FULL_CONE)
    external = one.connect(A, B)
    assert one.connect(A, C) == external
    for remote in (B, C):
        one.tcp_out(Kind.FIN, A, remote, now=10.0)
    assert comes_in(one, Kind.FIN, B, external, now=10.0)
    assert comes_in(one, Kind.DATA, C, external, now=5000.0)
    assert one.connect(A, ("198.51.100.3", 80), now=5000.0) == external


@pytest.mark.parametrize("how", SimultaneousOpen)
def test_two_syns_may_cross(box, how):
    one = box(having(PORT_RESTRICTED_CONE, simultaneous_open=how))
    external = one.tcp_out(Kind.SYN, A, B).source
    result = one.tcp_in(Kind.SYN, B, external)
    if how is SimultaneousOpen.REFUSED:
        reason, detail = one.why(result)
        assert reason is DropReason.CONNECTION
        assert detail == (
            "its SYN has crossed that of 192.168.1.2:5000, and this NAT expects SYN, ACK"
        )
        assert comes_in(one, Kind.SYN_ACK, B, external)
    else:
        assert isinstance(result, Packet)
        one.tcp_out(Kind.SYN_ACK, A, B)
        assert comes_in(one, Kind.DATA, B, external, now=7000.0)


def test_a_connection_from_outside_is_answered_by_the_port_at_which_it_came(box):
    one = box(Behavior(APD, EI))
    external = one.tcp_out(Kind.SYN, A, B).source
    assert comes_in(one, Kind.SYN, C, external)
    assert one.tcp_out(Kind.SYN_ACK, A, C).source == external
    assert comes_in(one, Kind.DATA, C, external, now=7000.0)


def test_a_segment_of_an_unknown_connection_is_picked_up_or_dropped(box):
    picked = box(SYMMETRIC)
    external = picked.tcp_out(Kind.DATA, A, B).source
    assert comes_in(picked, Kind.ACK, B, external)
    assert comes_in(picked, Kind.ACK, B, external, now=7000.0)
    strict = box(having(midstream=MidStream.DROPPED))
    assert strict.why(strict.tcp_out(Kind.DATA, A, B)) == (
        DropReason.CONNECTION,
        "192.168.1.2:5000 has no connection with 198.51.100.1:80, and this is no SYN",
    )
    strict.connect(A, B)
    assert isinstance(strict.tcp_out(Kind.DATA, A, B), Packet)


def test_a_segment_of_an_unknown_connection_from_outside_is_no_way_in(box):
    strict = box(having(FULL_CONE, midstream=MidStream.DROPPED))
    external = strict.connect(A, B)
    assert strict.why(strict.tcp_in(Kind.DATA, C, external))[0] is DropReason.CONNECTION
    assert len(strict.nat._register.tables[Protocol.TCP].inbound) == 1
    assert comes_in(strict, Kind.SYN, C, external)


def test_udp_and_tcp_have_mappings_of_their_own(box):
    one = box(FULL_CONE)
    external = one.external(A, B)
    assert one.why(one.tcp_in(Kind.SYN, B, external))[0] is DropReason.NO_MAPPING
