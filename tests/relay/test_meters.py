"""What passes on a connection with a peer is counted, and said to wait for its turn."""

import pytest

from relay.bandwidth import Allowance, ByteBucket
from relay.counters import Usage
from relay.meters import LONGEST_WAIT, NO_LIMIT, Meter


def test_without_a_limit_everything_passes_and_is_counted():
    meter = Meter(Usage(), None)
    assert (meter.room(0.0), meter.wait(0.0)) == (NO_LIMIT, 0.0)
    meter.count_to_peer(3)
    meter.count_to_client(4)
    assert meter.usage == Usage(to_peer_bytes=3, to_client_bytes=4)


def test_both_directions_draw_on_one_allowance():
    meter = Meter(Usage(), Allowance(ByteBucket(1000)))
    meter.count_to_peer(600)
    assert (meter.room(0.0), meter.wait(0.0)) == (400, 0.0)
    meter.count_to_client(500)
    assert meter.room(0.0) == 0
    assert meter.wait(0.0) == pytest.approx(
        0.15
    )  # 100 of debt, and 50 that are worth waking up for
    assert meter.room(0.15) == 50


def test_who_keeps_to_room_and_wait_keeps_to_the_limit_with_few_wake_ups():
    meter, now, passed, waits = Meter(Usage(), Allowance(ByteBucket(1000))), 0.0, 0, 0
    while passed < 11_000:
        wait = meter.wait(now)
        waits, now = waits + bool(wait), now + wait
        size = meter.room(now)
        meter.count_to_peer(size)
        passed += size
    assert now == pytest.approx(10.0, abs=0.1)
    assert waits <= 210


@pytest.mark.parametrize("rate", [1, 3, 19, 1_000_000])
def test_after_the_wait_there_is_room_at_any_rate(rate):
    meter = Meter(Usage(), Allowance(ByteBucket(rate)))
    meter.count_to_peer(rate)
    now = meter.wait(0.0)
    assert 0.0 < now <= LONGEST_WAIT
    assert meter.room(now + 1e-9) >= 1


def test_a_large_debt_is_looked_at_again_soon_because_limits_may_change():
    meter = Meter(Usage(), Allowance(ByteBucket(10)))
    meter.count_to_peer(65536)
    assert meter.wait(0.0) == LONGEST_WAIT
    meter.allowance = None
    assert meter.wait(1.0) == 0.0
