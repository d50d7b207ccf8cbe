"""When which allocation must be looked at: a heap of numbers, with one live entry for each."""

import heapq


class Deadlines:
    """The next deadline of each allocation.

    A deadline that moves later costs nothing here: its owner looks too early, and sets the new one.
    One that moves earlier leaves a dead entry behind, which is dropped when it comes up.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []
        self._due: dict[int, float] = {}

    def __len__(self) -> int:
        """How many entries are kept, dead ones included."""
        return len(self._heap)

    def bring_forward(self, number: int, at: float) -> None:
        """See to it that `number` is looked at no later than `at`."""
        due = self._due.get(number)
        if due is None or at < due:
            self._due[number] = at
            heapq.heappush(self._heap, (at, number))

    def forget(self, number: int) -> None:
        """Drop what is set for `number`."""
        self._due.pop(number, None)

    def next(self) -> float | None:
        """Return the earliest deadline of all."""
        heap = self._heap
        while heap and self._due.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, now: float) -> int | None:
        """Take out one number whose deadline has come."""
        if not self._heap or self._heap[0][0] > now:
            return None
        at = self.next()
        if at is None or at > now:
            return None
        _, number = heapq.heappop(self._heap)
        del self._due[number]
        return number
