"""Threads of a world: one runs at a time, in a fixed order, and time passes only while all wait.

The thread of the loop gives its turn to each thread that can run, and gets it back when that thread
waits for something of the world or ends: a lock (and all that is made of locks: events, conditions,
queues, futures), a virtual socket, `time.sleep`, another thread. A thread that was started outside
of the run takes no part; it runs when the system lets it, and its clocks are the real ones.
"""

import _thread
import collections
import contextlib
import contextvars
import functools
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Final
from typing import Protocol as Interface

from nat.simulator.clock import to_ns
from nat.simulator.errors import SimulationError
from nat.simulator.network import Network

PATIENCE: Final = 120.0
"""Real seconds for which a thread may keep its turn before it is held to wait for something real."""
_make_lock: Final = _thread.allocate_lock  # taken before it is replaced
_HIDDEN: Final = {
    "threading.py", "queue.py", "turns.py", "locks.py", "workers.py", "selector.py", "sockets.py",
    "streams.py", "clockpatches.py", "threadpatches.py", "patches.py",
}  # fmt: skip
"""Files through which a thread comes to wait; where it stands is whoever called them."""


class Program(Interface):
    """What threads need of the loop."""

    def failed(self, error: BaseException, callback: object) -> None:
        """Note that a thread raised."""


class Seat:
    """The place of a thread among those that take turns."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.turn = _make_lock()
        self.turn.acquire()
        self.watchers: list[Waiter] = []
        self.context = contextvars.copy_context()


class Waiter:
    """One wait of one thread.

    Attributes:
        over: it was woken, or its time has come.
        woken: it was woken.
    """

    __slots__ = ("over", "seat", "woken")

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.over = False
        self.woken = False


class Turns:
    """Who runs. Made by the thread of the loop.

    Args:
        pass_time: lets the network go on while the thread of the loop waits for another.

    Attributes:
        runnable: the threads that can run, in the order in which they became able to.
    """

    def __init__(self, network: Network, program: Program, pass_time: Callable[[], None]) -> None:
        self.runnable: collections.deque[Seat] = collections.deque()
        self._network = network
        self._program = program
        self._pass_time = pass_time
        self._main = Seat("the loop")
        self._seats = {threading.get_ident(): self._main}
        self._over = False

    def takes_part(self) -> bool:
        """Tell whether the calling thread is one of the world's."""
        return not self._over and threading.get_ident() in self._seats

    def is_main(self) -> bool:
        """Tell whether the calling thread is that of the loop."""
        return self._seats.get(threading.get_ident()) is self._main

    # what the loop calls

    def run_all(self) -> None:
        """Let every thread run that can."""
        while self.runnable:
            self._give(self.runnable.popleft())

    def end(self) -> None:
        """The run is over: whoever waits goes on for himself, with real locks and clocks."""
        self._over = True
        for seat in self._seats.values():
            if seat is not self._main:
                seat.turn.release()

    def describe(self) -> Iterator[str]:
        """A line for each thread but that of the loop: where it stands."""
        frames = sys._current_frames()  # noqa: SLF001 -- public but for its name
        for ident, seat in self._seats.items():
            if seat is self._main:
                continue
            frame = frames.get(ident)
            while frame and PurePath(frame.f_code.co_filename).name in _HIDDEN:
                frame = frame.f_back
            place = "its start"
            if frame is not None:
                file = PurePath(frame.f_code.co_filename).name
                place = f"{frame.f_code.co_qualname} ({file}:{frame.f_lineno})"
            yield f"  thread {seat.name} waits at {place}"

    # what threads call

    def start(
        self, thread: threading.Thread, real_start: Callable[[threading.Thread], None]
    ) -> None:
        """Start a thread that takes turns, if its maker does."""
        if not self.takes_part():
            real_start(thread)
            return
        seat = Seat(thread.name)
        thread.run = functools.partial(self._play, seat, thread.run)  # type: ignore[method-assign]
        with self._stepping_out():
            real_start(thread)  # waits until it really runs
        assert thread.ident is not None
        self._seats[thread.ident] = seat
        self.runnable.append(seat)

    def join(self, thread: threading.Thread, timeout: float | None) -> bool:
        """Wait for the end of a thread; False if the time has come first."""
        seat = self._seats.get(thread.ident or 0)
        if seat is None or not self.takes_part():
            return True
        waiter = self.waiter()
        seat.watchers.append(waiter)
        return self.wait(waiter, timeout)

    def sleep(self, seconds: float) -> None:
        """Wait for a time."""
        self.wait(self.waiter(), seconds)

    def waiter(self) -> Waiter:
        """A wait of the calling thread."""
        return Waiter(self._seats[threading.get_ident()])

    def wait(self, waiter: Waiter, timeout: float | None = None) -> bool:
        """Pass on the turn until woken, or until the time has come; False for the latter."""
        if timeout is not None:
            network = self._network
            due_ns = network.clock.now_ns + to_ns(max(0.0, timeout))
            network.agenda.add(due_ns, self._settle, waiter, False)
        if waiter.seat is self._main:
            while not waiter.over:
                if self.runnable:
                    self._give(self.runnable.popleft())
                else:
                    self._pass_time()
        elif not self._over:
            self._main.turn.release()
            waiter.seat.turn.acquire()
        return waiter.woken

    def wake(self, waiter: Waiter) -> None:
        """End a wait."""
        self._settle(waiter, True)

    # passing the turn

    def _settle(self, waiter: Waiter, woken: bool) -> None:  # noqa: FBT001 -- the two ways in which it ends
        if not waiter.over:
            waiter.over, waiter.woken = True, woken
            if waiter.seat is not self._main:
                self.runnable.append(waiter.seat)

    def _give(self, seat: Seat) -> None:
        seat.turn.release()
        if not self._main.turn.acquire(timeout=PATIENCE):
            self._over = True
            where = "\n".join(self.describe())
            raise SimulationError(
                f"thread {seat.name} has not given back its turn for {PATIENCE:g} s: it waits for"
                f" something outside of the world, or works for too long; threads:\n{where}"
            )

    def _play(self, seat: Seat, run: Callable[[], None]) -> None:
        seat.turn.acquire()
        try:
            seat.context.run(run)
        except SystemExit:
            pass
        except BaseException as error:
            if self._over:
                raise
            self._program.failed(error, f"thread {seat.name}")
        finally:
            self._leave(seat)

    def _leave(self, seat: Seat) -> None:
        if not self._over:
            del self._seats[threading.get_ident()]
            for waiter in seat.watchers:
                self.wake(waiter)
            self._main.turn.release()

    @contextlib.contextmanager
    def _stepping_out(self) -> Iterator[None]:
        """Let what the calling thread does be real for a moment."""
        ident = threading.get_ident()
        seat = self._seats.pop(ident)
        try:
            yield
        finally:
            self._seats[ident] = seat
