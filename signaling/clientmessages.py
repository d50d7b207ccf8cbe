"""What a client says in `hairpin.v1`, as the types that decode and validate it.

A message is a flat JSON object whose `t` names its type. Fields that are absent take their
default, fields that are unknown are ignored, `null` stands for "absent" where the type says so.
`data` and the values in `meta` belong to the members: the server carries them and looks at nothing
but their size.

A client that wants to go on after its connection was lost gives its messages numbers (`seq`): the
server tells how far they have come in (`ack`), and passes over those that come again.
"""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Raw

from signaling.matchmaking.tickets import Openness
from signaling.parts import (
    AttemptId,
    CallState,
    Capabilities,
    ClientInfo,
    MatchId,
    MessageId,
    Metadata,
    Number,
    Numbers,
    Party,
    PeerName,
    Properties,
    QueueName,
    Rating,
    Reason,
    Region,
    RequestId,
    ResumeToken,
    Resumption,
    RoomKey,
    RoomName,
    RoundTrips,
    Seats,
    SignalKind,
    Subjects,
    TicketId,
    Token,
    Topology,
)

__all__ = [
    "AcceptMatch",
    "Ack",
    "Auth",
    "Bye",
    "CancelTicket",
    "ClientMessage",
    "DeclineMatch",
    "EnterQueue",
    "FromClient",
    "Hello",
    "IceRequest",
    "Join",
    "Kick",
    "Leave",
    "Lock",
    "OpenSeats",
    "Ping",
    "QuitMatch",
    "ResumeToken",
    "Signal",
    "State",
    "Stats",
    "TellResult",
]


class FromClient(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="t", tag=str.lower
):
    """Anything a client sends in a frame of its own.

    `id` asks for an answer that bears it; `seq` numbers the message; `ack` is the number of the last
    message that came in from the server.
    """

    id: RequestId | None = None
    seq: Number | None = None
    ack: Numbers | None = None


class Hello(FromClient, frozen=True, tag="hello"):
    """The first message of a connection; with `resume` it takes up a session again."""

    peer: PeerName | None = None
    meta: Metadata = {}
    token: Token | None = None
    client: ClientInfo | None = None
    caps: Capabilities = ()
    region: Region = ""
    resume: Resumption | None = None


class Auth(FromClient, frozen=True, tag="auth"):
    """Show a newer token, before the one shown in `hello` expires."""

    token: Token


class Join(FromClient, frozen=True, tag="join"):
    """Ask to become a member of a room; `meta` takes the place of the one in `hello`.

    `topology` and `max` count for whoever opens the room, and so does `key`: others must show the same.
    """

    room: RoomName
    key: RoomKey | None = None
    meta: Metadata | None = None
    topology: Topology | None = None
    max: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class Leave(FromClient, frozen=True, tag="leave"):
    """Ask to be a member no longer."""

    room: RoomName


class Signal(FromClient, frozen=True, tag="signal"):
    """Something for another member of the room."""

    room: RoomName
    to: PeerName
    kind: SignalKind
    data: Raw = Raw(b"null")
    pc: AttemptId | None = None
    mid: MessageId | None = None


class State(FromClient, frozen=True, tag="state"):
    """Change one's metadata in a room: keys are replaced, `null` takes a key away."""

    room: RoomName
    meta: Metadata


class Kick(FromClient, frozen=True, tag="kick"):
    """Put another member out; for hosts."""

    room: RoomName
    peer: PeerName
    reason: Reason = ""


class Lock(FromClient, frozen=True, tag="lock"):
    """Let nobody in any more, or again; for hosts."""

    room: RoomName
    locked: bool = True


class Stats(FromClient, frozen=True, tag="stats"):
    """Tell how an attempt to connect went, for the operator's metrics; times in milliseconds."""

    room: RoomName
    peer: PeerName
    state: CallState
    pc: AttemptId | None = None
    relayed: bool = False
    connect_ms: Annotated[int, Meta(ge=0, le=3_600_000)] | None = None
    rtt_ms: Annotated[int, Meta(ge=0, le=3_600_000)] | None = None


class IceRequest(FromClient, frozen=True, tag="ice"):
    """Ask for ICE servers with fresh credentials."""


class Ping(FromClient, frozen=True, tag="ping"):
    """Ask whether the server still listens."""


class Ack(FromClient, frozen=True, tag="ack"):
    """Nothing but `ack`."""


class Bye(FromClient, frozen=True, tag="bye"):
    """End the session, leaving every room."""


class EnterQueue(FromClient, frozen=True, tag="mm.enqueue"):
    """Wait in a queue for a match, alone or with a party.

    `rating` counts where the queue trusts its clients; `rtt` are the milliseconds to each region.
    """

    queue: QueueName
    party: Party | None = None
    props: Properties = {}
    rating: Rating | None = None
    rtt: RoundTrips = {}
    openness: Openness = Openness.UNKNOWN
    avoid: Subjects = ()
    bot: bool = False
    expires_s: Annotated[float, Meta(ge=1, le=86_400)] | None = None


class CancelTicket(FromClient, frozen=True, tag="mm.cancel"):
    """Wait no longer; of a party, nobody does."""

    ticket: TicketId


class AcceptMatch(FromClient, frozen=True, tag="mm.accept"):
    """Say yes to a match that was found."""

    match: MatchId


class DeclineMatch(FromClient, frozen=True, tag="mm.decline"):
    """Say no to a match that was found, and wait no longer."""

    match: MatchId


class OpenSeats(FromClient, frozen=True, tag="mm.open"):
    """Let others into a match that runs, so many into each team, instead of those asked for before; for its host."""

    match: MatchId
    seats: Seats


class QuitMatch(FromClient, frozen=True, tag="mm.quit"):
    """Play a match no longer."""

    match: MatchId
    reason: Reason = ""


class TellResult(FromClient, frozen=True, tag="mm.result"):
    """Say how a match went, which ends it; for its host, or the last player in it."""

    match: MatchId
    result: Raw = Raw(b"null")


ClientMessage: TypeAlias = (
    Hello
    | Auth
    | Join
    | Leave
    | Signal
    | State
    | Kick
    | Lock
    | Stats
    | IceRequest
    | Ping
    | Ack
    | Bye
    | EnterQueue
    | CancelTicket
    | AcceptMatch
    | DeclineMatch
    | OpenSeats
    | QuitMatch
    | TellResult
)
