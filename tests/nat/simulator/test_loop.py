"""Tests of `nat.simulator.loop`: the asyncio event loop of a world: its time is virtual, its sockets are the world's."""

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from nat.simulator import Simulation


@pytest.fixture
def run():
    """Run a coroutine function on a host of a world."""
    sim = Simulation()
    host = sim.host("a", "198.51.100.1")
    return lambda function: sim.run(host.run(function()))


def test_timers_fire_in_order_at_their_time(run):
    fired = []

    async def main():
        loop = asyncio.get_running_loop()
        for delay in (3, 1, 2):
            loop.call_later(delay, lambda: fired.append(loop.time()))
        cancelled = loop.call_later(1.5, fired.append, "cancelled")
        cancelled.cancel()
        await asyncio.sleep(10)

    run(main)
    assert fired == [1, 2, 3]


def test_timeouts_and_locks_work_as_ever(run):
    async def main():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 5)
        queue = asyncio.Queue(1)

        async def put():
            for number in range(3):
                await queue.put(number)

        async with asyncio.TaskGroup() as group:
            group.create_task(put())
            return [await queue.get() for _ in range(3)]

    assert run(main) == [0, 1, 2]


def test_the_clocks_of_the_process_follow_the_loop(run):
    async def main():
        loop = asyncio.get_running_loop()
        before = time.time(), time.monotonic(), time.perf_counter(), time.time_ns()
        await asyncio.sleep(7)
        after = time.time(), time.monotonic(), time.perf_counter(), time.time_ns()
        assert [b - a for a, b in zip(before, after, strict=True)] == [7, 7, 7, 7_000_000_000]
        return loop.time(), time.monotonic()

    assert run(main) == (7, 7)


def test_an_executor_takes_no_virtual_time_and_gives_results_and_errors(run):
    async def main():
        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, pow, 2, 5) == 32
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        with ThreadPoolExecutor(1) as pool:
            here = threading.get_ident()
            assert await loop.run_in_executor(pool, threading.get_ident) != here
        return loop.time()

    assert run(main) == 0


def test_names_are_looked_up_in_the_world_in_every_way(run):
    async def main():
        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, socket.gethostbyname, "a") == "198.51.100.1"
        assert (await loop.getaddrinfo("a", 5))[0][4] == ("198.51.100.1", 5)
        assert await loop.getnameinfo(("198.51.100.1", 5)) == ("a", "5")
        with pytest.raises(socket.gaierror):
            await loop.getaddrinfo("example.com", 5)

    run(main)


def test_another_thread_can_call_into_the_loop(run):
    async def main():
        loop = asyncio.get_running_loop()
        called = asyncio.Event()
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(called.set,))
        thread.start()
        thread.join()
        await called.wait()

    run(main)


def test_signal_handlers_are_accepted_and_never_called(run):
    async def main():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(2, print)
        return loop.remove_signal_handler(2)

    assert run(main) is False


def test_a_message_without_an_exception_is_logged_as_ever(run, caplog):
    async def main():
        asyncio.get_running_loop().call_exception_handler({"message": "just so you know"})

    run(main)
    assert "just so you know" in caplog.text
