"""Every message of `hairpin.v1`, as the type that decodes and validates it.

A message is a flat JSON object whose `t` names its type. Fields that are absent take their
default, fields that are unknown are ignored, `null` stands for "absent" where the type says so.
`data` and the values in `meta` belong to the members: the server carries them and looks at nothing
but their size.
"""

from enum import Enum
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Raw, field

SUBPROTOCOL = "hairpin.v1"
PATH = "/v1/ws"

_PRINTABLE = r"\A[^\x00-\x1f\x7f]+\Z"

RequestId: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1)]
PeerName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTABLE)]
RoomName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128, pattern=_PRINTABLE)]
AttemptId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
MessageId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=24)]
Metadata: TypeAlias = dict[str, Any]


class SignalKind(Enum):
    """What a signal carries; the server only checks that the word is one of these."""

    OFFER = "offer"
    ANSWER = "answer"
    CANDIDATES = "candidates"
    BYE = "bye"
    CUSTOM = "custom"


class MemberState(Enum):
    """Whether a member's signaling connection is up."""

    HERE = "here"
    GONE = "gone"


class LeaveReason(Enum):
    """Why a member is no longer in the room."""

    LEFT = "left"
    BYE = "bye"
    LOST = "lost"
    SLOW = "slow"
    CLOSED = "closed"


class UndeliveredReason(Enum):
    """Why a signal did not reach the member it was sent to."""

    UNKNOWN_PEER = "unknown_peer"
    GONE = "gone"
    SLOW = "slow"
    TOO_BIG = "too_big"


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a message."""


class IceServer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ICE server in the shape of W3C's RTCIceServer."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class ClientInfo(Struct, frozen=True):
    """Which program a client is."""

    name: str = ""
    ver: str = ""


class ServerInfo(Struct, frozen=True):
    """Which server answered."""

    node: str
    ver: str
    region: str = ""


class SessionLimits(Struct, frozen=True):
    """What the server allows one session; sizes in bytes, rate in messages per second."""

    msg: int
    rate: float
    burst: int
    rooms: int
    peers: int
    meta: int


class PeerInfo(Struct, frozen=True):
    """Another member of a room; `polite` says whether that member is the polite one of the two."""

    peer: str
    polite: bool
    meta: Metadata = {}
    state: MemberState = MemberState.HERE


class Message(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="t", tag=str.lower
):
    """Anything that travels in a frame of its own."""

    id: RequestId | None = None


# --- client to server -------------------------------------------------------------------------


class Hello(Message, frozen=True, tag="hello"):
    """The first message of a connection."""

    peer: PeerName | None = None
    meta: Metadata = {}
    token: str | None = None
    client: ClientInfo | None = None
    caps: tuple[str, ...] = ()


class Join(Message, frozen=True, tag="join"):
    """Ask to become a member of a room; `meta` takes the place of the one in `hello`."""

    room: RoomName
    key: str | None = None
    meta: Metadata | None = None


class Leave(Message, frozen=True, tag="leave"):
    """Ask to be a member no longer."""

    room: RoomName


class Signal(Message, frozen=True, tag="signal"):
    """Something for another member of the room."""

    room: RoomName
    to: PeerName
    kind: SignalKind
    data: Raw = Raw(b"null")
    pc: AttemptId | None = None
    mid: MessageId | None = None


class State(Message, frozen=True, tag="state"):
    """Change one's metadata in a room: keys are replaced, `null` takes a key away."""

    room: RoomName
    meta: Metadata


class IceRequest(Message, frozen=True, tag="ice"):
    """Ask for ICE servers with fresh credentials."""


class Ping(Message, frozen=True, tag="ping"):
    """Ask whether the server still listens."""


class Bye(Message, frozen=True, tag="bye"):
    """End the session, leaving every room."""


ClientMessage: TypeAlias = Hello | Join | Leave | Signal | State | IceRequest | Ping | Bye


# --- server to client -------------------------------------------------------------------------


class Welcome(Message, frozen=True, tag="welcome"):
    """The first frame from the server."""

    sid: str
    peer: str
    resumed: bool
    ping_ms: int
    limits: SessionLimits
    ice: tuple[IceServer, ...]
    ice_ttl_s: int
    server: ServerInfo
    caps: tuple[str, ...]


class Joined(Message, frozen=True, tag="joined"):
    """The answer to `join`: the room as it is, without the newcomer."""

    room: str
    you: str
    max: int
    rev: int
    peers: tuple[PeerInfo, ...]
    ice: tuple[IceServer, ...]


class PeerJoin(Message, frozen=True, tag="peer.join"):
    """A newcomer is in the room; it will offer."""

    room: str
    peer: str
    polite: bool
    rev: int
    meta: Metadata = {}


class PeerLeave(Message, frozen=True, tag="peer.leave"):
    """A member is in the room no longer."""

    room: str
    peer: str
    reason: LeaveReason
    rev: int


class PeerState(Message, frozen=True, tag="peer.state"):
    """A member's metadata changed; `meta` is the whole of it."""

    room: str
    peer: str
    meta: Metadata
    rev: int


class Forwarded(Message, frozen=True, tag="signal"):
    """A signal on its second half way; `from` is written by the server."""

    room: str
    sender: str = field(name="from")
    kind: SignalKind
    data: Raw
    pc: str | None = None
    mid: str | None = None


class Undelivered(Message, frozen=True, tag="undelivered"):
    """A signal did not arrive."""

    room: str
    to: str
    reason: UndeliveredReason
    pc: str | None = None
    mid: str | None = None


class Ice(Message, frozen=True, tag="ice"):
    """ICE servers with fresh credentials, asked for or not."""

    ice: tuple[IceServer, ...]
    ice_ttl_s: int


class GoAway(Message, frozen=True, tag="go_away"):
    """The server will close in `deadline_ms`; come back `after_ms` later."""

    deadline_ms: int
    after_ms: int


class Ok(Message, frozen=True, tag="ok"):
    """Done."""


class Pong(Message, frozen=True, tag="pong"):
    """The answer to `ping`."""


class Error(Message, frozen=True, tag="error"):
    """Not done, and why; `fatal` means that a close follows."""

    code: int
    name: str
    msg: str
    fatal: bool
    retry_ms: int | None = None


ServerMessage: TypeAlias = (
    Welcome
    | Joined
    | PeerJoin
    | PeerLeave
    | PeerState
    | Forwarded
    | Undelivered
    | Ice
    | GoAway
    | Ok
    | Pong
    | Error
)
