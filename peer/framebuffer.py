"""A queue of frames that keeps the newest: who reads too slowly misses some, and memory stays."""

import asyncio
from collections import deque
from typing import Any


class FrameBuffer(asyncio.Queue[Any]):
    """A queue that never keeps its writer waiting; `None` is its end, which is never dropped.

    Args:
        size: How many frames are kept.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        #: How many were dropped because nobody read them in time.
        self.dropped = 0

    def _init(self, maxsize: int) -> None:  # noqa: ARG002 - asyncio's hook for other orders
        self._queue: deque[Any] = deque()

    def _put(self, item: Any) -> None:  # asyncio's hook as well
        if item is not None and len(self._queue) >= self._size:
            self._queue.popleft()
            self.dropped += 1
        self._queue.append(item)
