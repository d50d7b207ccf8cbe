"""The order in which tasks that could all go on do go on: theirs, or one drawn to find races."""

import asyncio
import collections
import random
from typing import Any


def shuffle_tasks(ready: "collections.deque[asyncio.Handle]", drawn: random.Random) -> None:
    """Let the steps of tasks among the callbacks that are due change places.

    Other callbacks keep theirs: asyncio promises their order, and its own transports rely on it.
    """
    places = [place for place, handle in enumerate(ready) if _is_step(handle)]
    steps = [ready[place] for place in places]
    drawn.shuffle(steps)
    for place, step in zip(places, steps, strict=True):
        ready[place] = step


def _is_step(handle: asyncio.Handle) -> bool:
    callback: Any = getattr(handle, "_callback", None)
    return isinstance(getattr(callback, "__self__", None), asyncio.Task)
