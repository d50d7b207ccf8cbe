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
    assert all(
        later - earlier > 0.999999 for earlier, later in zip(begun, begun[10:], strict=False)
    )
    assert begun[-1] - begun[0] == pytest.approx(3.0, abs=0.01)


def test_a_slow_pace_is_kept_as_well() -> None:
    begun = run(_begin(Pace(ScriptedNetwork(), 0.5), "a", 3))
    assert [each - begun[0] for each in begun] == pytest.approx([0, 2, 4], abs=0.01)


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


def test_what_is_urgent_goes_before_what_waits_already() -> None:
    order: list[str] = []

    async def one(pace: Pace, name: str, urgency: int, begin: float) -> None:
        await asyncio.sleep(begin)
        await pace.take_turn("a", urgency)
        order.append(name)

    async def main() -> None:
        pace = Pace(ScriptedNetwork(), 2.0)
        names = [("first", 2, 0), ("second", 2, 0), ("late", 2, 0.1), ("urgent", 0, 0.2)]
        async with asyncio.TaskGroup() as group:
            for each in names:
                group.create_task(one(pace, *each))

    run(main())
    assert order == ["first", "second", "urgent", "late"]


def test_who_is_cancelled_holds_up_nobody() -> None:
    async def main() -> float:
        pace = Pace(ScriptedNetwork(), 1.0)
        await pace.take_turn("a")
        gone = asyncio.create_task(pace.take_turn("a"))
        await asyncio.sleep(0.1)
        gone.cancel()
        await pace.take_turn("a", 5)
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(1.0)
