"""Tests of `nat.translation.timers`: how long a mapping is remembered."""

import dataclasses

import pytest

from nat import FULL_CONE, DropReason, Protocol, Refresh

A, B = ("192.168.1.2", 5000), ("198.51.100.1", 1000)


def having(behavior=FULL_CONE, **settings):
    return dataclasses.replace(behavior, **settings)


def test_a_mapping_without_an_answer_lives_for_one_shot(box):
    one = box(having(one_shot_lifetime=30))
    external = one.external(A, B, now=0.0)
    assert one.why(one.take(B, external, now=30.0)) == (
        DropReason.MAPPING_EXPIRED,
        f"192.168.1.2:5000 at {external} had sent nothing for 30.0 s",
    )


def test_an_answer_makes_a_stream_of_it(box):
    one = box(having(one_shot_lifetime=30))
    external = one.external(A, B, now=0.0)
    assert one.lets_in(B, external, now=1.0)
    one.external(A, B, now=2.0)
    assert one.lets_in(B, external, now=121.0)
    assert not one.lets_in(B, external, now=123.0)


def test_a_stream_must_be_of_some_age_first(box):
    settings = {"one_shot_lifetime": 30, "stream_after": 2, "refresh": Refresh.BOTH}
    one = box(having(**settings))
    external = one.external(A, B, now=0.0)
    assert one.lets_in(B, external, now=1.0)
    assert not one.lets_in(B, external, now=31.5)
    two = box(having(**settings))
    external = two.external(A, B, now=0.0)
    assert two.lets_in(B, external, now=1.0)
    two.external(A, B, now=2.5)
    assert two.lets_in(B, external, now=122.0)


@pytest.mark.parametrize(
    ("refresh", "outbound", "inbound"),
    [
        (Refresh.OUTBOUND, True, False),
        (Refresh.INBOUND, False, True),
        (Refresh.BOTH, True, True),
    ],
)
@pytest.mark.parametrize("packets", [1, 5], ids=["first", "later"])
def test_packets_of_the_direction_that_is_set_refresh_a_mapping(
    box, refresh, outbound, inbound, packets
):
    for direction, refreshes in (("out", outbound), ("in", inbound)):
        one = box(having(refresh=refresh))
        external = one.external(A, B, now=0.0)
        for number in range(packets):
            if direction == "out":
                one.external(A, B, now=95.0 + number)
            else:
                assert one.lets_in(B, external, now=95.0 + number)
        assert one.lets_in(B, external, now=150.0) is refreshes


def test_pings_have_a_timer_of_their_own(box):
    one = box(having(icmp_lifetime=60, mapping_lifetime=300))
    udp = one.external(A, B, now=0.0)
    icmp = one.external(A, B, now=0.0, protocol=Protocol.ICMP)
    assert one.lets_in(("198.51.100.1", icmp.port), icmp, now=59.0, protocol=Protocol.ICMP)
    assert not one.lets_in(("198.51.100.1", icmp.port), icmp, now=60.0, protocol=Protocol.ICMP)
    assert one.lets_in(B, udp, now=60.0)
