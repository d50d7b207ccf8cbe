"""What the server says in `hairpin.v1`.

Everything bears a number (`seq`, from 1 on in each session) that must not be lost, so that a session
can go on over another connection. Without a number are only `welcome`, `pong`, `ack`, `go_away`, and
an `error` that is fatal.
"""

from typing import TypeAlias

import msgspec
from msgspec import Raw, field

from signaling.matchmaking.ledger.dealings import Outcome
from signaling.matchmaking.proposals import Blocked
from signaling.parts import (
    IceServer,
    LeaveReason,
    MatchPeer,
    Metadata,
    Number,
    Numbers,
    PeerInfo,
    RequestId,
    Role,
    ServerInfo,
    SessionLimits,
    SignalKind,
    Topology,
    UndeliveredReason,
)


class FromServer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="t", tag=str.lower
):
    """Anything the server sends in a frame of its own.

    `id` is that of the request it answers; `seq` its number in the session; `ack` the number of the
    last message that came in from the client.
    """

    id: RequestId | None = None
    seq: Number | None = None
    ack: Numbers | None = None


class Welcome(FromServer, frozen=True, tag="welcome"):
    """The first frame from the server.

    `resume` is the token to come back with, absent where the session is not kept; it is new with each
    connection. Where `resumed` is true, the `replay` messages that were missed follow, in order.
    """

    sid: str
    peer: str
    resumed: bool
    ping_ms: int
    limits: SessionLimits
    ice: tuple[IceServer, ...]
    ice_ttl_s: int
    server: ServerInfo
    caps: tuple[str, ...]
    replay: int = 0
    resume: str | None = None
    resume_s: float = 0.0


class Joined(FromServer, frozen=True, tag="joined"):
    """The answer to `join`: the room as it is, without the newcomer."""

    room: str
    you: str
    max: int
    rev: int
    peers: tuple[PeerInfo, ...]
    ice: tuple[IceServer, ...]
    role: Role = Role.MEMBER
    topology: Topology = Topology.MESH
    locked: bool = False


class PeerJoin(FromServer, frozen=True, tag="peer.join"):
    """A newcomer is in the room; it will offer."""

    room: str
    peer: str
    polite: bool
    rev: int
    meta: Metadata = {}
    role: Role = Role.MEMBER


class PeerGone(FromServer, frozen=True, tag="peer.gone"):
    """A member's signaling connection is lost; it may be back within `grace_s`. Calls with it go on."""

    room: str
    peer: str
    grace_s: float
    rev: int


class PeerBack(FromServer, frozen=True, tag="peer.back"):
    """A member that was gone is back, and missed nothing."""

    room: str
    peer: str
    rev: int


class PeerLeave(FromServer, frozen=True, tag="peer.leave"):
    """A member is in the room no longer."""

    room: str
    peer: str
    reason: LeaveReason
    rev: int


class PeerState(FromServer, frozen=True, tag="peer.state"):
    """A member's metadata changed; `meta` is the whole of it."""

    room: str
    peer: str
    meta: Metadata
    rev: int


class PeerRole(FromServer, frozen=True, tag="peer.role"):
    """A member has another role now; also told to the member itself."""

    room: str
    peer: str
    role: Role
    rev: int


class RoomLock(FromServer, frozen=True, tag="room.lock"):
    """The room is locked, or no longer."""

    room: str
    locked: bool
    by: str
    rev: int


class Removed(FromServer, frozen=True, tag="removed"):
    """You are no longer in the room, without having left: put out, replaced, or the room is closed."""

    room: str
    reason: LeaveReason
    by: str = ""
    msg: str = ""


class Forwarded(FromServer, frozen=True, tag="signal"):
    """A signal on its second half way; `from` is written by the server."""

    room: str
    sender: str = field(name="from")
    kind: SignalKind
    data: Raw
    pc: str | None = None
    mid: str | None = None


class Undelivered(FromServer, frozen=True, tag="undelivered"):
    """A signal did not arrive."""

    room: str
    to: str
    reason: UndeliveredReason
    pc: str | None = None
    mid: str | None = None


