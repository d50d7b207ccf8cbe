"""The kernel's timer rings when its time has come."""

import select
import time
from collections.abc import Iterator

import pytest

from nat.tun.timer import Timer


@pytest.fixture
def timer() -> Iterator[Timer]:
    made = Timer()
    yield made
    made.close()


def rings(timer: Timer, within: float) -> bool:
    return bool(select.select([timer], [], [], within)[0])


def test_it_does_not_ring_before_its_time(timer: Timer) -> None:
    when = time.monotonic_ns() + 5_000_000
    timer.set(when)
    assert rings(timer, 10)
    assert time.monotonic_ns() >= when


def test_a_time_that_has_passed_rings_at_once(timer: Timer) -> None:
    timer.set(0)
    assert rings(timer, 10)


def test_acknowledged_it_rings_no_more(timer: Timer) -> None:
    timer.set(1)
    assert rings(timer, 10)
    timer.acknowledge()
    assert not rings(timer, 0)
    timer.acknowledge()


def test_a_later_time_takes_the_place_of_an_earlier_one(timer: Timer) -> None:
    timer.set(1)
    timer.set(time.monotonic_ns() + 3_600_000_000_000)
    assert not rings(timer, 0)


def test_an_error_of_the_kernel_is_raised() -> None:
    closed = Timer()
    closed.close()
    with pytest.raises(OSError):
        closed.set(1)
