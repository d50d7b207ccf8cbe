"""The threads behind `run_in_executor(None, …)` and `asyncio.to_thread`."""

import collections
import threading
from collections.abc import Callable
from typing import Final

from nat.simulator.turns import Turns, Waiter

MOST: Final = 32
"""Threads at most, on every machine alike."""

Job = Callable[[], None]


class _Desk:
    """A thread's place of work."""

    def __init__(self, job: Job) -> None:
        self.job: Job | None = job
        self.waiter: Waiter | None = None


class Workers:
    """Threads of the world that do jobs in the order of their coming."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._count = 0
        self._idle: list[_Desk] = []
        self._waiting: collections.deque[Job] = collections.deque()

    def submit(self, job: Job) -> None:
        """Have a job done by a thread that is free, by a new one, or as soon as one is free."""
        if self._idle:
            desk = self._idle.pop()
            desk.job = job
            assert desk.waiter is not None
            self._turns.wake(desk.waiter)
        elif self._count < MOST:
            self._count += 1
            name = f"asyncio_{self._count - 1}"
            threading.Thread(target=self._work, args=(_Desk(job),), name=name, daemon=True).start()
        else:
            self._waiting.append(job)

    def _work(self, desk: _Desk) -> None:
        while desk.job is not None:
            desk.job()
            desk.job = self._waiting.popleft() if self._waiting else None
            if desk.job is None:
                desk.waiter = self._turns.waiter()
                self._idle.append(desk)
                self._turns.wait(desk.waiter)
