"""Virtual time: a clock in whole nanoseconds and the agenda of what the network will do."""

import heapq
from collections.abc import Callable
from typing import Any, Final
from typing import Protocol as Interface

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


class Journey(Interface):
    """Several steps that are taken as one."""

    @property
    def action(self) -> Callable[..., None]:
        """What happens at the end."""

    def revise(self, when_ns: int, now_ns: int) -> tuple[int, Callable[..., None]]:
        """What happens next, and when, now that something has changed.

        Args:
            when_ns: when it was to end.
            now_ns: what the time is.
        """


_push: Final = heapq.heappush
_Entry = tuple[int, int, Callable[..., None], tuple[Any, ...], Journey | None]


def _revise(entry: _Entry, now_ns: int) -> _Entry:
    when_ns, count, _, args, journey = entry
    if journey is None:
        return entry
    when_ns, action = journey.revise(when_ns, now_ns)
    return when_ns, count, action, args, None


class Agenda:
    """What the network will do and when; what is due at the same time keeps its order.

    Attributes:
        entries: a heap; the first one is due first, at its first item.
    """

    def __init__(self) -> None:
        self.entries: list[_Entry] = []
        self._count = 0

    def add(self, when_ns: int, action: Callable[..., None], *args: Any) -> None:
        """Note an action."""
        self._count += 1
        heapq.heappush(self.entries, (when_ns, self._count, action, args, None))

    def add_journey(self, when_ns: int, journey: Journey, args: tuple[Any, ...]) -> None:
        """Note the end of a journey, as long as nothing changes on its way."""
        self._count = count = self._count + 1
        _push(self.entries, (when_ns, count, journey.action, args, journey))

    def revise(self, now_ns: int) -> None:
        """Let journeys that are under way go on step by step, because something has changed."""
        revised = [_revise(entry, now_ns) for entry in self.entries]
        heapq.heapify(revised)
        self.entries[:] = revised

    def next_ns(self) -> int | None:
        """When the next action is due, or None if there is none."""
        return self.entries[0][0] if self.entries else None

    def perform(self, now_ns: int) -> None:
        """Do what is due, including what becomes due by doing it."""
        entries = self.entries
        while entries and entries[0][0] <= now_ns:
            _, _, action, args, _ = heapq.heappop(entries)
            action(*args)

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()
