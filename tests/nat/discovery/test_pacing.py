"""No server is asked faster than RFC 5780 §4.1 allows, and none waits for another."""

import asyncio

import pytest

from nat.discovery.pacing import Pace

from .scripted import ScriptedNetwork, run


async def _begin(pace: Pace, server: str, count: int) -> list[float]:
    begun = []

    async def one() -> None:
        await pace.take_turn(server)
        begun.append(asyncio.get_running_loop().time())

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one())
    return begun


def test_in_no_second_more_than_ten_transactions_begin() -> None:
    begun = run(_begin(Pace(ScriptedNetwork(), 10.0), "a", 35))
    assert all(later - earlier >= 1.0 for earlier, later in zip(begun, begun[10:], strict=False))
    assert begun[-1] - begun[0] == pytest.approx(3.0)


def test_a_slow_pace_is_kept_as_well() -> None:
    begun = run(_begin(Pace(ScriptedNetwork(), 0.5), "a", 3))
    assert [each - begun[0] for each in begun] == pytest.approx([0, 2, 4])


def test_servers_do_not_wait_for_each_other() -> None:
    async def both() -> list[list[float]]:
        pace = Pace(ScriptedNetwork(), 10.0)
        return await asyncio.gather(_begin(pace, "a", 10), _begin(pace, "b", 10))

    one, other = run(both())
    assert one[-1] == other[-1] == one[0]


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_pace_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Pace(ScriptedNetwork(), rate)
