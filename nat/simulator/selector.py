"""The selector that advances virtual time to the next event instead of waiting for it."""

import _thread
import asyncio
import collections
import contextlib
import math
import selectors
from collections.abc import Callable, Collection
from concurrent.futures import Future
from heapq import heappop
from typing import Any, Final, NoReturn
from typing import Protocol as Interface

from nat.simulator.clock import NANOSECONDS, to_ns_reaching
from nat.simulator.errors import (
    DeadlineError,
    DeadlockError,
    LivelockError,
    OutsideWorldError,
    SimulationError,
)
from nat.simulator.network import Network
from nat.simulator.readers import Readers
from nat.simulator.resolver import Resolver
from nat.simulator.sockets import VirtualSocket
from nat.simulator.turns import Turns, Waiter

PATIENCE: Final = 1_000_000
"""Turns of the loop without a step in time, after which it is held to be stuck."""

_BREATH: Final = 0.1
"""Real seconds between looks at what threads outside of the world are doing."""

Delivery = tuple[Callable[..., object], Callable[..., object], Any, Any]
"""How to enter the context of a protocol, its method, and two arguments."""


class Program(Interface):
    """What the selector needs of the loop above it."""

    @property
    def pending(self) -> "collections.deque[asyncio.Handle]":
        """The callbacks that are due."""

    def begin_turn(self) -> None:
        """Learn that a turn of the loop begins."""

    def next_timer(self) -> asyncio.TimerHandle | None:
        """The timer that is due first."""

    def raise_failure(self) -> None:
        """Raise if the run has failed."""

    def failed(self, error: BaseException, callback: object) -> None:
        """Note that a callback raised."""

    def later(self, delivery: Delivery) -> None:
        """Make a delivery in its turn, behind what is pending."""

    def describe_waiting(self) -> str:
        """One line for each task that waits."""


