"""Deadlines come up in order, once, and not when they were moved or cancelled."""

import pytest

from signaling.timers import Deadline, Timers


@pytest.fixture
def timers():
    return Timers()


def due(timers, now):
    return list(iter(lambda: timers.take_due(now), None))


def test_the_next_is_the_earliest(timers):
    assert timers.next() is None
    timers.set(Deadline.HELLO, "a", 5.0)
    timers.set(Deadline.GRACE, "b", 3.0)
    assert timers.next() == 3.0


def test_those_that_are_due_come_out_in_order_and_once(timers):
    timers.set(Deadline.HELLO, "a", 5.0)
    timers.set(Deadline.GRACE, "b", 3.0)
    timers.set(Deadline.GRACE, "c", 9.0)
    assert due(timers, 5.0) == [(Deadline.GRACE, "b"), (Deadline.HELLO, "a")]
    assert due(timers, 5.0) == []
    assert timers.next() == 9.0


def test_one_that_was_moved_comes_up_at_its_new_time_alone(timers):
    timers.set(Deadline.GRACE, "a", 3.0)
    timers.set(Deadline.GRACE, "a", 7.0)
    assert due(timers, 5.0) == []
    assert due(timers, 7.0) == [(Deadline.GRACE, "a")]
    assert len(timers) == 0


def test_one_that_was_cancelled_never_comes(timers):
    timers.set(Deadline.GRACE, "a", 3.0)
    timers.cancel(Deadline.GRACE, "a")
    timers.cancel(Deadline.GRACE, "nobody")
    assert timers.next() is None
    assert due(timers, 9.0) == []


def test_what_was_moved_a_thousand_times_takes_the_place_of_a_few(timers):
    for when in range(1000):
        timers.set(Deadline.GRACE, "a", float(when))
    assert len(timers._heap) < 100
    assert due(timers, 1000.0) == [(Deadline.GRACE, "a")]


def test_what_is_done_about_one_may_cancel_the_next(timers):
    timers.set(Deadline.GRACE, "a", 3.0)
    timers.set(Deadline.EXPIRED, "a", 3.0)
    assert timers.take_due(5.0) == (Deadline.GRACE, "a")
    timers.cancel(Deadline.EXPIRED, "a")
    assert timers.take_due(5.0) is None
