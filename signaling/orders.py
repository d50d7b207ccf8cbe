"""What the hub asks of the backplane: orders; what it hears is in `signaling.reports`.

Rooms have no owner among the nodes: who is in them stands in the backplane, which decides each order
in one step, and each hub keeps a copy of the rooms that its own sessions are in. Every change of a
room counts its `rev` up by one, so that a copy that missed something is noticed.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from signaling.messages import (
    LeaveReason,
    MemberState,
    Metadata,
    Role,
    ServerMessage,
    Topology,
)


class Duplicates(Enum):
    """What happens when one subject (of a token) enters a room twice."""

    REPLACE = "replace"
    """The older session is put out."""
    REJECT = "reject"
    """The newer one is refused with 409."""
    ALLOW = "allow"
    """Both are members, if their names differ."""


@dataclass(frozen=True, slots=True)
class Member:
    """Someone in a room: a name that is unique there, and the session that bears it.

    Attributes:
        subject: Who it is, as its token says; empty for the anonymous.
        since: The `rev` with which it came, so that the oldest is known everywhere.
    """

    peer: str
    sid: str
    node: str
    meta: Metadata
    role: Role = Role.MEMBER
    state: MemberState = MemberState.HERE
    subject: str = ""
    since: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a room, said by whoever opens it.

    Attributes:
        max: Members at most.
        key: The digest of the room's key; empty where it has none.
    """

    max: int
    topology: Topology = Topology.MESH
    key: str = ""
    locked: bool = False


# --- orders: about a room -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enter:
    """Let a member in, unless the room is locked, full, has another key, or the name is taken.

    A member whose role is HOST because a token says so may enter a locked room. Whoever opens a room
    becomes its host where `opener_is_host`. The name may be taken from `instead_of`, an earlier session
    of the same client, or from a session whose node is dead, or by `duplicates` from the same subject.
    """

    room: str
    member: Member
    terms: Terms
    request: int | None
    instead_of: str | None = None
    duplicates: Duplicates = Duplicates.REJECT
    opener_is_host: bool = True


@dataclass(frozen=True, slots=True)
class Exit:
    """Take a member out. A room without members is gone; so is a star without hosts, for all its members.

    In a mesh whose last host leaves, the member that is there longest becomes host where `heir`.
    """

    room: str
    peer: str
    sid: str
    reason: LeaveReason
    by: str = ""
    msg: str = ""
    heir: bool = True


@dataclass(frozen=True, slots=True)
class Revise:
    """Put new metadata in the place of a member's old."""

    room: str
    peer: str
    sid: str
    meta: Metadata


@dataclass(frozen=True, slots=True)
class Mark:
    """A member's connection is lost, or there again; `grace` seconds are left for it to come back."""

    room: str
    peer: str
    sid: str
    state: MemberState
    grace: float = 0.0


@dataclass(frozen=True, slots=True)
class SetLock:
    """Lock the room, or unlock it; `sid` must be a host's (the hub looked, and the backplane looks again)."""

    room: str
    peer: str
    sid: str
    locked: bool


@dataclass(frozen=True, slots=True)
class Rehome:
    """A member's session has come to this node from another."""

    room: str
    peer: str
    sid: str
    node: str


# --- orders: to a node ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relay:
    """Bring a message to a session on another node."""

    node: str
    sid: str
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Claim:
    """Ask the node that has a session to hand it over; the answer is `HandedOver`, at the latest after 2 s.

    Attributes:
        node: The node that has the session, as its token says.
        sid: The session.
        generation: Of the token: each use makes a new one.
        seq: What the client got last.
        connection: The connection here that waits for the answer.
    """

    node: str
    sid: str
    generation: int
    seq: int
    connection: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give a session to the node that claimed it, or refuse (`state` is None)."""

    node: str
    connection: str
    state: bytes | None


@dataclass(frozen=True, slots=True)
class Fence:
    """Ask for an answer that comes behind everything sent to a session so far, over its former node.

    While a session moves, what was sent to its old node is passed on by that; whoever learns of the move
    sends this to the old node, holds back what is new, and goes on at the new node when the answer is
    there. Where none comes, or no good one, the session is told that it may have missed something.

    Attributes:
        mark: Of this fence among all of `back_to`.
        sender: A session that came from that node, so that it is behind what its sender said there; empty
            where it is the receiver that has moved.
    """

    node: str
    sid: str
    back_to: str
    mark: int
    sender: str = ""


@dataclass(frozen=True, slots=True)
class FenceReached:
    """Answer a fence: all that was sent before it is here, or (not `whole`) who could say so is gone."""

    node: str
    sid: str
    mark: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Miss:
    """Tell a session on another node that it may have missed something: it is to start again.

    Where `node` is None nobody knows which has it, and all others are told.
    """

    node: str | None
    sid: str


@dataclass(frozen=True, slots=True)
class Come:
    """Tell all other nodes that a session is on this one now: they may have sent it something elsewhere."""

    sid: str


Order: TypeAlias = (
    Enter
    | Exit
    | Revise
    | Mark
    | SetLock
    | Rehome
    | Relay
    | Claim
    | HandOver
    | Fence
    | FenceReached
    | Miss
    | Come
)


@dataclass(frozen=True, slots=True)
class RoomSeen:
    """A room at some moment; members in the order in which they came."""

    name: str
    members: tuple[Member, ...]
    terms: Terms
    rev: int


@dataclass(slots=True)
class Copy:
    """A room as somebody holds it: its members by name, its terms, and how often it has changed."""

    terms: Terms
    members: dict[str, Member] = field(default_factory=dict)
    rev: int = 0
