"""Who is in which room: the reference of what every order does, without a network in it.

A backplane for many nodes does the same in its own engine, in one step for each order. Each report
comes with the node that it is for.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from hmac import compare_digest
from typing import Any, Final, TypeAlias

from signaling.codes import ErrorCode
from signaling.messages import LeaveReason, MemberState, Role, Topology
from signaling.orders import (
    Claim,
    Copy,
    Duplicates,
    Enter,
    Exit,
    Fence,
    FenceReached,
    HandOver,
    Mark,
    Member,
    Miss,
    Order,
    Rehome,
    Relay,
    Revise,
    SetLock,
)
from signaling.reports import (
    Arrived,
    Claimed,
    Departed,
    Entered,
    Fenced,
    FencePassed,
    HandedOver,
    LockSet,
    Marked,
    Missed,
    Moved,
    Promoted,
    Relayed,
    Report,
    Resynced,
    Revised,
    Turned,
)

Addressed: TypeAlias = tuple[str, Report]

_NO_HOST_YET = 1.0
"""Seconds after which one who found a star without its host may ask again."""


class Membership:
    """Every room of every node."""

    def __init__(self) -> None:
        self._rooms: dict[str, Copy] = {}
        self._dead: set[str] = set()
        self._carry: Final[dict[type[Order], Callable[[str, Any], list[Addressed]]]] = {
            Enter: self._enter,
            Exit: self._exit,
            Revise: self._revise,
            Mark: self._mark,
            SetLock: self._set_lock,
            Rehome: self._rehome,
            Relay: _relay,
            Claim: _claim,
            HandOver: _hand_over,
            Fence: _fence,
            FenceReached: _fence_reached,
            Miss: _miss,
        }

    @property
    def rooms(self) -> dict[str, Copy]:
        """The rooms that have somebody in them; not to be changed."""
        return self._rooms

    def apply(self, order: Order, source: str) -> list[Addressed]:
        """Carry out an order of the node `source`, and say who is to hear what."""
        return self._carry[type(order)](source, order)

    def resync(self, room: str, node: str) -> Resynced | None:
        """Tell a node all about a room that it has members in."""
        copy = self._rooms.get(room)
        if copy is None or node not in _nodes(copy):
            return None
        return Resynced(room, tuple(copy.members.values()), copy.terms, copy.rev)

    # --- nodes that come and go -------------------------------------------------------------------

    def bury(self, node: str, grace: float) -> list[Addressed]:
        """Take note of a node's death: its members are gone, and their names may be taken."""
        self._dead.add(node)
        return [
            report
            for room, peer, sid in self._members_of(node)
            for report in self._mark(node, Mark(room, peer, sid, MemberState.GONE, grace))
        ]

    def sweep(self, node: str) -> list[Addressed]:
        """Take out the members of a dead node that have come back nowhere in time."""
        return [
            report
            for room, peer, sid in self._members_of(node)
            for report in self._exit(node, Exit(room, peer, sid, LeaveReason.LOST))
        ]

    def revive(self, node: str) -> None:
        """Take note that a node is alive (again)."""
        self._dead.discard(node)

    def _members_of(self, node: str) -> list[tuple[str, str, str]]:
        return [
            (room, member.peer, member.sid)
            for room, copy in self._rooms.items()
            for member in copy.members.values()
            if member.node == node
        ]

    # --- coming in --------------------------------------------------------------------------------

    def _enter(self, _source: str, order: Enter) -> list[Addressed]:
        node, member = order.member.node, order.member
        copy = self._rooms.get(order.room)
        if copy is None:
            return self._open(order)
        present = copy.members.get(member.peer)
        if present is not None and present.sid == member.sid:
            return [(node, _entered(order, copy, present))]
        if not compare_digest(copy.terms.key.encode(), order.terms.key.encode()):
            return [(node, _turned(order, ErrorCode.FORBIDDEN))]
        if copy.terms.locked and member.role is not Role.HOST:
            return [(node, _turned(order, ErrorCode.ROOM_LOCKED))]
        replaced = list(self._replaced(order, copy))
        if any(not may for _, may in replaced):
            return [(node, _turned(order, ErrorCode.CONFLICT))]
        if len(copy.members) - len(replaced) >= copy.terms.max:
            return [(node, _turned(order, ErrorCode.ROOM_FULL))]
        return self._admit(order, copy, [other for other, _ in replaced])

    def _open(self, order: Enter) -> list[Addressed]:
        member = order.member
        if order.opener_is_host:
            member = replace(member, role=Role.HOST)
        if order.terms.max < 1:
            return [(member.node, _turned(order, ErrorCode.ROOM_FULL))]
        if order.terms.topology is Topology.STAR and member.role is not Role.HOST:
            return [(member.node, _turned(order, ErrorCode.NOT_FOUND, _NO_HOST_YET))]
        copy = self._rooms[order.room] = Copy(order.terms, rev=1)
        member = copy.members[member.peer] = replace(member, since=1)
        return [(member.node, _entered(order, copy, member, opened=True))]

    def _replaced(self, order: Enter, copy: Copy) -> Iterator[tuple[Member, bool]]:
        """Find the members that stand in a newcomer's way, and whether it may take their place."""
        new = order.member
        for other in copy.members.values():
            same = bool(new.subject) and other.subject == new.subject
            if other.sid == order.instead_of or (same and order.duplicates is Duplicates.REPLACE):
                yield other, True
            elif other.peer == new.peer:
                yield other, other.node in self._dead
            elif same and order.duplicates is Duplicates.REJECT:
                yield other, False

    def _admit(self, order: Enter, copy: Copy, replaced: list[Member]) -> list[Addressed]:
        member = order.member
        reports: list[Addressed] = []
        for other in replaced:
            if other.role is Role.HOST and _is_same_client(order, other):
                member = replace(member, role=Role.HOST)
            why = Exit(order.room, other.peer, other.sid, LeaveReason.REPLACED)
            reports += _depart(copy, why)
        copy.rev += 1
        member = copy.members[member.peer] = replace(member, since=copy.rev)
        reports.append((member.node, _entered(order, copy, member)))
        arrived = Arrived(order.room, member, copy.rev)
        reports += [(node, arrived) for node in _nodes(copy) if node != member.node]
        return reports

    # --- going out --------------------------------------------------------------------------------

    def _exit(self, _source: str, order: Exit) -> list[Addressed]:
        copy, member = self._find(order.room, order.peer, order.sid)
        if copy is None or member is None:
            return []
        last = len(copy.members) == 1
        reports = _depart(copy, order, closed=last)
        hosts = any(each.role is Role.HOST for each in copy.members.values())
        if not last and not hosts and copy.terms.topology is Topology.STAR:
            for other in list(copy.members.values()):
                end = Exit(order.room, other.peer, other.sid, LeaveReason.CLOSED)
                reports += _depart(copy, end, closed=len(copy.members) == 1)
        elif not last and not hosts and order.heir and member.role is Role.HOST:
            reports += _promote(order.room, copy)
        if not copy.members:
            del self._rooms[order.room]
        return reports

    # --- changes ----------------------------------------------------------------------------------

    def _revise(self, _source: str, order: Revise) -> list[Addressed]:
        copy, member = self._find(order.room, order.peer, order.sid)
        if copy is None or member is None:
            return []
        rev = _put(copy, replace(member, meta=order.meta))
        return _to_all(copy, Revised(order.room, order.peer, order.sid, order.meta, rev))

    def _mark(self, _source: str, order: Mark) -> list[Addressed]:
        copy, member = self._find(order.room, order.peer, order.sid)
        if copy is None or member is None or member.state is order.state:
            return []
        rev = _put(copy, replace(member, state=order.state))
        marked = Marked(order.room, order.peer, order.sid, order.state, rev, order.grace)
        return _to_all(copy, marked)

    def _set_lock(self, _source: str, order: SetLock) -> list[Addressed]:
        copy, member = self._find(order.room, order.peer, order.sid)
        if copy is None or member is None or member.role is not Role.HOST:
            return []
        if copy.terms.locked == order.locked:
            return []
        copy.terms = replace(copy.terms, locked=order.locked)
        copy.rev += 1
        return _to_all(copy, LockSet(order.room, order.locked, order.peer, copy.rev))

    def _rehome(self, source: str, order: Rehome) -> list[Addressed]:
        """Move a member: its new node hears all about the room, or that the member is out of it."""
        copy, member = self._find(order.room, order.peer, order.sid)
        if copy is None or member is None:
            rev = 0 if copy is None else copy.rev
            out = Departed(order.room, order.peer, order.sid, LeaveReason.CLOSED, rev)
            return [(source, out)]
        nodes = _nodes(copy)
        rev = _put(copy, replace(member, node=order.node))
        moved = Moved(order.room, order.peer, order.sid, order.node, rev)
        resynced = Resynced(order.room, tuple(copy.members.values()), copy.terms, rev)
        others: list[Addressed] = [(node, moved) for node in nodes if node != order.node]
        return [(order.node, resynced), *others]

    def _find(self, room: str, peer: str, sid: str) -> tuple[Copy | None, Member | None]:
        copy = self._rooms.get(room)
        member = None if copy is None else copy.members.get(peer)
        return copy, member if member is not None and member.sid == sid else None


