"""One timer for many deadlines: it rings for the earliest, and not at all when there is none."""

import asyncio

import pytest

from nat.simulator import Simulation
from relay.alarm import Alarm


def rings(*deadlines: float | None) -> list[float]:
    """Set an alarm to one deadline after the other at the beginning of a minute."""
    rung: list[float] = []

    async def main() -> None:
        alarm = Alarm(rung.append)
        for deadline in deadlines:
            alarm.set(deadline)
        await asyncio.sleep(60)

    simulation = Simulation()
    host = simulation.host("relay")
    simulation.run(host.run(main()))
    return rung


@pytest.mark.parametrize(
    ("deadlines", "rung"),
    [
        ((10.0,), [10.0]),
        ((10.0, 5.0), [5.0]),
        ((10.0, 20.0), [10.0]),  # too early costs a look, and nothing else
        ((10.0, None), []),
        ((None,), []),
        ((10.0, None, 20.0), [20.0]),
    ],
)
def test_it_rings_once_and_no_later_than_the_earliest(deadlines, rung):
    assert rings(*deadlines) == rung


def test_who_is_called_may_set_it_again():
    rung: list[float] = []

    async def main() -> None:
        def handle(now: float) -> None:
            rung.append(now)
            alarm.set(now + 7.0 if now < 20 else None)

        alarm = Alarm(handle)
        alarm.set(3.0)
        await asyncio.sleep(60)

    simulation = Simulation()
    host = simulation.host("relay")
    simulation.run(host.run(main()))
    assert rung == [3.0, 10.0, 17.0, 24.0]
