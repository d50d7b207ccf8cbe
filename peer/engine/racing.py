"""Several ways to the same end, started one after the other, until one gets there (RFC 8305)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

#: RFC 8305 §5's Connection Attempt Delay.
ATTEMPT_DELAY: Final = 0.25

T = TypeVar("T")


async def race(
    attempts: Sequence[Callable[[], Awaitable[T]]],
    discard: Callable[[T], None] = lambda _: None,
    *,
    delay: float = ATTEMPT_DELAY,
) -> T:
    """Begin each attempt a while after the one before, or as soon as that has failed.

    Args:
        attempts: At least one.
        discard: Takes what came second.
        delay: Seconds from one beginning to the next.

    Returns:
        What came first. The other attempts are cancelled.

    Raises:
        OSError: What the first attempt raised, when all have failed.
    """
    if len(attempts) == 1:
        return await attempts[0]()
    waiting = deque(attempts)
    order: list[asyncio.Task[T]] = []
    running: set[asyncio.Task[T]] = set()
    try:
        while waiting or running:
            if waiting:
                order.append(asyncio.ensure_future(_run(waiting.popleft())))
                running.add(order[-1])
            done, running = await asyncio.wait(
                running,
                timeout=delay if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            winners = [task for task in order if task in done and task.exception() is None]
            for task in winners[1:]:
                discard(task.result())
            if winners:
                return winners[0].result()
    finally:
        await _cancel(running, discard)
    return order[0].result()  # it raises


async def _run(attempt: Callable[[], Awaitable[T]]) -> T:
    return await attempt()


async def _cancel(tasks: set[asyncio.Task[T]], discard: Callable[[T], None]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled() and task.exception() is None:
            discard(task.result())
