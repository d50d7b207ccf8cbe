"""The tickets and openings of one queue as the matcher keeps them from one tick to the next.

A pool changes when tickets come and go, and not when it is asked: what `tick` proposes stays in it until it is taken
out. What it comes to depends on what is in it and on the time, and not on the order in which that came.
"""

from collections import Counter
from collections.abc import Iterable

from signaling.matchmaking.backfill import fill
from signaling.matchmaking.candidates import Candidate, Cell, opening_cell
from signaling.matchmaking.hooks import Hook
from signaling.matchmaking.lines import Line
from signaling.matchmaking.proposals import Blocked, Proposal, Ticked
from signaling.matchmaking.queues import Queue
from signaling.matchmaking.reasons import reason
from signaling.matchmaking.searching import Search, Tally
from signaling.matchmaking.tickets import Opening, Ticket


class Pool:
    """What waits in one queue."""

    def __init__(self, queue: Queue, hook: Hook | None = None):
        self._queue = queue
        self._hook = hook
        self._tickets: dict[str, Candidate] = {}
        self._openings: dict[str, Opening] = {}

    def __len__(self) -> int:
        return len(self._tickets)

    def put(self, ticket: Ticket) -> None:
        """Let a ticket wait, in the place of what was known of it."""
        self._tickets[ticket.id] = Candidate(ticket, self._queue)

    def remove(self, ticket: str) -> None:
        """Take a ticket out, if it is there."""
        self._tickets.pop(ticket, None)

    def open(self, opening: Opening) -> None:
        """Let an opening be filled, in the place of what was known of it."""
        self._openings[opening.id] = opening

    def close(self, opening: str) -> None:
        """Take an opening out, if it is there."""
        self._openings.pop(opening, None)

    def tick(self, now: float, asked: Iterable[str] = ()) -> Ticked:
        """Find all matches that can be made now.

        Args:
            now: The time, by the clock of the tickets.
            asked: Tickets about which it should say why they wait; those that are not here are left out.
        """
        return _Tick(self._queue, self._hook, now, self._tickets, self._openings).run(asked)


class _Tick:
    """One tick."""

    def __init__(
        self,
        queue: Queue,
        hook: Hook | None,
        now: float,
        tickets: dict[str, Candidate],
        openings: dict[str, Opening],
    ):
        self._queue = queue
        self._now = now
        self._tickets = tickets
        self._openings = openings
        self._tally = Tally()
        self._search = Search(queue, now, hook, self._tally)
        self._lines: dict[Cell, Line] = {}
        self._ready: list[Candidate] = []

    def run(self, asked: Iterable[str]) -> Ticked:
        self._stand()
        proposals = [*self._fill(), *self._match()]
        blocked = self._reasons(asked)
        return Ticked(tuple(proposals), blocked, self._tally.cut, tuple(self._tally.faults))

    def _stand(self) -> None:
        cells: dict[Cell, list[Candidate]] = {}
        for one in self._tickets.values():
            one.stand(self._now, self._queue)
            one.free = False
            if one.misfit or one.ticket.paused or one.ticket.expires <= self._now:
                continue
            cells.setdefault(one.cell, []).append(one)
            self._ready.append(one)
        self._ready.sort(key=lambda one: (one.enqueued, one.ticket.id))
        for cell, those in cells.items():
            self._lines[cell] = Line(sorted(those, key=lambda one: one.place))

    def _fill(self) -> Iterable[Proposal]:
        for opening in sorted(self._openings.values(), key=lambda one: (one.enqueued, one.id)):
            cell = opening_cell(opening, self._queue)
            line = None if cell is None else self._lines.get(cell)
            if line is not None and opening.expires > self._now:
                found = fill(opening, line, self._queue, self._now, self._search)
                if found is not None:
                    yield self._taken(found, line)

    def _match(self) -> Iterable[Proposal]:
        for seed in self._ready:
            if seed.free and not seed.bot:
                line = self._lines[seed.cell]
                found = self._search.match(seed, line)
                if found is not None:
                    yield self._taken(found, line)

    def _taken(self, proposal: Proposal, line: Line) -> Proposal:
        for ticket in proposal.tickets:
            line.take(self._tickets[ticket.id])
        return proposal

    def _reasons(self, asked: Iterable[str]) -> dict[str, Blocked]:
        matched = {one.ticket.id for one in self._ready if not one.free}
        keys = Counter(one.cell[:1] for one in self._ready if one.free)
        blocked = {}
        for name in asked:
            one = self._tickets.get(name)
            if one is None or name in matched:
                continue
            line = self._lines.get(one.cell)
            others = () if line is None else line.nearest(one)
            elsewhere = keys[one.cell[:1]] > (1 if one.free else 0)
            blocked[name] = reason(one, others, self._queue, elsewhere=elsewhere)
        return blocked
