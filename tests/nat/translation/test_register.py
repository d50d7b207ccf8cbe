"""Tests of `nat.translation.register`: who has which mapping, for how long, and whom it lets in."""

import dataclasses

import pytest

from nat import (
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    PRESETS,
    RESTRICTED_CONE,
    SYMMETRIC,
    Behavior,
    Dependence,
    DropReason,
    FilterScope,
    PortAssignment,
    Protocol,
    Sessions,
    Unsolicited,
)

EI, AD, APD = Dependence
A, OTHER = ("192.168.1.2", 5000), ("192.168.1.3", 5000)
B, B_OTHER_PORT, C = ("198.51.100.1", 1000), ("198.51.100.1", 1001), ("198.51.100.2", 1000)


def having(behavior=FULL_CONE, **settings):
    return dataclasses.replace(behavior, **settings)


# filter scope


@pytest.mark.parametrize("scope", FilterScope)
def test_filters_belong_to_a_mapping_or_to_the_endpoint_behind_it(box, scope):
    one = box(Behavior(APD, AD, filter_scope=scope))
    towards_b, towards_c = one.external(A, B), one.external(A, C)
    assert towards_b != towards_c
    assert one.lets_in(C, towards_b) is (scope is FilterScope.ENDPOINT)
    assert one.lets_in(C, towards_c)
    assert not one.lets_in(C, one.external(OTHER, B))


def test_filters_of_an_endpoint_end_with_its_last_mapping(box):
    one = box(Behavior(APD, AD, filter_scope=FilterScope.ENDPOINT))
    one.external(A, B, now=0.0)
    towards_c = one.external(A, C, now=100.0)
    assert one.lets_in(B, towards_c, now=150.0)
    again = one.external(A, C, now=500.0)
    assert not one.lets_in(B, again, now=500.0)


# sessions


@pytest.mark.parametrize("sessions", Sessions)
def test_an_answer_leaves_by_the_port_at_which_the_packet_came_if_there_are_sessions(box, sessions):
    one = box(Behavior(APD, EI, sessions=sessions))
    towards_b = one.external(A, B)
    assert one.lets_in(C, towards_b)
    assert (one.external(A, C) == towards_b) is (sessions is Sessions.CONNTRACK)


def test_two_sessions_with_one_remote_are_kept_apart_by_a_port_that_is_shown_for_it(box):
    one = box(Behavior(APD, EI, sessions=Sessions.CONNTRACK))
    towards_b, towards_c = one.external(A, B), one.external(A, C)
    for _ in range(3):
        shown = one.take(C, towards_b).source
        assert shown.host == C[0]
        assert shown != C
        answer = one.send(A, shown)
        assert (answer.source, answer.destination) == (towards_b, C)
        assert one.external(A, C) == towards_c
        assert one.take(C, towards_c).source == C


def test_each_session_has_a_timer_of_its_own(box):
    one = box(Behavior(EI, APD, sessions=Sessions.CONNTRACK))
    external = one.external(A, B, now=0.0)
    assert one.external(A, C, now=100.0) == external
    assert one.why(one.take(B, external, now=130.0)) == (
        DropReason.FILTERED,
        f"the session of {external} with 198.51.100.1:1000 had ended",
    )
    assert one.lets_in(C, external, now=130.0)
    assert one.why(one.take(C, external, now=220.0))[0] is DropReason.MAPPING_EXPIRED


def test_without_sessions_a_filter_lives_as_long_as_its_mapping(box):
    one = box(Behavior(EI, APD))
    external = one.external(A, B, now=0.0)
    one.external(A, C, now=100.0)
    assert one.lets_in(B, external, now=130.0)


# timers


def test_a_filter_may_have_a_timer_of_its_own(box):
    one = box(having(RESTRICTED_CONE, filter_lifetime=10))
    external = one.external(A, B, now=0.0)
    one.external(A, C, now=9.0)
    assert one.lets_in(B, external, now=9.9)
    assert one.why(one.take(B, external, now=12.0)) == (
        DropReason.FILTERED,
        (
            f"address-dependent filtering, the filter of {external} for 198.51.100.1 had expired"
            " 2.0 s before"
        ),
    )
    assert one.lets_in(C, external, now=12.0)
    one.external(A, B, now=13.0)
    assert one.lets_in(B, external, now=14.0)


# clash and overloading


def test_a_strangers_packet_takes_the_port_towards_it_where_input_accepts(box):
    one = box(PRESETS["linux-masquerade-open-input"])
    assert one.external(A, B).port == 5000
    assert one.why(one.take(C, ("203.0.113.1", 5000)))[0] is DropReason.FILTERED
    clashed = one.external(A, C)
    assert clashed.port != 5000
    assert one.lets_in(C, clashed)
    assert not one.lets_in(C, ("203.0.113.1", 5000))
    assert one.external(A, B).port == 5000


