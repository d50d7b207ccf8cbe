"""Tests of `nat.simulator.selector`: the selector that advances virtual time to the next event instead of waiting for it."""

import pytest

from nat.simulator import DeadlineError, DeadlockError, LivelockError
from nat.simulator.network import Network
from nat.simulator.selector import PATIENCE, VirtualSelector


def make(timer=None, fail=lambda: None):
    network = Network(0)
    return network, VirtualSelector(network, lambda: timer, fail, lambda: "  main waits")


def test_time_jumps_to_the_next_timer():
    network, selector = make(timer=2.5)
    selector.select(2.5)
    assert network.clock.monotonic() == 2.5


def test_a_packet_before_the_timer_comes_first():
    network, selector = make(timer=2.5)
    done = []
    network.agenda.add(1_000_000_000, done.append, "packet")
    selector.select(2.5)
    assert done == ["packet"]
    assert network.clock.monotonic() == 1.0


def test_time_stands_still_while_something_is_ready_but_due_packets_move():
    network, selector = make(timer=2.5)
    done = []
    network.agenda.add(0, done.append, "now")
    network.agenda.add(1, done.append, "later")
    selector.select(0)
    assert done == ["now"]
    assert network.clock.monotonic() == 0


def test_when_nothing_will_ever_happen_it_says_who_waits():
    _, selector = make()
    with pytest.raises(DeadlockError, match=r"nothing will ever happen(.|\n)*main waits"):
        selector.select(None)


def test_the_deadline_is_not_passed():
    network, selector = make(timer=2.5)
    selector.deadline_ns = 2_000_000_000
    with pytest.raises(DeadlineError, match=r"at 2.000000 s(.|\n)*main waits"):
        selector.select(2.5)
    assert network.clock.monotonic() == 2.0


def test_turns_without_a_step_in_time_are_counted():
    _, selector = make(timer=1.0)
    for _ in range(PATIENCE):
        selector.select(0)
    with pytest.raises(LivelockError, match="without a step in time"):
        selector.select(0)


def test_a_failure_ends_the_run_before_anything_else():
    def fail():
        raise ZeroDivisionError

    network, selector = make(timer=1.0, fail=fail)
    with pytest.raises(ZeroDivisionError):
        selector.select(1.0)
    assert network.clock.monotonic() == 0
