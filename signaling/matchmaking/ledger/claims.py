"""How a leader takes tickets for a match: all or none of them, once, and only while it leads."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from signaling.matchmaking.ledger.changes import Waits
from signaling.matchmaking.matches import Match, Seat
from signaling.matchmaking.tickets import Opening, Ticket


@dataclass(frozen=True, slots=True)
class Claim:
    """Take these tickets for a match.

    Attributes:
        id: Of the claim, made before it is first sent: that of the match, or one of its own where a match
            that runs is filled up.
        match: Without its tickets and seats, which are as the ledger has them.
        tickets: Each with the stamp under which the leader knows it: one that has changed since is another.
        teams: The team of each ticket.
        opening: The stamp of the opening that is filled; 0 for a new match.
        remainder: The seats that are still open when the newcomers are in; None for none.
        known: The same tickets, in the same order, as the leader has them. Whoever finds their stamps in its
            books has the same there.
    """

    id: str
    match: Match
    tickets: tuple[tuple[str, int], ...]
    teams: tuple[int, ...]
    opening: int = 0
    remainder: Opening | None = None
    known: tuple[Waits, ...] = field(default=(), compare=False, repr=False)


class Verdict(Enum):
    """What became of a claim."""

    DONE = "done"
    ALREADY = "already"
    """It was done before: sent twice."""
    FENCED = "fenced"
    """Another leads."""
    MISSING = "missing"
    """A ticket, or the opening, is not there any more as it was; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a claim; `missing` is the place of the ticket, or their number for the opening."""

    verdict: Verdict
    missing: int = -1


def combine(parts: Sequence[Ticket]) -> Ticket:
    """Make one ticket of what each player of a party asked for; the first speaks for all, but for whom they avoid."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return replace(
        first,
        players=tuple(player for part in parts for player in part.players),
        avoid=frozenset().union(*(part.avoid for part in parts)),
        enqueued=min(part.enqueued for part in parts),
        expires=min(part.expires for part in parts),
    )


def seat(
    match: Match, tickets: Sequence[Ticket], teams: Sequence[int], left: Container[str] = ()
) -> Match:
    """Put tickets into a match, each into its team; without players that have left."""
    staying = [
        (replace(ticket, players=players), team)
        for ticket, team in zip(tickets, teams, strict=True)
        if (players := tuple(each for each in ticket.players if each.sid not in left))
    ]
    seats = tuple(
        Seat(player, ticket.id, ticket.generation, team)
        for ticket, team in staying
        for player in ticket.players
    )
    return replace(match, tickets=tuple(ticket for ticket, _ in staying), seats=seats)
