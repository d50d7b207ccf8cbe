"""Background work is owned: cancelled in the end, and its errors are told."""

import asyncio
from typing import Any

import pytest

from peer.engine.background import Background, within


async def fail() -> None:
    raise RuntimeError("out of order")


@pytest.fixture
async def reported() -> list[Any]:
    found: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: found.append(str(context["exception"]))
    )
    return found


async def test_an_error_in_the_background_reaches_the_loops_handler(reported: list[Any]) -> None:
    await asyncio.wait([Background().spawn(fail())])
    await asyncio.sleep(0)
    assert reported == ["out of order"]


async def test_what_still_runs_is_cancelled_and_the_caller_is_not() -> None:
    background = Background()
    other = background.spawn(asyncio.Event().wait())
    await background.spawn(background.cancel())
    assert other.cancelled()


async def test_what_is_late_is_cancelled_and_the_rest_is_done(reported: list[Any]) -> None:
    late = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            late.set()

    await within(0.01, [hang(), fail()])
    await within(1, [])
    await late.wait()
    assert reported == ["out of order"]
