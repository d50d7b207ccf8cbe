"""Who leads a queue: follows its log, lets the matcher tick, makes claims of proposals, and keeps all deadlines.

A core without I/O: changes, ticks, answers and deaths of nodes come in with the time, what is to be done comes
out of `handle_timer`, in portions that take some milliseconds at most.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Final

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.matching import Result, Tick
from signaling.matchmaking.leading.pacing import Pace
from signaling.matchmaking.leading.picture import Picture
from signaling.matchmaking.leading.progress import Prospects
from signaling.matchmaking.leading.proposing import claim_of
from signaling.matchmaking.leading.words import (
    Dissolve,
    Drop,
    ForgetNode,
    Lapse,
    ShutDown,
    Tell,
    Wish,
)
from signaling.matchmaking.ledger.changes import (
    Asked,
    Began,
    Change,
    Closed,
    Gathered,
    Gathers,
    Left,
    Life,
    Opened,
    Shut,
    Waits,
)
from signaling.matchmaking.ledger.claims import Answer, Claim, Verdict
from signaling.matchmaking.ledger.dealings import Outcome, Progress, Quit
from signaling.matchmaking.proposals import Proposal

RESUME_WITHIN: Final = 30.0
"""Seconds in which the sessions of a dead node may come back elsewhere."""
AGAIN: Final = 5.0
"""Seconds after which what the ledger has not done yet is asked of it again."""
CLAIMS_AT_ONCE: Final = 50
DEADLINES_AT_ONCE: Final = 100
LONGEST_MATCH: Final = 24 * 3600.0
"""Seconds after which a match that runs is over, whatever is going on in it."""


class _Due(IntEnum):
    """What a deadline is about."""

    TICKET = 1
    LOST = 2
    CLAIM = 3
    PARTY = 4
    OPENING = 5
    MATCH = 6


class Leader:
    """The one leader of a queue.

    Args:
        make_name: Makes ids of matches and names of rooms that nobody can guess.
        resume_for: Seconds in which the sessions of a dead node may come back elsewhere.
    """

    def __init__(
        self, queue: Queue, make_name: Callable[[], str], *, resume_for: float = RESUME_WITHIN
    ) -> None:
        self._queue = queue
        self._make_name = make_name
        self._resume_for = resume_for
        self._picture = Picture()
        self._pace = Pace()
        self._prospects = Prospects(queue)
        self._deadlines: list[tuple[float, _Due, str, str]] = []
        self._claims: dict[str, float] = {}
        self._parties: dict[str, float] = {}
        self._proposals: deque[Proposal] = deque()
        self._made: dict[str, tuple[Claim, list[float]]] = {}
        self._wishes: list[Wish] = []
        self._lives: tuple[Life, ...] = ()
        self._number = 0
        self._asked: tuple[str, ...] | None = None

    @property
    def waiting(self) -> int:
        """How many tickets wait."""
        return len(self._picture.tickets)

    @property
    def estimate(self) -> float | None:
        """How long those have waited who were matched lately."""
        return self._prospects.estimate

    @property
    def is_caught_up(self) -> bool:
        """Whether the matcher knows all that is known here."""
        return not self._picture.is_behind

    # --- what happens ---------------------------------------------------------------------------

    def receive_changes(self, changes: Iterable[Change], now: float) -> None:
        """Follow the log."""
        has_news = False
        for change in changes:
            match change:
                case Waits() | Left():
                    self._follow_tickets(change, now)
                    has_news = True
                case Opened() | Shut():
                    self._follow_openings(change, now)
                    has_news = True
                case Gathers(party, until):
                    self._parties[party] = until
                    self._at(until, _Due.PARTY, party)
                case Gathered(party):
                    self._parties.pop(party, None)
                case Asked(claim, accept_by):
                    self._claims[claim] = accept_by
                    self._at(accept_by, _Due.CLAIM, claim)
                case Began() | Closed():
                    self._follow_matches(change, now)
        if has_news:
            self._pace.receive_change(self.waiting)

    def _follow_tickets(self, change: Waits | Left, now: float) -> None:
        picture = self._picture
        if isinstance(change, Left):
            for name in change.tickets:
                picture.remove(name)
                self._prospects.remove(name)
        elif picture.put(change, now):
            name = change.name
            self._prospects.add(name, now)
            self._at(change.expires, _Due.TICKET, name)
            if name in picture.lost:
                self._at(now + self._resume_for, _Due.LOST, name)

    def _follow_openings(self, change: Opened | Shut, _now: float) -> None:
        if isinstance(change, Opened):
            self._picture.open(change)
            self._at(change.opening.expires, _Due.OPENING, change.opening.id)
        else:
            self._picture.shut(change.opening)

    def _follow_matches(self, change: Began | Closed, now: float) -> None:
        if isinstance(change, Began):
            self._claims.pop(change.match, None)
            if change.match not in self._picture.running:
                self._at(now + LONGEST_MATCH, _Due.MATCH, change.match)
            self._picture.running[change.match] = change
            for sid, node in change.players:
                if not self._picture.is_alive(node, change.stamp):
                    self._at(now + self._resume_for, _Due.MATCH, change.match, sid)
        else:
            self._claims.pop(change.claim, None)
            self._picture.running.pop(change.claim, None)

    def receive_lives(self, lives: tuple[Life, ...], now: float) -> None:
        """Hear which nodes there are."""
        before = set(self._picture.lost)
        self._lives = lives
        if not self._picture.receive_lives(lives, now):
            return
        self._pace.receive_change(self.waiting)
        for name in self._picture.lost.keys() - before:
            self._at(now + self._resume_for, _Due.LOST, name)
        for match, sid in self._picture.absent():
            self._at(now + self._resume_for, _Due.MATCH, match, sid)
        for life in lives:
            is_old = life.expires + 2 * self._resume_for < now
            if is_old and not self._picture.has_anybody(life.node):
                self._wishes.append(ForgetNode(life.node))

    def receive_result(self, result: Result, now: float) -> None:
        """Hear what a tick came to; that of a matcher that was given up is passed over."""
        if result.number != self._number or self._asked is None:
            return
        asked, self._asked = self._asked, None
        self._pace.receive_ticked(result.took)
        self._proposals.extend(result.ticked.proposals)
        taken = {ticket.id for each in self._proposals for ticket in each.tickets}
        known = [self._picture.tickets[name] for name in asked if name in self._picture.tickets]
        tickets = [each for each in known if each.name not in taken]
        told: dict[str, list[Progress]] = {}
        for node, report in self._prospects.tell(tickets, result.ticked.blocked, self.waiting, now):
            told.setdefault(node, []).append(report)
        self._wishes += [Tell(node, tuple(reports)) for node, reports in told.items()]

    def receive_answer(self, name: str, answer: Answer, _now: float) -> None:
        """Hear what became of a claim."""
        claim, waits = self._made.pop(name, (None, []))
        if claim is None:
            return
        if answer.verdict in (Verdict.DONE, Verdict.ALREADY):
            self._prospects.receive_match(waits)
            return
        for ticket, _ in claim.tickets:
            self._picture.give_back(ticket)
        if claim.match.opening is not None:
            self._picture.reopen(claim.match.opening)
        self._pace.receive_change(self.waiting)

    def receive_new_matcher(self) -> None:
        """The matcher has died, and there is another: it is told everything, and what it was at is forgotten."""
        self._asked = None
        self._number += 1
        self._proposals.clear()
        claimed = {name for claim, _ in self._made.values() for name, _ in claim.tickets}
        self._picture.begin_again(claimed)
        self._pace.receive_change(self.waiting)

    # --- what is to be done ---------------------------------------------------------------------

    def handle_timer(self, now: float) -> list[Wish]:
        """Do what is due; there may be more at once (`next_deadline`)."""
        wishes, self._wishes = self._wishes, []
        self._pace.receive_time(now)
        wishes += self._expire(now)
        while self._proposals and len(wishes) < CLAIMS_AT_ONCE:
            claim = self._claim(self._proposals.popleft(), now)
            wishes += [] if claim is None else [claim]
        if self._picture.is_behind:
            wishes.append(self._picture.feed())
        elif self._may_tick() and self._pace.due() <= now:
            wishes.append(self._tick(now))
        return wishes

    def next_deadline(self) -> float | None:
        """When `handle_timer` is to be called; in the past for at once."""
        if self._wishes or self._proposals or self._picture.is_behind:
            return 0.0
        deadlines = [self._deadlines[0][0]] if self._deadlines else []
        if self._may_tick():
            deadlines.append(self._pace.due())
        return min(deadlines, default=None)

    def _may_tick(self) -> bool:
        has_work = bool(self._picture.tickets)
        return has_work and self._asked is None and not self._proposals

    def _tick(self, now: float) -> Tick:
        self._number += 1
        self._asked = self._prospects.take_due(now)
        self._pace.begin(now)
        return Tick(self._number, now, self._asked)

    def _claim(self, proposal: Proposal, now: float) -> Claim | None:
        """Make a claim of a proposal whose tickets still are as the matcher knows them."""
        picture = self._picture
        fits = all(picture.is_as_fed(ticket) for ticket in proposal.tickets)
        opened = picture.openings.get(proposal.opening or "")
        if proposal.opening is not None:
            fits = fits and opened is not None and picture.is_opening(opened.opening)
        for ticket in proposal.tickets:
            picture.take(ticket.id)
        if not fits:
            for ticket in proposal.tickets:
                picture.give_back(ticket.id)
            if proposal.opening is not None:
                picture.reopen(proposal.opening)
            return None
        known = [picture.tickets[ticket.id] for ticket in proposal.tickets]
        claim = claim_of(self._queue, proposal, known, opened, self._make_name, now)
        self._made[claim.id] = claim, [now - each.enqueued for each in known]
        return claim

    # --- deadlines ------------------------------------------------------------------------------

    def _at(self, when: float, due: _Due, name: str, sid: str = "") -> None:
        if when != float("inf"):
            heapq.heappush(self._deadlines, (when, due, name, sid))

    def _expire(self, now: float) -> list[Wish]:
        wishes: list[Wish] = []
        for _ in range(DEADLINES_AT_ONCE):
            if not self._deadlines or self._deadlines[0][0] > now:
                break
            _, due, name, sid = heapq.heappop(self._deadlines)
            wish = self._overdue(due, name, sid, now)
            if wish:
                wishes += wish
                self._at(now + AGAIN, due, name, sid)
        return wishes

    def _overdue(self, due: _Due, name: str, sid: str, now: float) -> list[Wish]:
        """What is to be done about a deadline, if it still counts."""
        waits = self._picture.tickets.get(name)
        match due:
            case _Due.TICKET if waits is not None and waits.expires <= now:
                return [Drop(((name, waits.stamp),), Outcome.EXPIRED)]
            case _Due.LOST if waits is not None:
                since = self._picture.lost.get(name)
                if since is not None and since + self._resume_for <= now:
                    return [Drop(((name, waits.stamp),), Outcome.LOST)]
            case _Due.CLAIM if self._claims.get(name, now + 1) <= now:
                return [Lapse((name,))]
            case _Due.PARTY if self._parties.get(name, now + 1) <= now:
                return [Dissolve((name,))]
            case _Due.OPENING if name in self._picture.openings:
                opened = self._picture.openings[name]
                if opened.opening.expires <= now:
                    return [ShutDown(((name, opened.stamp),))]
            case _Due.MATCH if name in self._picture.running:
                return self._quits(self._picture.running[name], sid)
        return []

    def _quits(self, began: Began, sid: str) -> list[Wish]:
        """Let a player leave whose node is dead; without one, all of a match that lasts too long."""
        picture, queue = self._picture, self._queue.name
        if not sid:
            return [Quit(queue, began.match, each, "expired") for each, _ in began.players]
        return [
            Quit(queue, began.match, each, "lost")
            for each, node in began.players
            if each == sid and not picture.is_alive(node, began.stamp)
        ]
