"""The words of `hairpin.v1`: names with their bounds, enums, and what messages are made of."""

from enum import Enum
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

SUBPROTOCOL = "hairpin.v1"
PATH = "/v1/ws"

_PRINTABLE = r"\A[^\x00-\x1f\x7f]+\Z"

RequestId: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Number: TypeAlias = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""A message's place in its direction of a session, from 1 on."""
Numbers: TypeAlias = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""How far messages have come in: the number of the last one, 0 before the first."""
PeerName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTABLE)]
RoomName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128, pattern=_PRINTABLE)]
RoomKey: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2048)]
Token: TypeAlias = Annotated[str, Meta(min_length=1, max_length=16384)]
ResumeToken: TypeAlias = Annotated[str, Meta(min_length=1, max_length=512)]
AttemptId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
MessageId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=24)]
Reason: TypeAlias = Annotated[str, Meta(max_length=200)]
Region: TypeAlias = Annotated[str, Meta(max_length=64)]
Capability: TypeAlias = Annotated[str, Meta(min_length=1, max_length=32)]
Capabilities: TypeAlias = Annotated[tuple[Capability, ...], Meta(max_length=32)]
Metadata: TypeAlias = dict[str, Any]
QueueName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTABLE)]
TicketId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
MatchId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
Word: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTABLE)]
"""The name of a property or a region, or what a property says."""
Amount: TypeAlias = Annotated[float, Meta(ge=-1e12, le=1e12)]
Properties: TypeAlias = Annotated[
    dict[Word, Word | Amount | Annotated[tuple[Word, ...], Meta(max_length=32)]],
    Meta(max_length=16),
]
"""What a ticket says of itself: words, numbers, and sets of words."""
Rating: TypeAlias = Annotated[float, Meta(ge=-1e6, le=1e6)]
RoundTrips: TypeAlias = Annotated[
    dict[Word, Annotated[float, Meta(ge=0, le=60_000)]], Meta(max_length=32)
]
"""Milliseconds to each region that a player can play in."""
Subjects: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=256)], ...], Meta(max_length=64)
]
Seats: TypeAlias = Annotated[
    tuple[Annotated[int, Meta(ge=0, le=1000)], ...], Meta(min_length=1, max_length=64)
]

RESUME = "resume"
"""The capability of a client that comes back: its session is kept for a while when its connection is lost."""


class SignalKind(Enum):
    """What a signal carries; the server only checks that the word is one of these."""

    OFFER = "offer"
    ANSWER = "answer"
    CANDIDATES = "candidates"
    BYE = "bye"
    CUSTOM = "custom"


class Topology(Enum):
    """Who sees whom in a room."""

    MESH = "mesh"
    """Everybody sees everybody."""
    STAR = "star"
    """Hosts see everybody, the others see hosts alone."""


class Role(Enum):
    """What a member may do."""

    HOST = "host"
    """May lock the room and put members out; the centre of a star."""
    MEMBER = "member"


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
    KICKED = "kicked"
    REPLACED = "replaced"
    EXPIRED = "expired"


class UndeliveredReason(Enum):
    """Why a signal did not reach the member it was sent to."""

    UNKNOWN_PEER = "unknown_peer"
    GONE = "gone"
    SLOW = "slow"
    TOO_BIG = "too_big"


class CallState(Enum):
    """How an attempt to connect two members went."""

    CONNECTED = "connected"
    FAILED = "failed"
    ENDED = "ended"


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a message."""


class Party(Struct, frozen=True):
    """Players who want to be in one team: each of them says the same name and size."""

    id: RoomName
    size: Annotated[int, Meta(ge=1, le=100)]


class MatchPeer(Struct, frozen=True):
    """Another player of a match."""

    peer: str
    team: int
    host: bool = False
    bot: bool = False


class IceServer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ICE server in the shape of W3C's RTCIceServer."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class ClientInfo(Struct, frozen=True):
    """Which program a client is."""

    name: Annotated[str, Meta(max_length=64)] = ""
    ver: Annotated[str, Meta(max_length=64)] = ""


class Resumption(Struct, frozen=True):
    """What a client that comes back shows: its token, and the number of the last message it got."""

    token: ResumeToken
    seq: Numbers


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
    role: Role = Role.MEMBER
