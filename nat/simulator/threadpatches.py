"""Threads and locks of the process, which take turns while a run lasts."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

from nat.simulator.locks import VirtualLock
from nat.simulator.turns import Turns


def thread_patches(turns: Turns) -> Iterator[tuple[Any, str, Any]]:
    """What is put in the place of names in `threading` and `queue`.

    Conditions, events, semaphores, barriers and queues are made of locks, which they look up under
    these names when they are made.
    """
    real_start, real_join = threading.Thread.start, threading.Thread.join

    def start(self: threading.Thread) -> None:
        turns.start(self, real_start)

    def join(self: threading.Thread, timeout: float | None = None) -> None:
        if turns.join(self, timeout):
            real_join(self, timeout)

    yield threading.Thread, "start", start
    yield threading.Thread, "join", join
    yield threading, "Lock", VirtualLock
    yield threading, "_allocate_lock", VirtualLock
    yield threading, "_CRLock", None  # the RLock in C, without which the one in Python is taken
    yield queue, "SimpleQueue", vars(queue)["_PySimpleQueue"]
