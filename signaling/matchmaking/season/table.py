"""The queue in virtual time: who waits, who is asked, who leaves, and when the matcher is due."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from signaling.matchmaking.configuration.hooks import Hook
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.pacing import Pace
from signaling.matchmaking.matcher.pools import Pool
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.season.arrivals import Arrival
from signaling.matchmaking.season.book import Book
from signaling.matchmaking.season.measuring import measure
from signaling.matchmaking.season.records import Ending, Season
from signaling.matchmaking.tickets import Ticket

LONG: Final = 30.0
"""Seconds after which it is asked why a ticket still waits."""
_ASKED: Final = 200
_TICK: Final = 4e-6
"""Seconds that a tick takes for each ticket: it is not measured, so that the same seed tells the same."""
_NEVER: Final = float("inf")


@dataclass(slots=True)
class _Guest:
    """A ticket that is here; `offered` is true while it is asked about a match, and not in the pool."""

    arrival: Arrival
    ticket: Ticket
    leaves: float = _NEVER
    ending: Ending = Ending.EXPIRED
    offered: bool = False

    @property
    def is_bot(self) -> bool:
        return self.ticket.players[0].bot


@dataclass(frozen=True, slots=True)
class _Offer:
    """A match that is found, and who says no to it, or nothing."""

    proposal: Proposal
    unwilling: frozenset[str]


class Table:
    """One queue."""

    def __init__(self, queue: Queue, hook: Hook | None = None) -> None:
        self._queue = queue
        self._pace = Pace()
        self._pool = Pool(queue, hook)
        self._guests: dict[str, _Guest] = {}
        self._book = Book()
        self._spare: Iterator[Arrival] = iter(())
        self._leaving: list[tuple[float, str]] = []
        self._offers: list[tuple[float, int, _Offer]] = []
        self._numbers = itertools.count()
        self._waiting = 0
        self._now = 0.0

    def stand_by(self, spare: Iterator[Arrival], number: int) -> None:
        """Let so many bots wait; for one that plays another comes."""
        self._spare = spare
        for _ in range(number):
            self._bring_bot(0.0)

    def arrive(self, arrival: Arrival) -> None:
        """Let a ticket come, at its time."""
        queue, now = self._queue, arrival.at
        self._book.come(arrival)
        if len(arrival.players) > queue.party_max or self._waiting >= queue.most_waiting:
            self._book.end(arrival, Ending.REFUSED, now)
            return
        ticket = arrival.ticket(queue)
        gives_up = now + arrival.patience
        ending = Ending.GAVE_UP if gives_up < ticket.expires else Ending.EXPIRED
        guest = _Guest(arrival, ticket, min(gives_up, ticket.expires), ending)
        self._guests[ticket.id] = guest
        heapq.heappush(self._leaving, (guest.leaves, ticket.id))
        self._put(guest, now)

    def run_until(self, end: float) -> None:
        """Let happen what is due until then."""
        while (now := self._next()) <= end:
            self._now = now
            if self._leaving and self._leaving[0][0] <= now:
                self._leave(heapq.heappop(self._leaving)[1], now)
            elif self._offers and self._offers[0][0] <= now:
                self._conclude(heapq.heappop(self._offers)[2], now)
            else:
                self._tick(now)

    def note(self, now: float) -> None:
        """Write down how it is, and why those wait who have waited for long."""
        people = [one for one in self._guests.values() if not (one.is_bot or one.offered)]
        self._book.note(now, len(people), min((one.arrival.at for one in people), default=now))
        asked = [one.ticket.id for one in people if now - one.arrival.at >= LONG][:_ASKED]
        if asked:
            self._book.give_reasons(self._pool.tick(now, asked).blocked.values())

    def close(self, seconds: float) -> Season:
        """End the season; who waits now has waited in vain."""
        for guest in self._guests.values():
            if not guest.is_bot:
                self._book.end(guest.arrival, Ending.WAITING, seconds)
        return self._book.close(self._queue, seconds)

    def _next(self) -> float:
        leaving = self._leaving[0][0] if self._leaving else _NEVER
        offer = self._offers[0][0] if self._offers else _NEVER
        return min(leaving, offer, self._due(self._now))

    def _due(self, now: float) -> float:
        """When the matcher is asked again; not at all where nobody waits who could be matched."""
        return max(now, self._pace.due()) if self._waiting else _NEVER

    def _put(self, guest: _Guest, now: float) -> None:
        guest.offered = False
        self._pool.put(guest.ticket)
        self._waiting += not guest.is_bot
        self._now = now
        self._pace.receive_change(len(self._pool))

    def _take(self, guest: _Guest) -> None:
        guest.offered = True
        self._pool.remove(guest.ticket.id)
        self._waiting -= not guest.is_bot

    def _leave(self, name: str, now: float) -> None:
        """One that is asked about a match thinks of leaving only when that comes to nothing."""
        guest = self._guests.get(name)
        if guest is not None and not guest.offered:
            self._take(guest)
            self._end(guest, guest.ending, now)

    def _end(self, guest: _Guest, ending: Ending, now: float) -> None:
        del self._guests[guest.ticket.id]
        if guest.is_bot:
            self._bring_bot(now)
        else:
            self._book.end(guest.arrival, ending, now)

    def _bring_bot(self, now: float) -> None:
        arrival = next(self._spare)
        ticket = replace(arrival.ticket(self._queue), enqueued=now, expires=_NEVER)
        guest = _Guest(arrival, ticket)
        self._guests[ticket.id] = guest
        self._put(guest, now)

    def _tick(self, now: float) -> None:
        self._pace.begin(now)
        ticked = self._pool.tick(now)
        self._pace.receive_ticked(_TICK * len(self._pool))
        self._book.ticks += 1
        self._book.cut += ticked.cut
        for proposal in ticked.proposals:
            self._offer(proposal, now)

    def _offer(self, proposal: Proposal, now: float) -> None:
        guests = [self._guests[ticket.id] for ticket in proposal.tickets]
        for guest in guests:
            self._take(guest)
        patience = self._queue.accept_within
        if patience is None:
            self._conclude(_Offer(proposal, frozenset()), now)
            return
        no = {one.ticket.id: _says_no_after(one, patience) for one in guests}
        first = min(no.values())
        unwilling = frozenset(name for name, after in no.items() if after == first != _NEVER)
        after = first if unwilling else max(one.arrival.answers_after for one in guests)
        offer = _Offer(proposal, unwilling)
        heapq.heappush(self._offers, (now + after, next(self._numbers), offer))

    def _conclude(self, offer: _Offer, now: float) -> None:
        if offer.unwilling:
            self._book.aborted += 1
        else:
            self._book.match(measure(offer.proposal, self._queue, now))
        for ticket in offer.proposal.tickets:
            guest = self._guests[ticket.id]
            if not offer.unwilling:
                self._end(guest, Ending.MATCHED, now)
            elif ticket.id in offer.unwilling:
                self._end(guest, Ending.DECLINED, now)
            elif guest.leaves <= now:
                self._end(guest, guest.ending, now)
            else:
                guest.ticket = replace(ticket, generation=ticket.generation + 1)
                self._put(guest, now)


def _says_no_after(guest: _Guest, patience: float) -> float:
    """Seconds until it has said no, or nothing for too long; infinity where it says yes."""
    arrival = guest.arrival
    if arrival.answers_after >= patience:
        return patience
    if 0 < arrival.declines <= guest.ticket.generation:
        return arrival.answers_after
    return _NEVER
