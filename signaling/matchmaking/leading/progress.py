"""What tickets are told while they wait: how long it may take, and why it takes so long."""

import heapq
from collections import deque
from collections.abc import Mapping
from statistics import median
from typing import Final

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.changes import Waits
from signaling.matchmaking.ledger.dealings import Progress
from signaling.matchmaking.proposals import Blocked

EVERY: Final = 2.0
"""Seconds between two words to a ticket whose state changes; more where very many wait."""
AT_LEAST_EVERY: Final = 10.0
AT_ONCE: Final = 200
"""Tickets that are asked about in one tick, at most: those that have heard nothing for longest."""
FIRST: Final = AT_ONCE * 3 // 4
"""Of them newcomers, who have heard nothing yet, at most: they go first, for else they heard after all who wait."""
REMEMBERED: Final = 64
"""Waiting times from which one is estimated."""

_State = tuple[float | None, int, float | None, Blocked | None]


class Prospects:
    """Estimates waiting times, and knows whom to tell what."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._waits: deque[float] = deque(maxlen=REMEMBERED)
        self._fresh: deque[tuple[float, str]] = deque()
        self._due: list[tuple[float, str]] = []
        self._next: dict[str, float] = {}
        self._told: dict[str, tuple[float, _State | None]] = {}

    @property
    def estimate(self) -> float | None:
        """How long those have waited who were matched lately; None if there are none."""
        return round(median(self._waits), 1) if self._waits else None

    def receive_match(self, waits: list[float]) -> None:
        """Hear how long the tickets of a match have waited."""
        self._waits.extend(waits)

    def add(self, ticket: str, now: float) -> None:
        """Begin to tell a ticket how it stands."""
        if ticket not in self._told:
            self._told[ticket] = (now, None)
            self._next[ticket] = now + EVERY
            self._fresh.append((now + EVERY, ticket))

    def remove(self, ticket: str) -> None:
        """Tell it no more."""
        self._told.pop(ticket, None)
        self._next.pop(ticket, None)

    def take_due(self, now: float) -> tuple[str, ...]:
        """Whom to ask about in this tick."""
        names = self._newcomers(now, FIRST)
        while self._due and self._due[0][0] <= now and len(names) < AT_ONCE:
            when, name = heapq.heappop(self._due)
            if self._next.get(name) == when:
                names.append(name)
                self._plan(name, now)
        return *names, *self._newcomers(now, AT_ONCE - len(names))

    def _newcomers(self, now: float, most: int) -> list[str]:
        """Take those who have heard nothing, and should have by now."""
        names: list[str] = []
        while self._fresh and self._fresh[0][0] <= now and len(names) < most:
            when, name = self._fresh.popleft()
            if self._next.get(name) == when:
                names.append(name)
                self._plan(name, now)
        return names

    def _plan(self, ticket: str, now: float) -> None:
        self._next[ticket] = now + EVERY
        heapq.heappush(self._due, (now + EVERY, ticket))

    def tell(
        self, tickets: list[Waits], blocked: Mapping[str, Blocked], waiting: int, now: float
    ) -> list[tuple[str, Progress]]:
        """Say how those tickets stand whose state has changed, or that have heard nothing for long."""
        reports: list[tuple[str, Progress]] = []
        for ticket in tickets:
            state = self._state(ticket, blocked.get(ticket.name), waiting, now)
            since, last = self._told.get(ticket.name, (now, None))
            if last is not None and last == state and now - since < AT_LEAST_EVERY:
                continue
            if ticket.name in self._told:
                self._told[ticket.name] = (now, state)
            reports += [
                (node, self._progress(sid, ticket, state, now)) for sid, node, _ in ticket.places
            ]
        return reports

    def _state(self, ticket: Waits, blocked: Blocked | None, waiting: int, now: float) -> _State:
        rating = self._queue.rating
        window = None if rating is None else rating.at(now - ticket.enqueued)
        return window, waiting, self.estimate, blocked

    def _progress(self, sid: str, ticket: Waits, state: _State, now: float) -> Progress:
        window, waiting, estimate, blocked = state
        waited = round(now - ticket.enqueued, 1)
        left = None if estimate is None or estimate < waited else round(estimate - waited, 1)
        name, generation = self._queue.name, ticket.generation
        return Progress(sid, name, ticket.name, generation, waited, waiting, window, left, blocked)
