"""When a leader lets the matcher tick: at once for a newcomer in a small pool, seldom while nothing changes."""

from typing import Final

SMALL: Final = 1_000
"""Tickets of a pool in which a newcomer is tried at once."""
FASTEST: Final = 0.1
SLOWEST: Final = 1.0
"""Seconds between two ticks: at least, and at most while tickets wait."""
SHARE: Final = 2.0
"""How many times as long as the last tick took the matcher may rest."""


class Pace:
    """Knows when the next tick is due."""

    def __init__(self) -> None:
        self._last = -SLOWEST
        self._took = 0.0
        self._changed = False
        self._fresh = False

    def receive_change(self, waiting: int) -> None:
        """Something has come or gone; `waiting` tickets are there."""
        self._changed = True
        self._fresh = self._fresh or waiting <= SMALL

    def receive_ticked(self, took: float) -> None:
        """Hear how long a tick took."""
        self._took = took

    def begin(self, now: float) -> None:
        """A tick begins."""
        self._last = now
        self._changed = self._fresh = False

    def receive_time(self, now: float) -> None:
        """Know the time: where it has gone back, nothing waits for what it was."""
        self._last = min(self._last, now)

    def due(self) -> float:
        """When the next tick is; in the past for at once."""
        if self._fresh:
            return self._last
        if self._changed:
            return self._last + min(SLOWEST, max(FASTEST, SHARE * self._took))
        return self._last + SLOWEST
