"""The rooms that members of this node are in, as far as this node knows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from signaling.messages import LeaveReason, MemberState
from signaling.orders import Copy, Exit, Mark, Member, Order, Revise
from signaling.reports import (
    Arrived,
    Departed,
    Entered,
    LockSet,
    Marked,
    Moved,
    Promoted,
    Report,
    Resynced,
    Revised,
)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A copy has missed something: the room is to be looked at."""

    room: str


_Change = Arrived | Departed | Revised | Marked | Promoted | LockSet | Moved


class Following:
    """Copies of rooms, changed by reports in the order of `rev`.

    A copy that missed a change is in doubt, and takes nothing but a `Resynced`.
    """

    def __init__(self, node: str) -> None:
        self._node = node
        self._copies: dict[str, Copy] = {}
        self._doubtful: set[str] = set()

    @property
    def rooms(self) -> dict[str, Copy]:
        """The copies by name; not to be changed."""
        return self._copies

    @property
    def doubtful(self) -> frozenset[str]:
        """The rooms that wait to be looked at."""
        return frozenset(self._doubtful)

    def own(self, room: str) -> list[Member]:
        """List the members of this node in a room."""
        copy = self._copies.get(room)
        if copy is None:
            return []
        return [member for member in copy.members.values() if member.node == self._node]

    def doubt_all(self) -> list[str]:
        """Trust no copy until it is looked at; list the rooms."""
        self._doubtful = set(self._copies)
        return list(self._copies)

    def hear(self, report: Report) -> Iterator[Report | Doubtful]:
        """Take a report of a room, and give what the hub is to hear."""
        match report:
            case Entered():
                yield from self._hear_entered(report)
            case Resynced():
                yield from self._hear_resynced(report)
            case Arrived() | Departed() | Revised() | Marked() | Promoted() | LockSet() | Moved():
                yield from self._hear_change(report)
            case _:
                yield report

    def change_alone(self, order: Order) -> Iterator[Report]:
        """Do at once, for this node alone, what only concerns one of its own members."""
        if not isinstance(order, Exit | Mark | Revise):
            return
        copy = self._copies.get(order.room)
        member = None if copy is None else copy.members.get(order.peer)
        if copy is None or member is None or member.sid != order.sid:
            return
        report = _alone(order, member, copy)
        if report is not None:
            self._apply(copy, report)
            yield report

    def _hear_entered(self, report: Entered) -> Iterator[Report | Doubtful]:
        copy = self._copies.get(report.room)
        if copy is not None and report.rev < copy.rev:
            yield Doubtful(report.room)
            self._doubtful.add(report.room)
        members = {member.peer: member for member in (*report.others, report.member)}
        self._copies[report.room] = Copy(report.terms, members, report.rev)
        yield report

    def _hear_resynced(self, report: Resynced) -> Iterator[Report]:
        """Take the truth; who of us is in it no longer hears that first."""
        members = {member.peer: member for member in report.members}
        for member in self.own(report.room):
            present = members.get(member.peer)
            if present is None or present.sid != member.sid:
                reason = LeaveReason.CLOSED if present is None else LeaveReason.REPLACED
                yield Departed(report.room, member.peer, member.sid, reason, report.rev)
        self._doubtful.discard(report.room)
        if any(member.node == self._node for member in report.members):
            self._copies[report.room] = Copy(report.terms, members, report.rev)
            yield report
        else:
            self._copies.pop(report.room, None)

    def _hear_change(self, report: _Change) -> Iterator[Report | Doubtful]:
        copy = self._copies.get(report.room)
        if copy is None:
            if isinstance(report, Departed):
                yield report
            return
        if report.room in self._doubtful or report.rev <= copy.rev:
            return
        if report.rev > copy.rev + 1:
            self._doubtful.add(report.room)
            yield Doubtful(report.room)
            return
        self._apply(copy, report)
        yield report

    def _apply(self, copy: Copy, report: _Change) -> None:
        copy.rev = report.rev
        if isinstance(report, LockSet):
            copy.terms = replace(copy.terms, locked=report.locked)
        elif isinstance(report, Arrived):
            copy.members[report.member.peer] = report.member
        else:
            member = copy.members.get(report.peer)
            if member is None or member.sid != report.sid:
                return
            changed = _changed(member, report)
            if changed is None:
                del copy.members[report.peer]
            else:
                copy.members[report.peer] = changed
        if not self.own(report.room):
            self._copies.pop(report.room, None)
            self._doubtful.discard(report.room)


def _changed(
    member: Member, report: Departed | Revised | Marked | Promoted | Moved
) -> Member | None:
    match report:
        case Departed():
            return None
        case Revised():
            return replace(member, meta=report.meta)
        case Marked():
            return replace(member, state=report.state)
        case Promoted():
            return replace(member, role=report.role)
        case Moved():
            return replace(member, node=report.node)


def _alone(order: Exit | Mark | Revise, member: Member, copy: Copy) -> _Change | None:
    rev = copy.rev + 1
    match order:
        case Exit():
            closed = len(copy.members) == 1
            return Departed(
                order.room, order.peer, order.sid, order.reason, rev, order.by, order.msg, closed
            )
        case Mark():
            if member.state is order.state:
                return None
            grace = order.grace if order.state is MemberState.GONE else 0.0
            return Marked(order.room, order.peer, order.sid, order.state, rev, grace)
        case Revise():
            return Revised(order.room, order.peer, order.sid, order.meta, rev)
