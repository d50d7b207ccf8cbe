"""Tests of `nat.simulator.turns`: threads of a world: one runs at a time, in a fixed order, and time passes only while all wait."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from nat.simulator import CallbackError, DeadlockError, Simulation, SimulationError, turns


@pytest.fixture
def run():
    """Run a coroutine function on a host of a world."""
    sim = Simulation()
    host = sim.host("a", "198.51.100.1")
    return lambda function, **keywords: sim.run(host.run(function()), **keywords)


def test_threads_sleep_in_virtual_time_one_after_the_other(run):
    log = []

    def work(name, pause):
        for _ in range(3):
            time.sleep(pause)
            log.append((name, round(time.monotonic(), 1)))

    async def main():
        threads = [
            threading.Thread(target=work, args=("slow", 200.0)),
            threading.Thread(target=work, args=("fast", 50.0)),
        ]
        for thread in threads:
            thread.start()
        await asyncio.sleep(1000)
        assert not any(thread.is_alive() for thread in threads)

    before = time.perf_counter()
    run(main)
    assert time.perf_counter() - before < 60
    assert log == [
        ("fast", 50.0), ("fast", 100.0), ("fast", 150.0),
        ("slow", 200.0), ("slow", 400.0), ("slow", 600.0),
    ]  # fmt: skip


def test_time_stands_still_while_a_thread_works(run):
    async def main():
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def work():
            total = sum(range(200_000))
            loop.call_soon_threadsafe(done.set)
            return total

        threading.Thread(target=work).start()
        await done.wait()
        return loop.time()

    assert run(main) == 0


def test_the_loop_may_wait_for_a_thread_that_sleeps(run):
    async def main():
        thread = threading.Thread(target=time.sleep, args=(3,))
        thread.start()
        thread.join(timeout=1)
        alive, now = thread.is_alive(), time.monotonic()
        thread.join()
        return alive, now, thread.is_alive(), time.monotonic()

    assert run(main) == (True, 1, False, 3)


def test_a_thread_waits_for_its_thread_and_an_unstarted_one_cannot_be_joined(run):
    def outer():
        inner = threading.Thread(target=time.sleep, args=(2,))
        inner.start()
        inner.join()
        return time.monotonic()

    async def main():
        with pytest.raises(RuntimeError):
            threading.Thread(target=print).join()
        return await asyncio.to_thread(outer)

    assert run(main) == 2


def test_a_failing_thread_fails_the_run_and_one_that_exits_does_not(run):
    def fail(error):
        raise error

    async def main(error):
        threading.Thread(target=fail, args=(error,), name="worker").start()
        await asyncio.sleep(1)

    run(lambda: main(SystemExit()))
    with pytest.raises(CallbackError, match=r"thread worker.*ZeroDivisionError"):
        run(lambda: main(ZeroDivisionError()))


def test_a_deadlock_tells_where_threads_stand(run):
    async def main():
        gate = threading.Event()
        threading.Thread(target=gate.wait, name="gatekeeper", daemon=True).start()
        await asyncio.get_running_loop().create_future()

    with pytest.raises(DeadlockError, match="thread gatekeeper waits at"):
        run(main)


def test_a_loop_that_waits_for_ever_for_a_thread_is_told(run):
    async def main():
        gate = threading.Event()
        threading.Thread(target=gate.wait, daemon=True).start()
        threading.Event().wait()

    with pytest.raises(DeadlockError, match="the loop waits for a thread"):
        run(main)


def test_threads_that_are_left_go_on_in_reality_after_the_run(run):
    gate, seen = [], []

    def work():
        gate[0].wait()
        seen.append(time.time())

    async def main():
        gate.append(threading.Event())
        thread = threading.Thread(target=work)
        thread.start()
        await asyncio.sleep(1)
        return thread

    thread = run(main)
    gate[0].set()
    thread.join()
    assert abs(seen[0] - time.time()) < 10


def test_a_thread_that_never_gives_back_its_turn_is_told(run, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    outside = threading.Lock()
    outside.acquire()

    async def main():
        threading.Thread(target=outside.acquire, name="stuck", daemon=True).start()
        await asyncio.sleep(1)

    with pytest.raises(SimulationError, match="thread stuck has not given back its turn"):
        run(main)
    outside.release()


def test_a_thread_of_outside_keeps_the_real_clock(run):
    with ThreadPoolExecutor(1) as outside:
        outside.submit(int).result()
        before = time.time()

        async def main():
            loop = asyncio.get_running_loop()
            await asyncio.sleep(1000)
            there = await loop.run_in_executor(outside, time.time)
            return there, loop.time()

        there, now = run(main)
        assert abs(there - before) < 60
        assert now == 1000


def test_a_pool_made_in_the_run_sleeps_in_virtual_time(run):
    async def main():
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(2) as pool:
            await asyncio.gather(*(loop.run_in_executor(pool, time.sleep, 1) for _ in range(6)))
            return loop.time(), [pool.submit(pow, 2, n).result() for n in range(4)]

    assert run(main) == (3, [1, 2, 4, 8])


def test_threads_are_on_the_host_of_their_maker():
    sim = Simulation()
    alice = sim.host("alice")
    names = []

    async def main():
        with alice:
            import socket

            thread = threading.Thread(target=lambda: names.append(socket.gethostname()))
            thread.start()
            names.append(await asyncio.to_thread(socket.gethostname))
        thread.join()

    sim.run(main())
    assert names == ["alice", "alice"]
