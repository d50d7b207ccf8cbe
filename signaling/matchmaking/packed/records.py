"""How the server keeps and tells things: packed lists, with the parts that no script looks into as JSON."""

from typing import TypeAlias

import msgspec

from signaling.matchmaking.ledger.changes import Place
from signaling.matchmaking.tickets import Openness, Value


class Traits(msgspec.Struct, array_like=True, frozen=True):
    """A player, but for its place: in this order after name, session and node."""

    subject: str
    rating: float
    rtt: dict[str, float]
    openness: Openness
    bot: bool


class Body(msgspec.Struct, array_like=True, frozen=True):
    """What a player, or one for several, has asked for."""

    players: list[Traits]
    keys: tuple[str, ...]
    properties: dict[str, Value]
    avoid: tuple[str, ...]


class TicketHead(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Of a ticket what a leader looks at; what follows is passed over."""

    players: list[Place]
    id: str
    generation: int
    enqueued: float
    expires: float


class TicketRecord(msgspec.Struct, array_like=True, frozen=True):
    """A ticket."""

    players: list[Place]
    id: str
    generation: int
    enqueued: float
    expires: float
    away: list[str]
    bodies: list[str]


class OpeningRecord(msgspec.Struct, array_like=True, frozen=True):
    """Seats that are open."""

    id: str
    generation: int
    match: str
    room: str
    body: str


class KeptOpening(msgspec.Struct, array_like=True, frozen=True):
    """An opening and its stamp."""

    stamp: str
    opening: OpeningRecord


class MatchRecord(msgspec.Struct, array_like=True, frozen=True):
    """A match with its tickets and their teams; what scripts know of it at first is passed over."""

    beginning: msgspec.Raw
    body: str
    teams: list[int]
    tickets: list[TicketRecord]


class PartyRecord(msgspec.Struct, frozen=True):
    """A party that gathers; what else the server knows of it is passed over."""

    until: float


# --- the log --------------------------------------------------------------------------------------


class Waits(msgspec.Struct, array_like=True, frozen=True, tag="waits"):
    """A ticket waits, or has changed; it is a `TicketRecord`."""

    stamp: int
    ticket: msgspec.Raw


class Left(msgspec.Struct, array_like=True, frozen=True, tag="left"):
    """Tickets wait no more."""

    tickets: tuple[str, ...]


class Asked(msgspec.Struct, array_like=True, frozen=True, tag="asked"):
    """A claim was made."""

    claim: str
    accept_by: float


class Began(msgspec.Struct, array_like=True, frozen=True, tag="began"):
    """A match runs."""

    match: str
    players: tuple[tuple[str, str], ...]
    stamp: int


class Closed(msgspec.Struct, array_like=True, frozen=True, tag="closed"):
    """A claim or a match is over."""

    claim: str


class Opened(msgspec.Struct, array_like=True, frozen=True, tag="opened"):
    """Seats are open."""

    stamp: int
    opening: OpeningRecord


class Shut(msgspec.Struct, array_like=True, frozen=True, tag="shut"):
    """They are not any more."""

    opening: str


class Gathers(msgspec.Struct, array_like=True, frozen=True, tag="gathers"):
    """A party waits for its players."""

    party: str
    until: float


class Gathered(msgspec.Struct, array_like=True, frozen=True, tag="gathered"):
    """It does so no more."""

    party: str


ChangeRecord: TypeAlias = Waits | Left | Asked | Began | Closed | Opened | Shut | Gathers | Gathered


# --- reports --------------------------------------------------------------------------------------


class Queued(msgspec.Struct, array_like=True, frozen=True, tag="queued"):
    """A ticket waits."""

    sid: str
    ticket: str
    generation: int
    waiting: int
    estimate: float
    missing: int
    request: int


class Refused(msgspec.Struct, array_like=True, frozen=True, tag="refused"):
    """An order was not carried out."""

    sid: str
    code: int
    why: str
    request: int
    retry_after: float


class Done(msgspec.Struct, array_like=True, frozen=True, tag="done"):
    """It was."""

    sid: str
    request: int


class Found(msgspec.Struct, array_like=True, frozen=True, tag="found"):
    """A match for these sessions of the node: it comes beside the reports, under a name.

    Those who have left are not in it any more.
    """

    sids: tuple[str, ...]
    match: str
    left: tuple[str, ...]
    began: bool


class Started(msgspec.Struct, array_like=True, frozen=True, tag="started"):
    """It begins."""

    sids: tuple[str, ...]
    match: str
    left: tuple[str, ...]
    began: bool
    newcomers: bool


class Accepted(msgspec.Struct, array_like=True, frozen=True, tag="accepted"):
    """So many have said yes."""

    sid: str
    match: str
    accepted: int
    players: int


class Requeued(msgspec.Struct, array_like=True, frozen=True, tag="requeued"):
    """A match came to nothing."""

    sid: str
    match: str
    ticket: str
    generation: int
    why: str


class Over(msgspec.Struct, array_like=True, frozen=True, tag="over"):
    """A ticket or a match is over."""

    sid: str
    ticket: str
    outcome: str
    match: str
    result: str
    leavers: list[tuple[str, str]]


class MovedAway(msgspec.Struct, array_like=True, frozen=True, tag="moved_away"):
    """A player is on another node now."""

    sid: str


class Progress(msgspec.Struct, array_like=True, frozen=True, tag="progress"):
    """How a ticket stands."""

    sid: str
    ticket: str
    generation: int
    waited: float
    waiting: int
    window: float
    estimate: float
    blocked: str


ReportRecord: TypeAlias = (
    Queued | Refused | Done | Found | Started | Accepted | Requeued | Over | MovedAway | Progress
)


class LeadRecord(msgspec.Struct, array_like=True, frozen=True):
    """What a beat is answered with."""

    store: str
    now: float
    epoch: int
    lives: list[tuple[str, float, int]]
