"""One timer for the next of many deadlines."""

import asyncio
from collections.abc import Callable


class Alarm:
    """Calls back when the earliest deadline has come.

    Args:
        handle: is called with the time; the alarm is off then, and may be set again.
    """

    def __init__(self, handle: Callable[[float], None]) -> None:
        self._handle = handle
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def set(self, deadline: float | None) -> None:
        """See to it that `handle` is called no later than `deadline`; None for not at all."""
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._ring, deadline)

    def _ring(self, deadline: float) -> None:
        self._timer = None
        self._handle(max(self._loop.time(), deadline))  # asyncio may be early by its resolution
