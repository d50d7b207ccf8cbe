"""Tests of `nat.simulator.workers`: the threads behind `run_in_executor(None, …)` and `asyncio.to_thread`."""

import asyncio
import threading
import time

import pytest

from nat.simulator import Simulation
from nat.simulator.workers import MOST


def test_jobs_share_threads_and_wait_for_one_when_all_are_taken():
    names = set()

    def work():
        names.add(threading.current_thread().name)
        time.sleep(1)

    async def main():
        await asyncio.gather(*(asyncio.to_thread(work) for _ in range(2 * MOST + 1)))
        return time.monotonic()

    assert Simulation().run(main()) == 3
    assert len(names) == MOST


def test_a_thread_that_is_free_is_taken_again():
    async def main():
        return {await asyncio.to_thread(threading.get_ident) for _ in range(5)}

    assert len(Simulation().run(main())) == 1


def test_results_errors_and_cancellation_reach_the_caller():
    async def main():
        assert await asyncio.to_thread(pow, 2, 5) == 32
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.to_thread(time.sleep, 5)
        await asyncio.sleep(10)

    Simulation().run(main())
