"""What an operator sees of a queue: who waits and for how long, and what is played."""

from collections.abc import Iterable
from dataclasses import dataclass

from signaling.matchmaking.ledger.changes import Asked, Began, Change, Gathers, Opened, Waits


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """One queue, over all nodes.

    Attributes:
        waiting: Tickets that wait for a match.
        gathering: Parties that wait for the rest of their players.
        found: Matches that were found, and have not begun.
        running: Matches that are played.
        players: Who plays them, together.
        openings: Of these matches, those that have open seats.
        longest: Seconds that the oldest ticket has waited; None where none waits.
    """

    queue: str
    waiting: int
    gathering: int
    found: int
    running: int
    players: int
    openings: int
    longest: float | None


class Overview:
    """Adds up what a leader would be told of a queue from the beginning."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._counts = dict.fromkeys((Waits, Gathers, Asked, Began, Opened), 0)
        self._players = 0
        self._oldest: float | None = None

    def add(self, changes: Iterable[Change]) -> None:
        """Count what is so."""
        for change in changes:
            self._add(change)

    def _add(self, change: Change) -> None:
        kind = Waits if isinstance(change, Waits) else type(change)
        if kind in self._counts:
            self._counts[kind] += 1
        if isinstance(change, Waits):
            oldest = self._oldest
            self._oldest = change.enqueued if oldest is None else min(change.enqueued, oldest)
        elif isinstance(change, Began):
            self._players += len(change.players)

    def seen(self, now: float) -> QueueSeen:
        """Say what that comes to, by the desk's clock."""
        counts = self._counts
        return QueueSeen(
            self._queue,
            waiting=counts[Waits],
            gathering=counts[Gathers],
            found=counts[Asked],
            running=counts[Began],
            players=self._players,
            openings=counts[Opened],
            longest=None if self._oldest is None else max(0.0, now - self._oldest),
        )


def see_queue(queue: str, whole: Iterable[Change], now: float) -> QueueSeen:
    """See a queue of which everything is at hand."""
    overview = Overview(queue)
    overview.add(whole)
    return overview.seen(now)
