"""The order in which tasks that could all go on do go on: theirs, or one drawn to find races."""

import asyncio
import collections
import itertools
import random
from typing import Any


def shuffle_tasks(ready: "collections.deque[asyncio.Handle]", drawn: random.Random) -> None:
    """Let steps of tasks that stand behind one another change places.

    None of them passes any other callback: asyncio promises the order of those, and its own
    transports and sockets rely on being asked before the task that waits for them goes on.
    """
    order: list[asyncio.Handle] = []
    for are_steps, run in itertools.groupby(ready, _is_step):
        handles = list(run)
        if are_steps:
            drawn.shuffle(handles)
        order.extend(handles)
    ready.clear()
    ready.extend(order)


def _is_step(handle: asyncio.Handle) -> bool:
    callback: Any = getattr(handle, "_callback", None)
    return isinstance(getattr(callback, "__self__", None), asyncio.Task)
