"""Tests of `nat.simulator.clock`: virtual time: a clock in whole nanoseconds and the agenda of what the network will do."""

import math

import pytest

from nat.simulator.clock import EPOCH, NANOSECONDS, Agenda, Clock, to_ns, to_ns_reaching


def test_the_clock_begins_at_zero_and_only_goes_forward():
    clock = Clock()
    assert clock.monotonic() == 0
    clock.advance_to(to_ns(1.5))
    clock.advance_to(to_ns(1.0))
    assert clock.monotonic() == 1.5
    assert clock.time() == EPOCH + 1.5
    assert clock.time_ns() - clock.monotonic_ns() == EPOCH * 1_000_000_000


def test_things_due_at_one_time_keep_their_order():
    agenda, done = Agenda(), []
    for name in ("b", "a", "c"):
        agenda.add(5, done.append, name)
    agenda.add(4, done.append, "first")
    agenda.add(6, done.append, "later")
    assert agenda.next_ns() == 4
    agenda.perform(5)
    assert done == ["first", "b", "a", "c"]
    assert agenda.next_ns() == 6


def test_what_becomes_due_by_doing_is_done_too():
    agenda, done = Agenda(), []
    agenda.add(1, lambda: agenda.add(1, done.append, "again"))
    agenda.perform(1)
    assert done == ["again"]
    assert agenda.next_ns() is None


@pytest.mark.parametrize("when", [0.1 + 0.2, 1.875, 1e6 + 0.1, 1e7 + 1 / 3, 3e7 + 1e-9])
def test_a_timer_is_due_at_the_time_jumped_to_and_that_is_near(when):
    jumped = to_ns_reaching(when) / NANOSECONDS
    assert jumped + 1e-9 > when
    assert math.isclose(jumped, when, abs_tol=1e-8)
