"""Virtual time: a clock in whole nanoseconds and the agenda of what the network will do."""

import heapq
from collections.abc import Callable
from typing import Any, Final

NANOSECONDS: Final = 1_000_000_000
EPOCH: Final = 1_735_689_600
"""The Unix time at which every world begins: 2025-01-01 00:00 UTC."""


def to_ns(seconds: float) -> int:
    """Seconds as whole nanoseconds."""
    return round(seconds * NANOSECONDS)


def to_ns_reaching(seconds: float) -> int:
    """Seconds as whole nanoseconds, at which a timer for then is due on asyncio's own reckoning.

    An event loop compares floats and takes a timer that is less than a nanosecond away as due.
    """
    nanoseconds = round(seconds * NANOSECONDS)
    while nanoseconds / NANOSECONDS + 1 / NANOSECONDS <= seconds:
        nanoseconds += 1
    return nanoseconds


class Clock:
    """The time of a world. It begins at zero and only jumps forward.

    The methods named after functions of the `time` module answer as they would.
    """

    def __init__(self) -> None:
        self.now_ns = 0

    def advance_to(self, when_ns: int) -> None:
        """Jump; a time that has passed is no jump at all."""
        self.now_ns = max(self.now_ns, when_ns)

    def monotonic(self) -> float:
        """Seconds since the world began."""
        return self.now_ns / NANOSECONDS

    def monotonic_ns(self) -> int:
        """Nanoseconds since the world began."""
        return self.now_ns

    def time(self) -> float:
        """Unix time in seconds."""
        return EPOCH + self.now_ns / NANOSECONDS

    def time_ns(self) -> int:
        """Unix time in nanoseconds."""
        return EPOCH * NANOSECONDS + self.now_ns


class Agenda:
    """What the network will do and when; what is due at the same time keeps its order."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0

    def add(self, when_ns: int, action: Callable[..., None], *args: Any) -> None:
        """Note an action."""
        self._count += 1
        heapq.heappush(self._entries, (when_ns, self._count, action, args))

    def next_ns(self) -> int | None:
        """When the next action is due, or None if there is none."""
        return self._entries[0][0] if self._entries else None

    def perform(self, now_ns: int) -> None:
        """Do what is due, including what becomes due by doing it."""
        entries = self._entries
        while entries and entries[0][0] <= now_ns:
            _, _, action, args = heapq.heappop(entries)
            action(*args)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