def _entered(order: Enter, copy: Copy, member: Member, *, opened: bool = False) -> Entered:
    others = tuple(other for other in copy.members.values() if other.peer != member.peer)
    return Entered(order.room, member, others, copy.terms, copy.rev, order.request, opened)


def _turned(order: Enter, code: ErrorCode, retry_after: float | None = None) -> Turned:
    return Turned(order.room, order.member.sid, code, order.request, retry_after)


def _is_same_client(order: Enter, other: Member) -> bool:
    same_subject = bool(order.member.subject) and order.member.subject == other.subject
    return other.sid == order.instead_of or same_subject


def _depart(copy: Copy, why: Exit, *, closed: bool = False) -> list[Addressed]:
    nodes = _nodes(copy)
    del copy.members[why.peer]
    copy.rev += 1
    departed = Departed(why.room, why.peer, why.sid, why.reason, copy.rev, why.by, why.msg, closed)
    return [(node, departed) for node in nodes]


def _promote(room: str, copy: Copy) -> list[Addressed]:
    heir = min(copy.members.values(), key=lambda member: member.since)
    rev = _put(copy, replace(heir, role=Role.HOST))
    return _to_all(copy, Promoted(room, heir.peer, heir.sid, Role.HOST, rev))


def _put(copy: Copy, member: Member) -> int:
    copy.members[member.peer] = member
    copy.rev += 1
    return copy.rev


def _nodes(copy: Copy) -> list[str]:
    return list(dict.fromkeys(member.node for member in copy.members.values()))


def _to_all(copy: Copy, report: Report) -> list[Addressed]:
    return [(node, report) for node in _nodes(copy)]


# --- from node to node ----------------------------------------------------------------------------


def _relay(source: str, order: Relay) -> list[Addressed]:
    return [(order.node, Relayed(order.sid, order.message, source))]


def _claim(source: str, order: Claim) -> list[Addressed]:
    claimed = Claimed(source, order.sid, order.generation, order.seq, order.connection)
    return [(order.node, claimed)]


def _hand_over(_source: str, order: HandOver) -> list[Addressed]:
    return [(order.node, HandedOver(order.connection, order.state))]


def _fence(source: str, order: Fence) -> list[Addressed]:
    return [(order.node, Fenced(order.sid, order.back_to, order.mark, order.sender, source))]


def _fence_reached(_source: str, order: FenceReached) -> list[Addressed]:
    return [(order.node, FencePassed(order.sid, order.mark, order.whole))]


def _miss(_source: str, order: Miss) -> list[Addressed]:
    assert order.node is not None, "who all are is not known here"
    return [(order.node, Missed(order.sid))]