class Ice(FromServer, frozen=True, tag="ice"):
    """ICE servers with fresh credentials, asked for or not."""

    ice: tuple[IceServer, ...]
    ice_ttl_s: int


class Expiring(FromServer, frozen=True, tag="expiring"):
    """The token expires in `in_ms`: show a newer one with `auth`, or be closed with 4401."""

    in_ms: int


class GoAway(FromServer, frozen=True, tag="go_away"):
    """The server will close in `deadline_ms`; come back `after_ms` later, to `url` if there is one.

    `move` means that another node can take the session over while this one runs: leave `after_ms`
    after this message, and resume.
    """

    deadline_ms: int
    after_ms: int
    url: str | None = None
    move: bool = False


class Ok(FromServer, frozen=True, tag="ok"):
    """Done."""


class Pong(FromServer, frozen=True, tag="pong"):
    """The answer to `ping`."""


class Acked(FromServer, frozen=True, tag="ack"):
    """Nothing but `ack`."""


class Error(FromServer, frozen=True, tag="error"):
    """Not done, and why; `fatal` means that a close follows."""

    code: int
    name: str
    msg: str
    fatal: bool
    retry_ms: int | None = None


class TicketQueued(FromServer, frozen=True, tag="mm.queued"):
    """A ticket waits, with `waiting` others in the queue; `missing` players of its party are still to come.

    The answer to `mm.enqueue`; and an event when the party is complete.
    """

    ticket: str
    queue: str
    waiting: int
    missing: int = 0
    eta_s: float | None = None


class TicketUpdate(FromServer, frozen=True, tag="mm.update"):
    """How a ticket stands, about every two seconds while that changes.

    `window` is how far away in rating others may be by now, `blocked_by` why there is no match yet.
    """

    ticket: str
    queue: str
    waited_s: float
    waiting: int
    window: float | None = None
    eta_s: float | None = None
    blocked_by: Blocked | None = None


class MatchFound(FromServer, frozen=True, tag="mm.found"):
    """A match for a ticket; where it `asks`, say `mm.accept` or `mm.decline` within `accept_by_ms`."""

    match: str
    ticket: str
    queue: str
    players: int
    accept_by_ms: int
    asks: bool


class MatchAccepted(FromServer, frozen=True, tag="mm.accepted"):
    """So many of the players have said yes by now."""

    match: str
    accepted: int
    players: int


class MatchStart(FromServer, frozen=True, tag="mm.start"):
    """A match begins: join the `room`.

    `you` and `team` are one's own name and team, `host` the name of who hosts. Where `filled` is true the
    match has been running, and `peers` are those that it is played with from now on. With the `token`
    another connection may join the room under this name: as the token of `hello`, or the key of `join`.
    """

    match: str
    ticket: str
    queue: str
    room: str
    you: str
    team: int
    host: str
    peers: tuple[MatchPeer, ...]
    ice: tuple[IceServer, ...]
    ice_ttl_s: int
    token: str | None = None
    region: str | None = None
    filled: bool = False


class TicketRequeued(FromServer, frozen=True, tag="mm.requeued"):
    """A match came to nothing; the ticket waits again, as old as it was."""

    match: str
    ticket: str
    queue: str
    reason: Outcome


class MatchEnded(FromServer, frozen=True, tag="mm.ended"):
    """A ticket is over without a match; or with `match`, a match is, with its result and who left it before."""

    ticket: str
    queue: str
    reason: Outcome
    match: str | None = None
    result: Raw = Raw(b"null")
    leavers: dict[str, str] = {}


ServerMessage: TypeAlias = (
    Welcome
    | Joined
    | PeerJoin
    | PeerGone
    | PeerBack
    | PeerLeave
    | PeerState
    | PeerRole
    | RoomLock
    | Removed
    | Forwarded
    | Undelivered
    | Ice
    | Expiring
    | GoAway
    | Ok
    | Pong
    | Acked
    | Error
    | TicketQueued
    | TicketUpdate
    | MatchFound
    | MatchAccepted
    | MatchStart
    | TicketRequeued
    | MatchEnded
)

UNNUMBERED = (Welcome, Pong, Acked, GoAway)
"""What bears no number, besides an error that is fatal: it makes no sense on another connection."""
