"""Tests of `nat.links`: what a link does to packets."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.links import GilbertElliott, LinkQuality, Wire
from nat.packets import Drop, DropReason

SECOND = 1_000_000_000
TIMES = st.lists(st.integers(0, 10**9), min_size=1, max_size=40).map(sorted)


def wire(seed=0, **quality):
    streams = {}
    return Wire(
        "alice",
        LinkQuality(**{"latency": 0.01, **quality}),
        lambda purpose: streams.setdefault(purpose, random.Random(f"{seed}/{purpose}")),
    )


def cross_all(link, times, size=100):
    return [link.cross(size, now) for now in times]


def test_a_plain_link_delays_and_does_nothing_else():
    link = wire()
    assert link.is_plain
    assert link.cross(100, 5) == (10_000_005,)


@given(TIMES, st.integers(0, 9))
def test_nothing_is_overtaken_unless_the_link_reorders(times, seed):
    kept = [one[0] for one in cross_all(wire(seed, jitter=0.5), times)]
    assert kept == sorted(kept)
    assert all(now + SECOND // 100 <= arrival for now, arrival in zip(times, kept, strict=True))
    free = [one[0] for one in cross_all(wire(seed, jitter=0.5, reordering=True), times)]
    delays = [arrival - now for now, arrival in zip(times, free, strict=True)]
    assert all(0.01 * SECOND <= delay <= 0.51 * SECOND for delay in delays)


def test_a_link_that_reorders_does_so():
    free = [one[0] for one in cross_all(wire(jitter=0.5, reordering=True), range(100))]
    assert free != sorted(free)


@pytest.mark.parametrize("loss", [0.3, GilbertElliott(0.05, 0.2, 0.01, 0.9)])
def test_a_link_loses_its_share(loss):
    link = wire(loss=loss)
    lost = [one for one in cross_all(link, range(20_000)) if isinstance(one, Drop)]
    share = link.quality.loss_share
    assert len(lost) / 20_000 == pytest.approx(share, abs=0.02)
    assert lost[0].reason is DropReason.LOST
    assert f"the link of alice loses {share:.1%}" in lost[0].detail


def test_bursts_are_longer_than_independent_loss_of_the_same_share():
    def longest(loss):
        fates = cross_all(wire(loss=loss), range(10_000))
        text = "".join("x" if isinstance(one, Drop) else "." for one in fates)
        return max(map(len, text.split(".")))

    burst = GilbertElliott(0.01, 0.1)
    assert longest(burst) > 2 * longest(burst.share)


def test_a_share_arrives_twice():
    fates = cross_all(wire(duplication=0.2), range(5_000))
    assert sum(len(one) == 2 for one in fates) / 5_000 == pytest.approx(0.2, abs=0.03)


def test_one_kind_of_draw_does_not_disturb_another():
    plain = cross_all(wire(jitter=0.1), range(500))
    with_copies = cross_all(wire(jitter=0.0, loss=0.5, duplication=0.5), range(500))
    with_loss = cross_all(wire(jitter=0.0, loss=0.5), range(500))
    assert [isinstance(one, Drop) for one in with_copies] == [
        isinstance(one, Drop) for one in with_loss
    ]
    assert cross_all(wire(jitter=0.1), range(500)) == plain


@given(TIMES, st.integers(1, 1500), st.integers(1_000, 10_000_000), st.integers(0, 20_000))
def test_a_narrow_link_passes_no_more_than_its_bandwidth_and_keeps_no_more_than_its_queue(
    times, size, bandwidth, queue
):
    link = wire(latency=0.0, bandwidth=bandwidth, queue=queue)
    fates = cross_all(link, times, size)
    passed = [one[0] for one in fates if not isinstance(one, Drop)]
    on_the_wire = size * 8 * SECOND / bandwidth
    for earlier, later in itertools.pairwise(passed):
        assert later - earlier >= on_the_wire - 1
    for now, one in zip(times, fates, strict=True):
        if isinstance(one, Drop):
            assert one.reason is DropReason.QUEUE_FULL
        else:
            waited = (one[0] - now) * bandwidth / (8 * SECOND) - size
            assert waited <= max(queue - size, 0) + 1
    assert not isinstance(fates[0], Drop)


def test_the_bandwidth_that_is_asked_for_is_there():
    link = wire(latency=0.0, bandwidth=8_000_000, queue=10**9)
    fates = cross_all(link, [0] * 1000, size=1000)
    assert fates[-1] == (SECOND,)


def test_a_cut_link_passes_nothing():
    assert wire(cut=True).cross(1, 0) == Drop(DropReason.LINK_DOWN, "the link of alice is cut")


def test_a_link_changes_for_packets_to_come_and_lets_none_overtake():
    link = wire(latency=1.0)
    assert link.cross(1, 0) == (SECOND,)
    link.change(LinkQuality(latency=0.1))
    assert link.cross(1, 0) == (SECOND,)
    assert link.cross(1, 2 * SECOND) == (2_100_000_000,)


@pytest.mark.parametrize(
    ("quality", "message"),
    [
        ({"latency": -1}, "latency >= 0 s, got -1"),
        ({"jitter": float("inf")}, "jitter >= 0 s, got inf"),
        ({"loss": 1.5}, "loss from 0 to 1, got 1.5"),
        ({"duplication": -0.1}, "duplication from 0 to 1, got -0.1"),
        ({"bandwidth": 0}, "bandwidth > 0 bit/s, got 0"),
        ({"queue": -1}, "queue >= 0 bytes, got -1"),
        ({"mtu": 20}, "mtu >= 68 bytes, got 20"),
    ],
)
def test_an_impossible_link_is_refused(quality, message):
    with pytest.raises(ValueError, match=message):
        wire(**quality)


@pytest.mark.parametrize("shares", [(0, 0), (2, 0), (0.1, 0.1, -1), (0.1, 0.1, 0, 7)])
def test_impossible_bursts_are_refused(shares):
    with pytest.raises(ValueError, match="bursts"):
        GilbertElliott(*shares)