class VirtualSelector(Readers):
    """Instead of waiting for the next event it makes it now.

    As long as there is nothing else to do, packets are delivered from here, without a turn of the
    loop for each: nothing else could have come between. As soon as a callback is pending, what
    arrives queues up behind it as it would behind a real selector.

    Attributes:
        inbox: what transports have got in the event that is being made, to be delivered after it.
        deadline_ns: fail rather than pass this time.
    """

    def __init__(self, network: Network, resolver: Resolver, program: Program) -> None:
        super().__init__(resolver)
        self.deadline_ns: int | None = None
        self.inbox: collections.deque[Delivery] = collections.deque()
        self._network = network
        self._program = program
        self._turns = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ns = 0
        self.turns = Turns(network, program, self.pass_time)
        self._bell = _thread.allocate_lock()
        self._blocked: dict[int, list[Waiter]] = {}
        self._outside: set[Future[Any]] = set()

    def select(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        """Advance to the next event, unless there is something to do now."""
        self.turns.run_all()
        self._program.raise_failure()
        self._count_turn()
        self._program.begin_turn()
        if self._outside:
            self._wait_for_outside()
        if timeout == 0 or self._program.pending:
            self._catch_up()
        elif not (ready := self.take_ready()):
            self._let_time_pass()
        else:
            self._catch_up()
            return ready
        return self.take_ready()

    def _count_turn(self) -> None:
        self._turns += 1
        self._check_turns()

    def _check_turns(self) -> None:
        if self._turns > PATIENCE:
            self._raise(LivelockError, f"{PATIENCE} turns have passed without a step in time")

    def _catch_up(self) -> None:
        """Do what is due on the network, while other things are due in the program."""
        self._network.agenda.perform(self._network.clock.now_ns)
        self._leave_rest()

    def changed(self, fileno: int) -> None:
        """Learn that a socket may have become ready for something."""
        super().changed(fileno)
        for waiter in self._blocked.pop(fileno, ()):
            self.turns.wake(waiter)

    def wait_for(self, waiting: VirtualSocket, events: int, timeout: float | None) -> bool:
        """Let a thread wait for a socket; False if the time has come first.

        Raises:
            OutsideWorldError: it is the thread of the loop.
        """
        if self.turns.is_main():
            raise OutsideWorldError(
                "a socket that blocks would hold up every host of the world: setblocking(False) and"
                " the loop's sock_… methods, or leave it to a thread (asyncio.to_thread)"
            )
        clock = self._network.clock
        end = None if timeout is None else clock.monotonic() + timeout
        while waiting.fileno() >= 0 and not waiting.readiness() & events:
            waiter = self.turns.waiter()
            self._blocked.setdefault(waiting.fileno(), []).append(waiter)
            if not self.turns.wait(waiter, None if end is None else end - clock.monotonic()):
                return False
        return True

    def _let_time_pass(self) -> None:
        """Make one event after the other, until the program has something to do.

        This is the loop in which a simulation spends its time, hence so few calls.
        """
        agenda, clock, program = self._network.agenda, self._network.clock, self._program
        pending, inbox, ready = program.pending, self.inbox, self._perhaps_ready
        runnable, entries = self.turns.runnable, agenda.entries
        timer, limit = self._limit()
        while entries and (when := entries[0][0]) <= limit:
            if when > clock.now_ns:
                clock.now_ns = when
                self._turns = 0
            else:
                self._turns += 1
                if self._turns > PATIENCE:
                    break
            _, _, action, args, _ = heappop(entries)
            action(*args)
            if inbox:
                self._deliver(pending)
                if program.next_timer() is not timer or (timer is not None and timer.cancelled()):
                    timer, limit = self._limit()
            if pending or ready or runnable:
                self._finish(when)
                return
        self._check_turns()
        if timer is None or not timer.cancelled():
            self._step(None if timer is None else self._due_ns(timer), agenda.next_ns())

    def _limit(self) -> tuple[asyncio.TimerHandle | None, float]:
        """The next timer, and the time in nanoseconds until which the network has a free hand."""
        timer = self._program.next_timer()
        limit = math.inf if timer is None else self._due_ns(timer)
        if timer is not None and timer.cancelled():
            limit = -1
        if self.deadline_ns is not None:
            limit = min(limit, self.deadline_ns)
        return timer, limit

    def _finish(self, when: int) -> None:
        """Take what else is due, as a real selector finds all that has arrived."""
        self._network.agenda.perform(when)
        self._leave_rest()

    def expect(self, work: "Future[Any]") -> None:
        """Let no time pass until this is done: threads outside of the world are at it."""
        self._outside.add(work)
        work.add_done_callback(self._arrived)

    def _arrived(self, work: "Future[Any]") -> None:
        self._outside.discard(work)
        self.ring()

    def ring(self) -> None:
        """Something has come from a thread."""
        with contextlib.suppress(RuntimeError):  # it has been rung already
            self._bell.release()

    def _wait_for_outside(self) -> None:
        """Wait, in reality, until something has come from outside or nothing is expected."""
        while not self._program.pending and self._outside:
            self._bell.acquire(timeout=_BREATH)

    def pass_time(self) -> None:
        """Let the network go on while the loop's thread waits for another thread."""
        when = self._network.agenda.next_ns()
        if when is None:
            self._raise(DeadlockError, "nothing will ever happen: the loop waits for a thread")
        self._step(None, when)
        self._network.agenda.perform(when)
        self._leave_rest()

    def _due_ns(self, timer: asyncio.TimerHandle) -> int:
        if timer is not self._timer:
            when, now_ns = timer.when(), self._network.clock.now_ns
            self._timer = timer
            self._timer_ns = to_ns_reaching(when)
            if self._timer_ns <= now_ns and when > now_ns / NANOSECONDS:
                # less than a nanosecond away: who asks the clock must find that it has come
                self._timer_ns = now_ns + 1
        return self._timer_ns

    def _step(self, timer_ns: int | None, packet_ns: int | None) -> int:
        """Advance the clock to what comes first, and tell when that is."""
        if packet_ns is None or (timer_ns is not None and timer_ns < packet_ns):
            if timer_ns is None:
                self._raise(
                    DeadlockError, "nothing will ever happen: no timer, no packet under way"
                )
            packet_ns = timer_ns
        clock = self._network.clock
        if packet_ns <= clock.now_ns:
            self._count_turn()
            return packet_ns
        self._turns = 0
        if self.deadline_ns is not None and packet_ns > self.deadline_ns:
            clock.advance_to(self.deadline_ns)
            self._raise(DeadlineError, "the deadline of the run has come")
        clock.now_ns = packet_ns
        return packet_ns

    def _deliver(self, pending: Collection[object]) -> None:
        """Hand over what has come, until the program has something to do."""
        inbox = self.inbox
        while inbox and not pending:
            enter, callback, data, source = inbox.popleft()
            try:
                enter(callback, data, source)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # noqa: BLE001 -- as asyncio.Handle has it
                self._program.failed(error, callback)

    def _leave_rest(self) -> None:
        while self.inbox:
            self._program.later(self.inbox.popleft())

    def _raise(self, kind: type[SimulationError], what: str) -> NoReturn:
        self._turns = 0
        now = self._network.clock.monotonic()
        waiting = "\n".join((self._program.describe_waiting(), *self.turns.describe()))
        raise kind(f"at {now:.6f} s of virtual time {what}; these tasks wait:\n{waiting}")
