"""What the hub hears from the backplane: answers to its orders, and news from other nodes.

A backplane that has to wait for an answer gives its reports later. Reports about one room come in the
order of its `rev`; what one node sends another comes in the order in which it was sent.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from signaling.codes import ErrorCode
from signaling.messages import LeaveReason, MemberState, Metadata, Role, ServerMessage
from signaling.orders import Member, Terms


@dataclass(frozen=True, slots=True)
class Entered:
    """To the member's node: it is in, together with these others; `opened` if the room is new."""

    room: str
    member: Member
    others: tuple[Member, ...]
    terms: Terms
    rev: int
    request: int | None
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Turned:
    """To the member's node: it may not come in; `retry_after` (seconds) says that later it might."""

    room: str
    sid: str
    code: ErrorCode
    request: int | None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """To the other nodes in the room: a newcomer."""

    room: str
    member: Member
    rev: int


@dataclass(frozen=True, slots=True)
class Departed:
    """To every node in the room, the member's own too: a member is gone; `closed` if the room is as well."""

    room: str
    peer: str
    sid: str
    reason: LeaveReason
    rev: int
    by: str = ""
    msg: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Revised:
    """To every node in the room: a member's metadata is now this."""

    room: str
    peer: str
    sid: str
    meta: Metadata
    rev: int


@dataclass(frozen=True, slots=True)
class Marked:
    """To every node in the room: a member's connection is lost, or there again."""

    room: str
    peer: str
    sid: str
    state: MemberState
    rev: int
    grace: float = 0.0


@dataclass(frozen=True, slots=True)
class Promoted:
    """To every node in the room: a member has another role."""

    room: str
    peer: str
    sid: str
    role: Role
    rev: int


@dataclass(frozen=True, slots=True)
class LockSet:
    """To every node in the room: it is locked, or no longer."""

    room: str
    locked: bool
    by: str
    rev: int


@dataclass(frozen=True, slots=True)
class Moved:
    """To every node in the room: a member's session is on another node now."""

    room: str
    peer: str
    sid: str
    node: str
    rev: int


@dataclass(frozen=True, slots=True)
class Resynced:
    """To a node whose copy of a room cannot be trusted: all that is true of the room now."""

    room: str
    members: tuple[Member, ...]
    terms: Terms
    rev: int


@dataclass(frozen=True, slots=True)
class Relayed:
    """Another node (`source`) has a message for a session here."""

    sid: str
    message: ServerMessage
    source: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Another node asks for a session of this one."""

    node: str
    sid: str
    generation: int
    seq: int
    connection: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The answer to `Claim`; `state` is None where the session cannot be had."""

    connection: str
    state: bytes | None


@dataclass(frozen=True, slots=True)
class Fenced:
    """Another node has sent a fence for a session that is, or was, here."""

    sid: str
    back_to: str
    mark: int
    sender: str = ""
    source: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FencePassed:
    """What was sent to a session before our fence has arrived; if not `whole`, that cannot be known."""

    sid: str
    mark: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Missed:
    """A session here, or that was here, may have missed a message for good: it is to start again.

    Where `sid` is None that may be any of them.
    """

    sid: str | None


@dataclass(frozen=True, slots=True)
class Came:
    """A session that may have been elsewhere is on another node now."""

    sid: str
    node: str


@dataclass(frozen=True, slots=True)
class Died:
    """Another node is dead: what it had to pass on may be lost."""

    node: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether the backplane can be reached; while it cannot, what is on one node goes on."""

    up: bool


Report: TypeAlias = (
    Entered
    | Turned
    | Arrived
    | Departed
    | Revised
    | Marked
    | Promoted
    | LockSet
    | Moved
    | Resynced
    | Relayed
    | Claimed
    | HandedOver
    | Fenced
    | FencePassed
    | Missed
    | Came
    | Died
    | Reach
)
