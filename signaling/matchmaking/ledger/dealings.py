"""What a node's hub asks of the desk that holds the queues (orders), and what it hears (reports).

Orders name a ticket with its generation: one that has been queued again in the meantime is another.
Reports come to the node of the player they are about, in the order in which the desk decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from signaling.codes import ErrorCode
from signaling.matchmaking.matches import Match
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.tickets import Opening, Ticket


class Outcome(Enum):
    """Why a ticket or a match is over."""

    CANCELLED = "cancelled"
    """The player, or another of its party, does not want any more."""
    DECLINED = "declined"
    """The player said no to a match, or said nothing in time."""
    EXPIRED = "expired"
    """It waited for as long as the queue allows."""
    LOST = "lost"
    """The player's session is gone."""
    FINISHED = "finished"
    """The match was played, and its result told."""
    ABANDONED = "abandoned"
    """Everybody left the match before there was a result."""
    CLOSED = "closed"
    """The queue is closed."""


# --- orders: of a hub to the desk -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Let a ticket wait. Its times are the desk's to set.

    With a `party`, this is one player's part: the ticket waits for `size` of them, for at most 30 s, and
    only then counts.
    """

    ticket: Ticket
    expires_in: float
    request: int | None = None
    party: str | None = None
    size: int = 1


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a ticket out; the race with a match is decided by who is first."""

    queue: str
    ticket: str
    sid: str
    outcome: Outcome = Outcome.CANCELLED
    request: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A player's connection is lost (`paused`), or there again."""

    queue: str
    ticket: str
    sid: str
    paused: bool


@dataclass(frozen=True, slots=True)
class MovePlayer:
    """A player's session is on this node now."""

    queue: str
    ticket: str
    sid: str
    node: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A player says yes or no to a match; `absent` where its session or ticket is not there any more."""

    queue: str
    match: str
    ticket: str
    generation: int
    sid: str
    accepted: bool
    absent: bool = False
    request: int | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Open seats in a match that runs; in the place of what was open in it before."""

    opening: Opening
    sid: str
    request: int | None = None


@dataclass(frozen=True, slots=True)
class Quit:
    """A player has left a match that runs."""

    queue: str
    match: str
    sid: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """A match is over, says its host (or its last player), with this result."""

    queue: str
    match: str
    sid: str
    result: bytes = b"null"
    request: int | None = None


Order: TypeAlias = Enqueue | Withdraw | Pause | MovePlayer | Reply | Open | Quit | Finish

# --- reports: of the desk to a hub ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queued:
    """A player's ticket waits; `players` are still missing from its party."""

    sid: str
    queue: str
    ticket: str
    generation: int
    waiting: int
    estimate: float | None = None
    missing: int = 0
    request: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An order of a session was not carried out, and why."""

    sid: str
    code: ErrorCode
    why: str
    request: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An order that had a request was carried out."""

    sid: str
    request: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How a ticket stands: seconds waited, its rating window now, tickets that wait with it, why it waits."""

    sid: str
    queue: str
    ticket: str
    generation: int
    waited: float
    waiting: int
    window: float | None = None
    estimate: float | None = None
    blocked: Blocked | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A match for a player here: its node says whether it is still there, or asks it, with `Reply`."""

    sid: str
    match: Match
    accept_in: float
    asks: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """So many players of so many have said yes."""

    sid: str
    match: str
    accepted: int
    players: int


@dataclass(frozen=True, slots=True)
class Started:
    """A match begins for a player here; `newcomers` is true where it ran before and was filled up."""

    sid: str
    match: Match
    newcomers: bool = False


@dataclass(frozen=True, slots=True)
class Requeued:
    """A match came to nothing, and the player's ticket waits again, as old as it was."""

    sid: str
    queue: str
    match: str
    ticket: str
    generation: int
    why: Outcome


@dataclass(frozen=True, slots=True)
class Over:
    """A ticket (`match` is None) or a match is over for a player here."""

    sid: str
    queue: str
    ticket: str
    outcome: Outcome
    match: str | None = None
    result: bytes = b"null"
    leavers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reachable:
    """Whether the desk can be reached; while it cannot, orders are refused with 503."""

    up: bool


@dataclass(frozen=True, slots=True)
class MovedAway:
    """Between desks, and not for hubs: a player of this node is on another now."""

    sid: str


Report: TypeAlias = (
    Queued | Refused | Done | Progress | Found | Accepted | Started | Requeued | Over | Reachable
)
