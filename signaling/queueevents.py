"""What a client hears of its tickets and matches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from signaling.matchmaking.ledger.dealings import Outcome
from signaling.matchmaking.proposals import Blocked
from signaling.messages import IceServer, MatchPeer


@dataclass(frozen=True, slots=True)
class TicketQueued:
    """A ticket waits, with so many others; `missing` of its party are still to come.

    Told when a party is complete, and when a ticket was queued again because the session was lost.
    """

    ticket: str
    queue: str
    waiting: int
    missing: int = 0
    estimate: float | None = None


@dataclass(frozen=True, slots=True)
class TicketUpdated:
    """How a ticket stands: seconds waited, tickets that wait, how far away in rating others may be, why it waits."""

    ticket: str
    queue: str
    waited: float
    waiting: int
    window: float | None = None
    estimate: float | None = None
    blocked: Blocked | None = None


@dataclass(frozen=True, slots=True)
class MatchFound:
    """A match for a ticket; where it `asks`, it is to be accepted within so many seconds."""

    ticket: str
    queue: str
    match: str
    players: int
    accept_within: float
    asks: bool


@dataclass(frozen=True, slots=True)
class MatchAccepted:
    """So many of the players have said yes."""

    match: str
    accepted: int
    players: int


@dataclass(frozen=True, slots=True)
class MatchStarted:
    """A match begins, or was filled up; all it takes to play it.

    Attributes:
        room: To be joined.
        you: Our name in it.
        peers: The other players.
        token: For ten minutes it lets another connection into the room, under our name.
        filled: It has been running, and others have come.
    """

    ticket: str
    queue: str
    match: str
    room: str
    you: str
    team: int
    host: str
    peers: tuple[MatchPeer, ...]
    ice: tuple[IceServer, ...]
    region: str | None = None
    token: str | None = field(default=None, repr=False)
    filled: bool = False

    @property
    def hosts(self) -> bool:
        """Whether we host."""
        return self.host == self.you


@dataclass(frozen=True, slots=True)
class TicketRequeued:
    """A match came to nothing, and the ticket waits again, as old as it was."""

    ticket: str
    queue: str
    match: str
    reason: Outcome


@dataclass(frozen=True, slots=True)
class TicketEnded:
    """A ticket is over; with `match`, that match is, with its result and who left it before."""

    ticket: str
    queue: str
    reason: Outcome
    match: str | None = None
    result: Any = None
    leavers: Mapping[str, str] = field(default_factory=dict)


QueueEvent: TypeAlias = (
    TicketQueued
    | TicketUpdated
    | MatchFound
    | MatchAccepted
    | MatchStarted
    | TicketRequeued
    | TicketEnded
)