def test_a_strangers_packet_changes_nothing_where_input_drops(box):
    one = box(PRESETS["linux-masquerade"])
    assert one.external(A, B).port == 5000
    assert not one.lets_in(C, ("203.0.113.1", 5000))
    assert one.external(A, C).port == 5000
    assert one.lets_in(C, ("203.0.113.1", 5000))


def test_a_clash_ends(box):
    one = box(PRESETS["linux-masquerade-open-input"])
    one.take(C, ("203.0.113.1", 5000), now=0.0)
    assert one.external(A, C, now=31.0).port == 5000


def test_a_session_that_exists_is_not_disturbed_by_a_clash(box):
    one = box(having(PORT_RESTRICTED_CONE, unsolicited=Unsolicited.CLASH))
    external = one.external(A, B)
    assert one.lets_in(B, external)
    assert one.external(A, B) == external


# limits


def test_a_host_has_no_more_mappings_than_its_quota(box):
    one = box(having(SYMMETRIC, quota=2))
    one.external(A, B, now=0.0)
    one.external(A, C, now=10.0)
    assert one.why(one.send(A, B_OTHER_PORT, now=11.0)) == (
        DropReason.QUOTA,
        "192.168.1.2 has 2 mappings, which is its quota",
    )
    one.external(A, B, now=12.0)
    one.external(OTHER, B, now=12.0)
    one.external(A, B_OTHER_PORT, now=131.0)


def test_the_table_is_bounded(box):
    one = box(having(SYMMETRIC, table_size=3))
    for port in range(1, 4):
        one.external(A, (B[0], port), now=0.0)
    assert one.why(one.send(A, C, now=1.0)) == (
        DropReason.TABLE_FULL,
        "the NAT has 3 mappings and no more room",
    )
    one.external(A, C, now=120.0)


def test_the_filter_entries_of_a_mapping_are_bounded(box):
    one = box(having(PORT_RESTRICTED_CONE, table_size=3))
    for port in range(1, 4):
        one.external(A, (B[0], port))
    assert one.why(one.send(A, C)) == (
        DropReason.TABLE_FULL,
        f"{one.external(A, (B[0], 1))} has 3 filter entries already",
    )


def test_strangers_fill_no_table(box):
    one = box(having(FULL_CONE, table_size=50))
    external = one.external(A, B)
    for port in range(1, 200):
        assert one.lets_in((C[0], port), external)
    table = one.nat._register.tables[Protocol.UDP]
    assert len(table.inbound) <= 50
    assert one.external(A, B) == external


def test_sessions_of_strangers_are_bounded(box):
    one = box(having(FULL_CONE, table_size=50, sessions=Sessions.CONNTRACK))
    external = one.external(A, B)
    for port in range(1, 200):
        assert one.lets_in((C[0], port), external)
    table = one.nat._register.tables[Protocol.UDP]
    assert len(table.inbound) <= 51
    assert one.why(one.send(A, ("198.51.100.7", 7)))[0] is DropReason.TABLE_FULL


def test_sessions_that_have_ended_make_room_although_their_mapping_lives(box):
    one = box(having(PORT_RESTRICTED_CONE, table_size=50, sessions=Sessions.CONNTRACK))
    external = one.external(A, B, now=0.0)
    for port in range(1, 50):
        one.external(A, (C[0], port), now=0.0)
    assert one.why(one.send(A, C, now=1.0))[0] is DropReason.TABLE_FULL
    assert one.external(A, B, now=119.0) == external
    assert one.external(A, C, now=121.0) == external
    assert len(one.nat._register.tables[Protocol.UDP].outbound) == 2


# behaviour after a conflict


def test_behavior_changes_after_a_conflict_for_the_endpoint_that_is_in_it(box):
    behavior = Behavior(EI, EI, ports=PortAssignment.PRESERVING, after_conflict=SYMMETRIC)
    one = box(behavior)
    assert one.external(A, B) == one.external(A, C)
    towards_b, towards_c = one.external(OTHER, B), one.external(OTHER, C)
    assert towards_b != towards_c
    assert one.lets_in(C, one.external(A, B))
    assert not one.lets_in(C, towards_b)
    elsewhere = ("192.168.1.3", 6000)
    assert one.external(elsewhere, B) == one.external(elsewhere, C)


def test_behavior_does_not_change_without_that_setting(box):
    one = box(having(ports=PortAssignment.PRESERVING))
    one.external(A, B)
    assert one.external(OTHER, B) == one.external(OTHER, C)
