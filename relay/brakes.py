"""A brake: reading from one end of a connection stands still for as long as there is a reason."""

import asyncio
from collections.abc import Callable
from enum import Enum


class Reason(Enum):
    """Why nothing is read."""

    FULL = "the other end does not read"
    BANDWIDTH = "no more may pass just now"


class Brake:
    """Stops reading at the first reason and goes on after the last one.

    Args:
        stop: stops to read.
        go_on: reads again.
    """

    def __init__(self, stop: Callable[[], None], go_on: Callable[[], None]) -> None:
        self._stop = stop
        self._go_on = go_on
        self._reasons: set[Reason] = set()
        self._timer: asyncio.TimerHandle | None = None

    def hold(self, reason: Reason) -> None:
        """Stop for a reason."""
        if not self._reasons:
            self._stop()
        self._reasons.add(reason)

    def release(self, reason: Reason) -> None:
        """Hear that a reason is gone."""
        if reason in self._reasons:
            self._reasons.remove(reason)
            if not self._reasons:
                self._go_on()

    def hold_for(self, wait: Callable[[], float]) -> None:
        """Stop until there is bandwidth.

        Args:
            wait: gives the seconds to wait; it is asked again after that, until it gives 0.
        """
        if self._timer is None:
            seconds = wait()
            if seconds:
                self.hold(Reason.BANDWIDTH)
                self._timer = asyncio.get_running_loop().call_later(seconds, self._look, wait)
            else:
                self.release(Reason.BANDWIDTH)

    def let_go(self) -> None:
        """Forget everything, because the connection is closed."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self._reasons.clear()

    def _look(self, wait: Callable[[], float]) -> None:
        self._timer = None
        self.hold_for(wait)
