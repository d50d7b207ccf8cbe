"""Tests of `nat.translation.tcpstates`: how far a connection is, as a NAT sees it."""

import pytest

from nat.segments import Flags, Kind, RawSegment, Segment
from nat.translation.tcpstates import (
    TRANSITIONS,
    Event,
    TcpState,
    flags_of,
    follow,
    inbound_event,
    is_first_syn,
    is_plain,
    outbound_event,
)


def after(*events):
    state = TcpState.NONE
    for event in events:
        state = follow(state, event)
    return state


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([Event.SYN_OUT], TcpState.SYN_OUT),
        ([Event.SYN_OUT, Event.SYN_OUT], TcpState.SYN_OUT),
        ([Event.SYN_OUT, Event.SYN_IN, Event.OUT], TcpState.ESTABLISHED),
        ([Event.SYN_IN, Event.SYN_OUT, Event.IN], TcpState.ESTABLISHED),
        ([Event.SYN_OUT, Event.IN], TcpState.SYN_OUT),
        ([Event.SYN_OUT, Event.RST], TcpState.RESET),
        ([Event.OUT], TcpState.PICKED_UP),
        ([Event.OUT, Event.IN], TcpState.ESTABLISHED),
        ([Event.SYN_OUT, Event.SYN_IN, Event.FIN_OUT], TcpState.FIN_OUT),
        ([Event.SYN_OUT, Event.SYN_IN, Event.FIN_IN, Event.IN], TcpState.FIN_IN),
        ([Event.SYN_OUT, Event.SYN_IN, Event.FIN_IN, Event.FIN_OUT], TcpState.CLOSED),
        ([Event.SYN_OUT, Event.SYN_IN, Event.FIN_OUT, Event.FIN_IN, Event.OUT], TcpState.CLOSED),
        ([Event.SYN_OUT, Event.SYN_IN, Event.RST], TcpState.RESET),
        ([Event.SYN_OUT, Event.SYN_IN, Event.RST, Event.IN], TcpState.ESTABLISHED),
    ],
)
def test_a_connection_goes_through_its_states(events, state):
    assert after(*events) is state


def test_a_connection_may_begin_anew_where_one_has_ended():
    ended = [Event.SYN_OUT, Event.SYN_IN, Event.FIN_OUT, Event.FIN_IN]
    assert after(*ended, Event.SYN_OUT) is TcpState.SYN_OUT
    assert after(*ended, Event.SYN_IN) is TcpState.SYN_IN


def test_the_table_knows_every_state():
    assert set(TRANSITIONS) == set(TcpState)
    reached = {state for row in TRANSITIONS.values() for state in row.values()}
    assert reached == set(TcpState) - {TcpState.NONE}


def test_the_long_timer_counts_while_one_side_may_send():
    assert [one for one in TcpState if not one.is_transitory] == [
        TcpState.ESTABLISHED,
        TcpState.FIN_OUT,
        TcpState.FIN_IN,
    ]


@pytest.mark.parametrize(
    ("kind", "outbound", "inbound"),
    [
        (Kind.SYN, Event.SYN_OUT, Event.SYN_IN),
        (Kind.SYN_ACK, Event.SYN_OUT, Event.SYN_IN),
        (Kind.DATA, Event.OUT, Event.IN),
        (Kind.FIN, Event.FIN_OUT, Event.FIN_IN),
        (Kind.RESET, Event.RST, Event.RST),
    ],
)
def test_segments_of_the_simulator_and_real_ones_mean_the_same(kind, outbound, inbound):
    segment = Segment(kind)
    raw = RawSegment(segment.flags, b"")
    for one in (segment, raw):
        assert (outbound_event(one), inbound_event(one)) == (outbound, inbound)
        assert is_first_syn(one) is (kind is Kind.SYN)


def test_what_has_no_flags_is_taken_for_data():
    assert flags_of(b"") == Flags.ACK
    assert outbound_event(b"") is Event.OUT


@pytest.mark.parametrize("kind", Kind)
def test_plain_segments_are_those_that_leave_an_open_connection_as_it_is(kind):
    segment = Segment(kind)
    unchanged = all(
        follow(state, event(segment)) is state
        for state in (TcpState.ESTABLISHED, TcpState.FIN_OUT, TcpState.FIN_IN)
        for event in (outbound_event, inbound_event)
    )
    opening = kind in {Kind.SYN, Kind.SYN_ACK}
    assert is_plain(segment) is (unchanged and not opening)
    assert not is_plain(RawSegment(segment.flags, b""))
    assert not is_plain(b"")
