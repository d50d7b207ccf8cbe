"""Tests of `nat.simulator.waiting`: who waits where: the line of code at which each task of a run stands still."""

import asyncio

import pytest

from nat.simulator import Simulation
from nat.simulator.waiting import describe_waiting


def test_each_task_is_told_with_its_host_and_both_ends_of_its_stack():
    sim = Simulation()
    alice = sim.host("alice")

    async def inner():
        await asyncio.sleep(10)

    async def outer():
        await inner()

    async def main():
        async with asyncio.TaskGroup() as group:
            alice.start(group, outer(), name="dialler")
            await asyncio.sleep(1)
            return describe_waiting(asyncio.get_running_loop())

    main_line, dialler = sim.run(main()).splitlines()
    assert main_line.startswith("  main waits at ")
    assert dialler.startswith("  dialler on alice waits at ")
    assert "outer (test_waiting.py:" in dialler
    assert ", in sleep (tasks.py:" in dialler


def test_sets_of_tasks_and_futures_iterate_in_the_order_of_their_making():
    async def main():
        loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(asyncio.sleep(0)) for _ in range(8)]
        futures = [loop.create_future() for _ in range(8)]
        for future in futures:
            future.set_result(None)
        done, _ = await asyncio.wait({*tasks, *futures})
        assert len({hash(one) for one in done}) == 16
        return [one for one in done if one in tasks] == tasks

    assert Simulation().run(main())


def test_a_task_is_equal_to_itself_only():
    async def main():
        one, other = (asyncio.create_task(asyncio.sleep(0)) for _ in range(2))
        assert one == one
        assert one != other
        return await asyncio.gather(one, other)

    assert Simulation().run(main()) == [None, None]


@pytest.mark.parametrize("failing", [True, False])
def test_a_task_knows_whether_its_failure_was_heard(failing):
    async def work():
        if failing:
            raise ZeroDivisionError

    async def main():
        task = asyncio.create_task(work())
        await asyncio.sleep(1)
        unheard = task.failed_unheard
        task.exception()
        return unheard, task.failed_unheard

    assert Simulation().run(main()) == (failing, False)
