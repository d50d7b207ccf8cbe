"""What travels between nodes: reports of rooms, words of one node to another, letters with both."""

from typing import TypeAlias

import msgspec
from msgspec import Struct

from signaling.messages import LeaveReason, MemberState, Role, Topology

# --- reports, as the scripts write them -----------------------------------------------------------


class Member(Struct, array_like=True, frozen=True):
    """A member; its metadata is JSON text, because scripts only pass it on."""

    peer: str
    sid: str
    node: str
    role: Role
    state: MemberState
    subject: str
    since: int
    meta: str


class Terms(Struct, array_like=True, frozen=True):
    """The terms of a room."""

    max: int
    topology: Topology
    key: str
    locked: bool


class Entered(Struct, array_like=True, frozen=True, tag="entered"):
    """`request` is -1 where there was none."""

    room: str
    member: Member
    others: tuple[Member, ...]
    terms: Terms
    rev: int
    request: int
    opened: bool


class Turned(Struct, array_like=True, frozen=True, tag="turned"):
    """`request` and `retry_after` are -1 where there is none."""

    room: str
    sid: str
    code: int
    request: int
    retry_after: float


class Arrived(Struct, array_like=True, frozen=True, tag="arrived"):
    """As `reports.Arrived`."""

    room: str
    member: Member
    rev: int


class Departed(Struct, array_like=True, frozen=True, tag="departed"):
    """As `reports.Departed`."""

    room: str
    peer: str
    sid: str
    reason: LeaveReason
    rev: int
    by: str
    msg: str
    closed: bool


class Revised(Struct, array_like=True, frozen=True, tag="revised"):
    """As `reports.Revised`."""

    room: str
    peer: str
    sid: str
    meta: str
    rev: int


class Marked(Struct, array_like=True, frozen=True, tag="marked"):
    """As `reports.Marked`."""

    room: str
    peer: str
    sid: str
    state: MemberState
    rev: int
    grace: float


class Promoted(Struct, array_like=True, frozen=True, tag="promoted"):
    """As `reports.Promoted`."""

    room: str
    peer: str
    sid: str
    role: Role
    rev: int


class LockSet(Struct, array_like=True, frozen=True, tag="lock_set"):
    """As `reports.LockSet`."""

    room: str
    locked: bool
    by: str
    rev: int


class Moved(Struct, array_like=True, frozen=True, tag="moved"):
    """As `reports.Moved`."""

    room: str
    peer: str
    sid: str
    node: str
    rev: int


class Resynced(Struct, array_like=True, frozen=True, tag="resynced"):
    """As `reports.Resynced`."""

    room: str
    members: tuple[Member, ...]
    terms: Terms
    rev: int


RoomReport: TypeAlias = (
    Entered | Turned | Arrived | Departed | Revised | Marked | Promoted | LockSet | Moved | Resynced
)

# --- what one node says to another ----------------------------------------------------------------


class Relay(Struct, array_like=True, frozen=True, tag="relay"):
    """A message for a session; the message is as on the websocket."""

    sid: str
    message: bytes


class Claim(Struct, array_like=True, frozen=True, tag="claim"):
    """As `orders.Claim`."""

    sid: str
    generation: int
    seq: int
    connection: str


class HandOver(Struct, array_like=True, frozen=True, tag="hand_over"):
    """As `orders.HandOver`."""

    connection: str
    state: bytes | None


class Fence(Struct, array_like=True, frozen=True, tag="fence"):
    """As `orders.Fence`."""

    sid: str
    back_to: str
    mark: int
    sender: str


class FenceReached(Struct, array_like=True, frozen=True, tag="fence_reached"):
    """As `orders.FenceReached`."""

    sid: str
    mark: int
    whole: bool


class Miss(Struct, array_like=True, frozen=True, tag="miss"):
    """As `orders.Miss`."""

    sid: str


class Come(Struct, array_like=True, frozen=True, tag="come"):
    """As `orders.Come`."""

    sid: str


Word: TypeAlias = Relay | Claim | HandOver | Fence | FenceReached | Miss | Come

# --- letters: what comes out of an inbox ----------------------------------------------------------


class Rooms(Struct, array_like=True, frozen=True, tag="rooms"):
    """Reports of rooms; numbered from 1 on under each stamp, the name of a registration."""

    stamp: str
    number: int
    reports: tuple[RoomReport, ...]


class Beat(Struct, array_like=True, frozen=True, tag="beat"):
    """How many `Rooms` were sent under the stamp."""

    stamp: str
    told: int


class Words(Struct, array_like=True, frozen=True, tag="words"):
    """Words of one process to another, numbered one by one on their link.

    Attributes:
        process: Which process of that name it is; a later one has a higher number.
        link: Which link of that process to this node; a later one has a higher number.
        number: Of the first word.
    """

    node: str
    process: int
    link: int
    number: int
    words: tuple[msgspec.Raw, ...]


class Sent(Struct, array_like=True, frozen=True, tag="sent"):
    """How many words were sent on a link so far."""

    node: str
    process: int
    link: int
    number: int


class Skip(Struct, array_like=True, frozen=True, tag="skip"):
    """Words up to this number are kept no longer; they were for these sessions (None: nobody knows)."""

    node: str
    process: int
    link: int
    number: int
    sids: tuple[str, ...] | None


class Had(Struct, array_like=True, frozen=True, tag="had"):
    """How many words on a link have arrived without a hole, and whether what follows is to come again."""

    node: str
    process: int
    to_process: int
    link: int
    number: int
    again: bool


Letter: TypeAlias = Rooms | Beat | Words | Sent | Skip | Had
