"""The tickets and openings of one queue as the matcher keeps them from one tick to the next.

A pool changes when tickets come and go, and not when it is asked: what `tick` proposes stays in it until it is taken
out. What it comes to depends on what is in it and on the time, and not on the order in which that came.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import attrgetter

from signaling.matchmaking.configuration.hooks import Hook
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.matcher.backfill import Backfill, cell_of_opening
from signaling.matchmaking.matcher.candidates import Candidate, Cell, stand_all
from signaling.matchmaking.matcher.concluding import Conclusion, Found
from signaling.matchmaking.matcher.lines import Line
from signaling.matchmaking.matcher.pairing import pair
from signaling.matchmaking.matcher.reasons import reason
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.matcher.searching import Crowd, Search
from signaling.matchmaking.matcher.shelves import Shelf
from signaling.matchmaking.matcher.tallies import Tally
from signaling.matchmaking.proposals import Blocked, Proposal, Ticked
from signaling.matchmaking.tickets import Opening, Ticket

_AGE, _PLACE = attrgetter("age"), attrgetter("place")


class Pool:
    """What waits in one queue."""

    def __init__(self, queue: Queue, hook: Hook | None = None):
        self._rules = Rules(queue)
        self._hook = hook
        self._tickets: dict[str, Candidate] = {}
        self._openings: dict[str, Opening] = {}
        self._by_age = Shelf(_AGE)
        self._cells: dict[Cell, Shelf] = {}
        self._peers: dict[str, int] = {}
        self._namesakes = 0
        self._expires = math.inf
        self._bots = self._touchy = self._parties = 0
        self._matched: list[Candidate] = []

    def __len__(self) -> int:
        return len(self._tickets)

    def put(self, ticket: Ticket) -> None:
        """Let a ticket wait, in the place of what was known of it."""
        self.remove(ticket.id)
        one = Candidate(ticket, self._rules)
        self._tickets[ticket.id] = one
        self._bots += one.bot
        self._touchy += one.touchy
        self._parties += one.size != 1
        self._count(one.peers, 1)
        if one.fit and not ticket.paused:
            self._by_age.put(one)
            self._expires = min(self._expires, one.expires)
            if one.cell not in self._cells:
                self._cells[one.cell] = Shelf(_PLACE)
            self._cells[one.cell].put(one)

    def remove(self, ticket: str) -> None:
        """Take a ticket out, if it is there."""
        one = self._tickets.pop(ticket, None)
        if one is None:
            return
        one.gone = True
        one.part()
        self._bots -= one.bot
        self._touchy -= one.touchy
        self._parties -= one.size != 1
        self._count(one.peers, -1)
        if one.fit and not one.ticket.paused:
            self._by_age.drop(one)
            self._cells[one.cell].drop(one)

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
        by_age = self._by_age.settled()
        for one in self._matched:
            one.matched = False
        self._matched = []
        stand_all(by_age, now, self._rules, bots=self._bots > 0)
        lines = self._lines(now, late=self._is_late(by_age, now))
        tally, conclusion = Tally(), Conclusion(self._rules, now, self._hook)
        backfill = Backfill(self._rules, now, tally, conclusion)
        proposals = self._fill(lines, now, backfill)
        search = Search(self._rules, tally, conclusion, self._crowd())
        if self._pairs(search):
            proposals += self._pair(by_age, lines, search)
        else:
            proposals += self._match(by_age, lines, search)
        blocked = self._blocked(asked, now)
        return Ticked(tuple(proposals), blocked, tally.cut, tuple(conclusion.faults))

    def _is_late(self, those: list[Candidate], now: float) -> bool:
        """Whether the time of anybody is over."""
        if now < self._expires:
            return False
        self._expires = min((one.expires for one in those), default=math.inf)
        return self._expires <= now

    def _count(self, peers: Iterable[str], more: int) -> None:
        """Count the players of each name, and the names of several."""
        counts = self._peers
        for peer in peers:
            before = counts.get(peer, 0)
            counts[peer] = after = before + more
            self._namesakes += (after > 1) - (before > 1)
            if not after:
                del counts[peer]

    def _pairs(self, search: Search) -> bool:
        """Whether all there is to do is to pair players with their nearest."""
        rules = self._rules
        return rules.duel and rules.queue.least == 2 and search.is_plain and not self._parties

    def _pair(
        self, by_age: list[Candidate], lines: dict[Cell, Line], search: Search
    ) -> Iterator[Proposal]:
        def searched(seed: Candidate) -> Proposal | None:
            line = lines[seed.cell]
            found = search.match(seed, line)
            return None if found is None else self._take(found, line)

        namesakes = search.has_namesakes
        return pair(by_age, self._rules, searched, self._matched, namesakes=namesakes)

    def _match(
        self, by_age: list[Candidate], lines: dict[Cell, Line], search: Search
    ) -> Iterator[Proposal]:
        least, going_on = self._rules.queue.least, len(lines)
        for seed in by_age:
            if not seed.free or seed.bot:
                continue
            if seed.near > seed.window and seed.size < least:
                continue
            line = lines[seed.cell]
            if line.has_ended():
                continue
            found = search.match(seed, line)
            if found is not None:
                yield self._take(found, line)
            elif line.has_ended():
                going_on -= 1
                if not going_on:
                    return

    def _take(self, found: Found, line: Line) -> Proposal:
        line.take_all(found[0])
        self._matched += found[0]
        return found[1]

    def _crowd(self) -> Crowd:
        return Crowd(self._bots > 0, self._namesakes > 0, self._touchy > 0)

    def _lines(self, now: float, *, late: bool) -> dict[Cell, Line]:
        lines = {}
        for cell in list(self._cells):
            those = self._cells[cell].settled()
            if not those:
                del self._cells[cell]
                continue
            lines[cell] = Line(_unexpired(those, now) if late else those)
        return lines

    def _fill(self, lines: dict[Cell, Line], now: float, backfill: Backfill) -> list[Proposal]:
        proposals = []
        for opening in sorted(self._openings.values(), key=lambda one: (one.enqueued, one.id)):
            line = lines.get(cell_of_opening(opening, self._rules) or ())
            if line is not None and opening.expires > now:
                found = backfill.fill(opening, line)
                if found is not None:
                    proposals.append(self._take(found, line))
        return proposals

    def _blocked(self, asked: Iterable[str], now: float) -> dict[str, Blocked]:
        names = [name for name in asked if name in self._tickets]
        if not names:
            return {}
        waiting = {
            cell: [one for one in shelf.settled() if one.expires > now and not one.matched]
            for cell, shelf in self._cells.items()
        }
        keys: Counter[object] = Counter()
        for cell, those in waiting.items():
            keys[cell[:1]] += len(those)
        lines = {
            cell: Line(waiting.get(cell, []))
            for cell in {self._tickets[name].cell for name in names}
        }
        return {
            name: reason(
                one,
                lines[one.cell].nearest(one),
                self._rules.queue,
                elsewhere=keys[one.cell[:1]] > one.free,
            )
            for name in names
            if not (one := self._tickets[name]).matched
        }


def _unexpired(those: list[Candidate], now: float) -> list[Candidate]:
    """Those who still may be matched; the others are not free."""
    here = [one for one in those if one.expires > now]
    if len(here) < len(those):
        for one in those:
            one.free = False
    return here
