"""Deadlines of many things in one heap; one that was moved or cancelled is passed over when it comes up."""

import heapq
from enum import Enum
from typing import TypeAlias


class Deadline(Enum):
    """What a deadline is for, and whose it is: a connection's, a session's, a join's, a member's elsewhere, or a desk's."""

    HELLO = "hello"
    ANSWER = "answer"
    ADMIT = "admit"
    GRACE = "grace"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    ICE = "ice"
    HOME = "home"
    HAND_OVER = "hand over"
    FENCE = "fence"
    FORWARD = "forward"
    ROUTE = "route"
    DESK = "desk"


Timer: TypeAlias = tuple[Deadline, str]


def join_key(sid: str, room: str) -> str:
    """Say whose a join's deadline is."""
    return f"{sid} {room}"


class Timers:
    """At most one deadline for each thing."""

    def __init__(self) -> None:
        self._when: dict[Timer, float] = {}
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._when)

    def set(self, deadline: Deadline, key: str, when: float) -> None:
        """Set a deadline, in the place of an earlier one."""
        timer = (deadline, key)
        self._when[timer] = when
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, timer))
        if len(self._heap) > 2 * len(self._when) + 64:
            self._compact()

    def cancel(self, deadline: Deadline, key: str) -> None:
        """Take a deadline away, if there is one."""
        self._when.pop((deadline, key), None)

    def next(self) -> float | None:
        """Say when the next one is due."""
        heap = self._heap
        while heap and self._when.get(heap[0][2]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def take_due(self, now: float) -> Timer | None:
        """Take out the first one that is due; what is done about it may cancel the next."""
        when = self.next()
        if when is None or when > now:
            return None
        timer = heapq.heappop(self._heap)[2]
        del self._when[timer]
        return timer

    def _compact(self) -> None:
        self._heap = [entry for entry in self._heap if self._when.get(entry[2]) == entry[0]]
        heapq.heapify(self._heap)
