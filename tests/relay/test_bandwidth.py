"""Bandwidth: what one user and all together may relay, counted in both directions."""

import pytest

from relay import Limits, SettingsError
from relay.bandwidth import Allowance, Bandwidth, ByteBucket
from relay.counters import DropReason
from relay.credentials import Owner, Scheme
from stunwire import Address

ALICE, BOB = Owner(Scheme.STATIC, "alice"), Owner(Scheme.STATIC, "bob")
PEER = Address("8.8.8.8", 7000)


def test_over_time_the_rate_is_kept_to_the_byte_and_the_largest_packet_passes():
    allowance = Allowance(ByteBucket(1000))
    passed = sum(1200 for tick in range(10_000) if allowance.take(1200, tick / 100))
    assert 99_000 <= passed <= 101_000 + 1200


def test_what_one_bucket_refuses_costs_the_other_nothing():
    narrow, wide = ByteBucket(100), ByteBucket(1000)
    allowance = Allowance(narrow, wide)
    assert allowance.take(100, 1.0)
    assert not allowance.take(500, 1.0)
    wide.take(899)
    assert not wide.is_empty(1.0)


def test_without_limits_nobody_is_asked_or_remembered():
    bandwidth = Bandwidth(total=0, per_user=0)
    assert bandwidth.allowance_of(ALICE, 0.0) is None
    bandwidth.release(ALICE, 0.0)
    assert len(bandwidth) == 0


def test_allocating_anew_gives_no_full_bucket_and_the_empty_one_is_forgotten_in_the_end():
    bandwidth = Bandwidth(total=0, per_user=65536)
    allowance = bandwidth.allowance_of(ALICE, 1.0)
    assert allowance is not None
    assert allowance.take(65536, 1.0)
    bandwidth.release(ALICE, 1.0)
    assert bandwidth.allowance_of(ALICE, 1.0) is allowance
    bandwidth.release(ALICE, 1.0)
    bandwidth.release(BOB, 3.0)
    assert len(bandwidth) == 0


def test_a_negative_bandwidth_is_no_setting():
    with pytest.raises(SettingsError, match="bandwidth_per_user"):
        Limits(bandwidth_per_user=-1)


@pytest.mark.parametrize("limits", [Limits(bandwidth=100), Limits(bandwidth_per_user=100)])
def test_both_directions_and_all_allocations_of_a_user_share_one_limit(make_world, limits):
    world = make_world(limits=limits)
    one, two = world.client(), world.client(port=40001)
    for client in (one, two):
        client.allocate()
        client.bind(0x4000, PEER)
    assert one.send_on(0x4000, b"." * 60)
    assert one.hear(PEER, b"." * 60)
    assert not two.send_on(0x4000, b".")
    assert two.hear(PEER, b".") is None
    assert not two.send(PEER, b".")
    assert world.relay.counters().drops[DropReason.BANDWIDTH] == 3
    world.now += 0.5
    assert two.send_on(0x4000, b".")


def test_one_user_is_not_held_back_by_another(make_world):
    world = make_world(limits=Limits(bandwidth_per_user=100))
    alice, bob = world.client(), world.client(port=40001, user="bob")
    for client in (alice, bob):
        client.allocate()
        client.permit(PEER.host)
    assert alice.send(PEER, b"." * 500)
    assert not alice.send(PEER, b".")
    assert bob.send(PEER, b".")
