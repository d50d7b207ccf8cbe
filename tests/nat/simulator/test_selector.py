"""Tests of `nat.simulator.selector`: the selector that advances virtual time to the next event instead of waiting for it."""

import asyncio
import collections

import pytest

from nat.simulator import DeadlineError, DeadlockError, LivelockError
from nat.simulator.network import Network
from nat.simulator.resolver import Resolver
from nat.simulator.selector import PATIENCE, VirtualSelector


class Program:
    """A loop with one timer at most, and nothing else to do."""

    def __init__(self, timer):
        self.pending = collections.deque()
        self.failures, self.queued = [], []
        loop = asyncio.SelectorEventLoop()
        self.timer = loop.call_at(timer, print) if timer is not None else None
        loop.close()

    def begin_turn(self):
        pass

    def next_timer(self):
        return self.timer

    def raise_failure(self):
        if self.failures:
            raise self.failures[0]

    def failed(self, error, _callback):
        self.failures.append(error)
        self.pending.append("wake")

    def later(self, delivery):
        self.queued.append(delivery[2])

    def describe_waiting(self):
        return "  main waits"


def make(timer=None):
    network = Network(0)
    program = Program(timer)
    return network, VirtualSelector(network, Resolver(), program), program


def deliver(selector, callback, data):
    """What a transport does when a packet has come for it."""
    selector.inbox.append((lambda function, *args: function(*args), callback, data, None))


def test_time_jumps_to_the_next_timer():
    network, selector, _ = make(timer=2.5)
    selector.select(2.5)
    assert network.clock.monotonic() == 2.5


def test_a_packet_before_the_timer_comes_first():
    network, selector, program = make(timer=2.5)
    network.agenda.add(1_000_000_000, program.pending.append, "what the packet gave it to do")
    selector.select(2.5)
    assert network.clock.monotonic() == 1.0


def test_a_packet_that_gives_nothing_to_do_does_not_keep_the_timer():
    network, selector, _ = make(timer=2.5)
    network.agenda.add(1_000_000_000, list)
    selector.select(2.5)
    assert network.clock.monotonic() == 2.5


def test_time_stands_still_while_something_is_ready_but_due_packets_move():
    network, selector, _ = make(timer=2.5)
    done = []
    network.agenda.add(0, done.append, "now")
    network.agenda.add(1, done.append, "later")
    selector.select(0)
    assert done == ["now"]
    assert network.clock.monotonic() == 0


def test_when_nothing_will_ever_happen_it_says_who_waits():
    _, selector, _ = make()
    with pytest.raises(DeadlockError, match=r"nothing will ever happen(.|\n)*main waits"):
        selector.select(None)


def test_the_deadline_is_not_passed():
    network, selector, _ = make(timer=2.5)
    selector.deadline_ns = 2_000_000_000
    with pytest.raises(DeadlineError, match=r"at 2.000000 s(.|\n)*main waits"):
        selector.select(2.5)
    assert network.clock.monotonic() == 2.0


def test_turns_without_a_step_in_time_are_counted():
    _, selector, _ = make(timer=1.0)
    for _ in range(PATIENCE):
        selector.select(0)
    with pytest.raises(LivelockError, match="without a step in time"):
        selector.select(0)


def test_a_failure_ends_the_run_before_anything_else():
    network, selector, program = make(timer=1.0)
    program.failures.append(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        selector.select(1.0)
    assert network.clock.monotonic() == 0


def test_packets_are_delivered_one_after_the_other_until_the_program_has_something_to_do():
    network, selector, program = make(timer=9.0)
    seen = []

    def take(data, _):
        seen.append((data, network.clock.monotonic()))
        if data == "third":
            program.pending.append("callback")

    for when, data in ((1, "first"), (2, "second"), (3, "third"), (3, "fourth"), (4, "fifth")):
        network.agenda.add(when * 1_000_000_000, deliver, selector, take, data)
    selector.select(9.0)
    assert seen == [("first", 1), ("second", 2), ("third", 3)]
    selector.select(0)
    assert program.queued == ["fourth"]
    assert len(seen) == 3


def test_a_delivery_that_fails_fails_the_run():
    network, selector, program = make()
    network.agenda.add(1, deliver, selector, lambda *_: 1 / 0, "data")
    selector.select(None)
    assert isinstance(program.failures[0], ZeroDivisionError)


def test_a_timer_that_a_packet_cancels_is_not_waited_for():
    network, selector, program = make(timer=9.0)
    network.agenda.add(1, program.timer.cancel)
    selector.select(9.0)
    assert network.clock.now_ns == 1
