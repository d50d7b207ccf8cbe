"""Tasks that end when they are told to, also where a library loses a cancellation on its way."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

_logger = logging.getLogger("signaling.nodes")
_PATIENCE: Final = 0.1
"""Seconds after which a task that was cancelled, and goes on, is cancelled again."""


async def run_until_one_ends(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run them side by side; with the first that ends all do.

    Raises:
        Exception: That of the one that ended first.
    """
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = next((task for task in tasks if task.done()), None)
        await to_its_end(end(*tasks))
    if ended is not None:
        ended.result()


async def to_its_end(coroutine: Coroutine[Any, Any, None]) -> None:
    """Await what cleans up, however often we are cancelled meanwhile (as `end` does with who is slow)."""
    task, cancelled = asyncio.create_task(coroutine), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    task.result()


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks, until they are done; what else they end with is theirs."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_PATIENCE)
    for task in tasks:
        if not task.cancelled():
            task.exception()


def complain(runner: asyncio.Task[None]) -> None:
    """Say at once that a defect of ours has ended the connection for good."""
    if not runner.cancelled() and (error := runner.exception()) is not None:
        _logger.critical("the backplane has failed", exc_info=error)
