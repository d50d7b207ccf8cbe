"""Who is in which room, told to every node: the interface, and the one for a single node.

The hub asks with orders and learns with reports. Rooms have no owner among the nodes: their
membership stands in the backplane, which decides "may this member come in" in one step, and each
hub keeps a copy for the rooms its own sessions are in. A backplane that has to wait for an answer
returns no reports from `carry` and gives them to the receiver when they come.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, assert_never

from signaling.codes import ErrorCode
from signaling.messages import LeaveReason, Metadata, ServerMessage


@dataclass(frozen=True, slots=True)
class Member:
    """Someone in a room: a name that is unique there, and the session that bears it."""

    peer: str
    sid: str
    node: str
    meta: Metadata


@dataclass(frozen=True, slots=True)
class Enter:
    """Order: let a member in, unless the room is full or the name is taken."""

    room: str
    member: Member
    max: int
    request: int | None


@dataclass(frozen=True, slots=True)
class Exit:
    """Order: take a member out."""

    room: str
    peer: str
    sid: str
    reason: LeaveReason


@dataclass(frozen=True, slots=True)
class Revise:
    """Order: put new metadata in the place of a member's old."""

    room: str
    peer: str
    sid: str
    meta: Metadata


@dataclass(frozen=True, slots=True)
class Relay:
    """Order: bring a message to a session on another node."""

    node: str
    sid: str
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Entered:
    """Report to the member's node: it is in, together with these others."""

    room: str
    member: Member
    others: tuple[Member, ...]
    rev: int
    max: int
    request: int | None


@dataclass(frozen=True, slots=True)
class Turned:
    """Report to the member's node: it may not come in."""

    room: str
    sid: str
    code: ErrorCode
    request: int | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """Report to the other nodes in the room: a newcomer."""

    room: str
    member: Member
    rev: int


@dataclass(frozen=True, slots=True)
class Departed:
    """Report to every node in the room: a member is gone."""

    room: str
    peer: str
    sid: str
    reason: LeaveReason
    rev: int


@dataclass(frozen=True, slots=True)
class Revised:
    """Report to every node in the room: a member's metadata is now this."""

    room: str
    peer: str
    sid: str
    meta: Metadata
    rev: int


@dataclass(frozen=True, slots=True)
class Relayed:
    """Report: another node has a message for a session here."""

    sid: str
    message: ServerMessage


Order: TypeAlias = Enter | Exit | Revise | Relay
Report: TypeAlias = Entered | Turned | Arrived | Departed | Revised | Relayed


class Backplane(Protocol):
    """What holds the rooms of one node or of many."""

    def carry(self, order: Order) -> list[Report]:
        """Carry out an order, and return what is known about it at once."""

    def listen(self, receive: Callable[[Report], None]) -> None:
        """Give reports that come later, or from other nodes, to `receive`."""


@dataclass(slots=True)
class _Room:
    members: dict[str, Member] = field(default_factory=dict)
    rev: int = 0

    def bump(self) -> int:
        self.rev += 1
        return self.rev


class MemoryBackplane:
    """The backplane of a single node: a dictionary. It knows every answer at once."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}

    @property
    def rooms(self) -> int:
        """How many rooms have somebody in them."""
        return len(self._rooms)

    def listen(self, receive: Callable[[Report], None]) -> None:
        """Nothing comes later here."""

    def carry(self, order: Order) -> list[Report]:
        """Carry out an order and return all its reports."""
        match order:
            case Enter():
                return [self._enter(order)]
            case Exit():
                return self._exit(order)
            case Revise():
                return self._revise(order)
            case Relay():
                raise AssertionError(f"a single node has no other to relay to: {order.node}")
            case _:
                assert_never(order)

    def _enter(self, order: Enter) -> Report:
        room = self._rooms.get(order.room) or _Room()
        sid = order.member.sid
        if order.member.peer in room.members:
            return Turned(order.room, sid, ErrorCode.CONFLICT, order.request)
        if len(room.members) >= order.max:
            return Turned(order.room, sid, ErrorCode.ROOM_FULL, order.request)
        others = tuple(room.members.values())
        room.members[order.member.peer] = order.member
        self._rooms[order.room] = room
        return Entered(order.room, order.member, others, room.bump(), order.max, order.request)

    def _exit(self, order: Exit) -> list[Report]:
        room = self._room_of(order)
        if room is None:
            return []
        del room.members[order.peer]
        if not room.members:
            del self._rooms[order.room]
        return [Departed(order.room, order.peer, order.sid, order.reason, room.bump())]

    def _revise(self, order: Revise) -> list[Report]:
        room = self._room_of(order)
        if room is None:
            return []
        old = room.members[order.peer]
        room.members[order.peer] = Member(old.peer, old.sid, old.node, order.meta)
        return [Revised(order.room, order.peer, order.sid, order.meta, room.bump())]

    def _room_of(self, order: Exit | Revise) -> _Room | None:
        room = self._rooms.get(order.room)
        if room is None:
            return None
        member = room.members.get(order.peer)
        return room if member is not None and member.sid == order.sid else None
