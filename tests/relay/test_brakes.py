"""A brake: on for as long as there is a reason, and asked again when its time is over."""

import asyncio

import pytest

from relay.brakes import Brake, Reason


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def brake(log) -> Brake:
    return Brake(lambda: log.append("stop"), lambda: log.append("go on"))


def test_the_last_reason_that_goes_lets_it_go_on(brake, log):
    brake.hold(Reason.FULL)
    brake.hold(Reason.BANDWIDTH)
    brake.hold(Reason.FULL)
    brake.release(Reason.FULL)
    assert log == ["stop"]
    brake.release(Reason.BANDWIDTH)
    brake.release(Reason.BANDWIDTH)
    assert log == ["stop", "go on"]


async def test_it_waits_and_asks_again_until_there_is_no_more_to_wait_for(brake, log):
    waits = iter((0.001, 0.001, 0.0))
    brake.hold_for(lambda: next(waits))
    assert log == ["stop"]
    async with asyncio.timeout(20):
        while log != ["stop", "go on"]:
            await asyncio.sleep(0)
    assert list(waits) == []


async def test_without_anything_to_wait_for_nothing_stops(brake, log):
    brake.hold_for(lambda: 0.0)
    assert log == []


async def test_what_is_let_go_neither_stops_nor_goes_on(brake, log):
    brake.hold_for(lambda: 0.001)
    brake.let_go()
    await asyncio.sleep(0.005)
    brake.release(Reason.BANDWIDTH)
    assert log == ["stop"]
