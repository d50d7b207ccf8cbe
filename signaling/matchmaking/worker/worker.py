"""Where the matcher works: here, or in a process of its own that is never in the way of the sockets."""

import time
from collections.abc import Callable
from typing import Protocol

from signaling.matchmaking.configuration.hooks import load_hook
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.matching import Result, Tick, Work, work
from signaling.matchmaking.matcher.pools import Pool


class Worker(Protocol):
    """Takes work in order, and gives results to whoever it was made for."""

    def give(self, todo: Work) -> None:
        """Take what there is to do."""

    async def close(self) -> None:
        """End within a deadline."""


class Listener(Protocol):
    """Whoever a worker is made for."""

    def receive_result(self, result: Result) -> None:
        """Hear what a tick came to."""

    def receive_new_matcher(self) -> None:
        """The matcher has died, and there is another."""


def make_pool(queue: Queue) -> Pool:
    """An empty pool for a queue, with the operator's own rule."""
    return Pool(queue, load_hook(queue.hook) if queue.hook else None)


class InlineWorker:
    """The matcher in the same thread: for small servers, and for time that jumps."""

    def __init__(
        self, queue: Queue, listener: Listener, clock: Callable[[], float] | None = None
    ) -> None:
        self._pool = make_pool(queue)
        self._listener = listener
        self._clock = clock or time.perf_counter

    def give(self, todo: Work) -> None:
        """Do it."""
        began = self._clock()
        ticked = work(self._pool, todo)
        if isinstance(todo, Tick) and ticked is not None:
            self._listener.receive_result(Result(todo.number, ticked, self._clock() - began))

    async def close(self) -> None:
        """Nothing is to be ended."""
