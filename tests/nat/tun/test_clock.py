"""The agenda of a network is performed by the real clock."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from nat.simulator import CallbackError
from nat.simulator.network import Network
from nat.tun.clock import RealTime

MS = 1_000_000
HOUR = 3_600_000 * MS


@pytest.fixture
def network() -> Network:
    return Network(seed=1)


@pytest.fixture
async def real_time(network: Network) -> AsyncIterator[RealTime]:
    made = RealTime(network)
    yield made
    made.close()


async def test_an_event_happens_at_its_time_and_not_before(
    network: Network, real_time: RealTime
) -> None:
    real_time.catch_up()
    begin, happened = time.monotonic_ns(), asyncio.Event()
    network.agenda.add(network.clock.now_ns + 20 * MS, happened.set)
    real_time.catch_up()
    async with asyncio.timeout(10):
        await happened.wait()
    assert time.monotonic_ns() - begin >= 15 * MS


async def test_events_see_the_time_for_which_they_were_planned_though_it_has_passed(
    network: Network, real_time: RealTime
) -> None:
    seen: list[int] = []

    def note(again: int) -> None:
        seen.append(network.clock.now_ns)
        if again:
            network.agenda.add(network.clock.now_ns + MS, note, again - 1)

    real_time.catch_up()
    first = network.clock.now_ns + MS
    network.agenda.add(first, note, 3)
    time.sleep(0.01)  # this process is late for all of them
    real_time.catch_up()
    assert seen == [first, first + MS, first + 2 * MS, first + 3 * MS]
    assert network.clock.now_ns >= first + 9 * MS


async def test_an_earlier_event_that_comes_later_is_not_kept_waiting(
    network: Network, real_time: RealTime
) -> None:
    happened = asyncio.Event()
    real_time.catch_up()
    network.agenda.add(HOUR, happened.set)
    real_time.catch_up()
    network.agenda.add(network.clock.now_ns + 5 * MS, happened.set)
    real_time.catch_up()
    async with asyncio.timeout(10):
        await happened.wait()


async def test_the_clock_goes_on_from_where_the_world_is(network: Network) -> None:
    network.clock.advance_to(HOUR)
    real_time = RealTime(network)
    real_time.catch_up()
    assert HOUR <= network.clock.now_ns < HOUR + 100_000 * MS
    real_time.close()


async def test_what_was_done_before_the_start_took_no_time(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_now_ns = HOUR
    monkeypatch.setattr(time, "monotonic_ns", lambda: real_now_ns)
    real_time = RealTime(network)
    real_now_ns += HOUR
    real_time.start()
    assert network.clock.now_ns == 0
    real_time.close()


async def test_a_failure_is_raised_when_asked_for_and_stops_nothing(
    network: Network, real_time: RealTime
) -> None:
    happened: list[str] = []
    real_time.raise_failure()
    network.agenda.add(0, {}.__getitem__, "nothing")
    network.agenda.add(0, happened.append, "later")
    real_time.catch_up()
    assert happened == ["later"]
    with pytest.raises(CallbackError, match="KeyError"):
        real_time.raise_failure()
