"""Tests of `nat.simulator.locks`: locks that let the other threads of a world run while one waits for them."""

import asyncio
import queue
import threading
import time

import pytest

from nat.simulator import Simulation
from nat.simulator.locks import VirtualLock


@pytest.fixture
def run():
    """Run a function in a thread of a world."""
    return lambda function: Simulation().run(asyncio.to_thread(function))


def test_outside_of_a_run_it_is_a_lock_like_any_other():
    lock = VirtualLock()
    with lock:
        assert lock.locked()
        assert not lock.acquire(blocking=False)
        assert not lock.acquire(timeout=0.01)
        thread = threading.Thread(target=lock.acquire)
        thread.start()
    thread.join()
    assert lock.locked()


def test_a_lock_is_waited_for_in_virtual_time(run):
    def work():
        lock = threading.Lock()
        lock.acquire()
        threading.Timer(5, lock.release).start()
        early = lock.acquire(timeout=2), time.monotonic()
        return early, lock.acquire(), time.monotonic()

    assert run(work) == ((False, 2), True, 5)


def test_all_that_is_made_of_locks_works(run):
    def work():
        jobs, done = queue.Queue(2), []
        ready = threading.Barrier(2)
        finished = threading.Condition(threading.RLock())

        def consume():
            ready.wait()
            while (job := jobs.get()) is not None:
                time.sleep(1)
                done.append(job)
            with finished:
                finished.notify_all()

        threading.Thread(target=consume).start()
        ready.wait()
        with pytest.raises(queue.Empty):
            queue.SimpleQueue().get(timeout=3)
        for job in range(5):
            jobs.put(job)
        with finished:
            jobs.put(None)
            finished.wait()
        return done, time.monotonic()

    assert run(work) == ([0, 1, 2, 3, 4], 8)


def test_whoever_waits_longest_gets_the_lock_first(run):
    def work():
        lock, order = threading.Lock(), []

        def take(name):
            with lock:
                order.append(name)
                time.sleep(1)

        threads = [threading.Thread(target=take, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return order

    assert run(work) == list("abcd")
