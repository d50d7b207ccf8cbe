"""Tests of `nat.simulator.clockpatches`: the clocks of the process, replaced by that of the world."""

import asyncio
import datetime as dt
import time
from datetime import datetime as taken
from time import monotonic as taken_monotonic

import pytest

from nat.simulator import OutsideWorldError, Simulation
from nat.simulator.clock import EPOCH


def test_every_clock_tells_the_time_of_the_world():
    async def main():
        await asyncio.sleep(7)
        return (
            [time.time(), time.time_ns() / 1e9, time.monotonic(), time.perf_counter()],
            [time.gmtime().tm_sec, time.localtime().tm_sec, time.ctime()[17:19]],
            time.gmtime(0).tm_year,
        )

    assert Simulation().run(main()) == ([EPOCH + 7, EPOCH + 7, 7, 7], [7, 7, "07"], 1970)


def test_functions_that_modules_had_taken_before_are_replaced_too():
    async def main():
        await asyncio.sleep(7)
        return taken_monotonic(), taken.now(dt.UTC).timestamp()

    assert Simulation().run(main()) == (7, EPOCH + 7)
    assert taken is dt.datetime
    assert abs(taken_monotonic() - time.monotonic()) < 10


def test_dates_are_real_dates_of_virtual_time():
    real = dt.datetime

    async def main():
        await asyncio.sleep(1.5)
        made = dt.datetime(2020, 1, 2, tzinfo=dt.UTC)
        assert type(made) is real
        assert isinstance(made, dt.datetime)
        assert issubclass(real, dt.datetime)
        assert not isinstance(5, dt.datetime)
        return (
            dt.datetime.now(dt.UTC),
            dt.datetime.utcnow(),  # noqa: DTZ003
            dt.datetime.now() - dt.datetime.today(),  # noqa: DTZ002, DTZ005
            dt.datetime.fromisoformat("2020-01-02T00:00Z") == made,
        )

    aware, naive, nothing, same = Simulation().run(main())
    expected = real(2025, 1, 1, 0, 0, 1, 500_000)
    assert (aware, naive) == (expected.replace(tzinfo=dt.UTC), expected)
    assert (nothing, same) == (dt.timedelta(0), True)
    assert dt.datetime is real


def test_sleeping_on_the_loop_is_refused_with_what_to_do_instead():
    async def main():
        time.sleep(0)
        time.sleep(1)

    with pytest.raises(OutsideWorldError, match=r"await asyncio\.sleep"):
        Simulation().run(main())


def test_timers_do_not_drift():
    async def main():
        loop = asyncio.get_running_loop()
        for _ in range(1000):
            await asyncio.sleep(0.02)
        return loop.time(), time.monotonic_ns()

    assert Simulation().run(main()) == (20, 20_000_000_000)


def test_a_timer_that_is_set_again_because_its_time_is_a_fraction_away_comes_to_an_end():
    async def main():
        loop = asyncio.get_running_loop()
        await asyncio.sleep(9.12)
        deadline, done = loop.time() + 1e-10, loop.create_future()

        def check():
            if loop.time() < deadline:
                loop.call_at(deadline, check)
            else:
                done.set_result(None)

        loop.call_at(deadline, check)
        await done
        return time.monotonic_ns()

    assert Simulation().run(main()) == 9_120_000_001
