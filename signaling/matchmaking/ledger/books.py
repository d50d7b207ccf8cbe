"""What a queue's ledger holds, and how it notes what happens."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from signaling.codes import ErrorCode
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.changes import Began, Change, Left, Life, Waits
from signaling.matchmaking.ledger.claims import Claim, seat
from signaling.matchmaking.ledger.dealings import Done, MovedAway, Outcome, Over, Refused, Report
from signaling.matchmaking.matches import Match
from signaling.matchmaking.tickets import Opening, Ticket

PARTY_WITHIN: Final = 30.0
"""Seconds in which all of a party must come."""
OVER_FOR: Final = 600.0
"""Seconds for which it is known that a ticket or a match is over, so that what comes late does not begin it again."""

Addressed: TypeAlias = tuple[str, Report | MovedAway]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket that waits; `away` are those of its players whose connection is lost."""

    ticket: Ticket
    stamp: int
    away: frozenset[str] = frozenset()


@dataclass(slots=True)
class Gathering:
    """A party whose players are not all there."""

    size: int
    parts: list[Ticket]
    until: float
    away: frozenset[str] = frozenset()

    @property
    def ticket(self) -> str:
        """The name of the ticket that it will be."""
        return self.parts[0].id


@dataclass(slots=True)
class Held:
    """A claim that was made; when all have said yes, a match that runs."""

    claim: Claim
    match: Match
    waiting: list[Waiting]
    teams: list[int]
    yes: set[str] = field(default_factory=set)
    began: bool = False
    left: dict[str, str] = field(default_factory=dict)
    """The sessions of players that have left, and why."""
    opening: Opening | None = None
    """What a claim for open seats has taken."""
    open: str = ""
    """The opening of a match that runs."""
    joining: list[str] = field(default_factory=list)
    """The claims whose players are asked to join it."""
    stamp: int = 0

    def whole(self) -> Match:
        """The match with the tickets and seats of all who have not left."""
        return seat(self.match, [each.ticket for each in self.waiting], self.teams, self.left)

    def leavers(self) -> dict[str, str]:
        """The names of players that have left, and why."""
        return {
            player.peer: self.left[player.sid]
            for each in self.waiting
            for player in each.ticket.players
            if player.sid in self.left
        }

    def player(self, sid: str) -> tuple[str, str, str] | None:
        """Find a player that has not left."""
        return next((each for each in self.players() if each[1] == sid), None)

    def begun(self) -> Began:
        """Say who plays now, and where."""
        players = tuple((sid, node) for node, sid, _ in self.players())
        return Began(self.match.id, players, self.stamp)

    def players(self) -> list[tuple[str, str, str]]:
        """Node, session and ticket of each player that has not left."""
        return [
            (player.node, player.sid, each.ticket.id)
            for each in self.waiting
            for player in each.ticket.players
            if player.sid not in self.left
        ]


@dataclass(slots=True)
class Books:
    """All that is known of a queue. Tickets are in one of `tickets`, `parties`, `held` and `over`."""

    queue: Queue
    tickets: dict[str, Waiting] = field(default_factory=dict)
    parties: dict[str, Gathering] = field(default_factory=dict)
    gathers: dict[str, str] = field(default_factory=dict)
    """The party that gathers under a ticket's name."""
    held: dict[str, Held] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    """The claim that has a ticket."""
    openings: dict[str, tuple[Opening, int]] = field(default_factory=dict)
    over: dict[str, float] = field(default_factory=dict)
    lives: dict[str, Life] = field(default_factory=dict)
    processes: dict[str, str] = field(default_factory=dict)
    leader: str = ""
    epoch: int = 0
    leads_until: float = 0.0
    estimate: float | None = None
    stamp: int = 0
    reports: list[Addressed] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    # --- what is said ---------------------------------------------------------------------------

    def tell(self, node: str, report: Report | MovedAway) -> None:
        """Report to a node."""
        self.reports.append((node, report))

    def done(self, source: str, sid: str, request: int | None) -> None:
        """Say that an order was carried out, where somebody wants to know."""
        if request is not None:
            self.tell(source, Done(sid, request))

    def refuse(
        self,
        source: str,
        sid: str,
        code: ErrorCode,
        why: str,
        request: int | None,
        retry_after: float | None = None,
    ) -> None:
        """Say that an order was not carried out, where somebody wants to know."""
        if request is not None:
            self.tell(source, Refused(sid, code, why, request, retry_after))

    # --- what is written ------------------------------------------------------------------------

    def next_stamp(self) -> int:
        """Count one more change."""
        self.stamp += 1
        return self.stamp

    def put(self, ticket: Ticket, away: Iterable[str] = ()) -> None:
        """Let a ticket wait, or write down how it has changed."""
        away = frozenset(away)
        ticket = replace(ticket, paused=bool(away))
        waiting = self.tickets[ticket.id] = Waiting(ticket, self.next_stamp(), away)
        self.changes.append(Waits(ticket, waiting.stamp))

    def end(self, ticket: Ticket, outcome: Outcome, now: float) -> None:
        """End a ticket, and tell its players."""
        self.forget(ticket.id, now)
        for player in ticket.players:
            self.tell(player.node, Over(player.sid, self.queue.name, ticket.id, outcome))

    def forget(self, name: str, now: float) -> None:
        """Know of a ticket or claim only that it was there."""
        self.over[name] = now + OVER_FOR

    def note(self, held: Held) -> None:
        """Write down that a match runs, or how its players have changed."""
        held.stamp = self.next_stamp()
        self.changes.append(held.begun())

    def leave(self, names: Iterable[str]) -> None:
        """Take tickets out of those that wait."""
        names = tuple(names)
        for name in names:
            del self.tickets[name]
        self.changes.append(Left(names))
