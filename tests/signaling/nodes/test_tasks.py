"""Tasks end together, and when they are told to."""

import asyncio

import pytest

from signaling.nodes.tasks import complain, end, run_until_one_ends, to_its_end


async def wait_for_ever(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("waiting")


async def fail() -> None:
    raise OSError("broken")


async def be_deaf_once(heard: list[str]) -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("cancelled")
            if len(heard) > 1:
                raise


async def test_with_the_first_all_end_and_its_failure_is_told() -> None:
    ended: list[str] = []
    with pytest.raises(OSError, match="broken"):
        await run_until_one_ends(wait_for_ever(ended), fail())
    assert ended == ["waiting"]


async def test_one_that_loses_a_cancellation_is_cancelled_again() -> None:
    heard: list[str] = []
    with pytest.raises(OSError, match="broken"):
        await run_until_one_ends(be_deaf_once(heard), fail())
    assert heard == ["cancelled", "cancelled"]


async def test_what_is_done_already_is_left_alone() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    await task
    await end(task)


async def test_a_defect_that_ends_a_task_is_told_and_its_cancellation_is_not(caplog):
    async def fail():
        raise RuntimeError("ours")

    tasks = [asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(60))]
    for task in tasks:
        task.add_done_callback(complain)
    await asyncio.sleep(0)
    await end(*tasks)
    await asyncio.sleep(0)
    assert [record.exc_info[1].args for record in caplog.records] == [("ours",)]


async def test_what_cleans_up_is_awaited_however_often_it_is_cancelled() -> None:
    done: list[str] = []

    async def clean() -> None:
        await asyncio.sleep(0.01)
        done.append("clean")

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await to_its_end(clean())

    task = asyncio.create_task(work())
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["clean"]
