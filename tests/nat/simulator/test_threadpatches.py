"""Tests of `nat.simulator.threadpatches`: threads and locks of the process, which take turns while a run lasts."""

import queue
import threading

from nat.simulator import Simulation
from nat.simulator.locks import VirtualLock

NAMES = ("Lock", "_allocate_lock", "_CRLock")


def test_locks_are_virtual_while_a_run_lasts_and_real_before_and_after():
    before = [getattr(threading, name) for name in NAMES], queue.SimpleQueue

    async def main():
        assert isinstance(threading.Lock(), VirtualLock)
        assert isinstance(threading.RLock()._block, VirtualLock)
        return queue.SimpleQueue is queue._PySimpleQueue

    assert Simulation().run(main())
    assert ([getattr(threading, name) for name in NAMES], queue.SimpleQueue) == before
    assert not isinstance(threading.Lock(), VirtualLock)
