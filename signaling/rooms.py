"""The rooms as one node sees them: copies of the memberships that sessions here are part of."""

from collections.abc import Iterable

from signaling.backplane import Arrived, Departed, Member, Revised
from signaling.messages import Metadata, PeerJoin, PeerLeave, PeerState, ServerMessage
from signaling.outputs import Deliver, Output


class RoomView:
    """The members of one room, those of this node and those of others."""

    __slots__ = ("_members", "_node")

    def __init__(self, node: str) -> None:
        self._node = node
        self._members: dict[str, Member] = {}

    def get(self, peer: str) -> Member | None:
        """Find a member by name."""
        return self._members.get(peer)

    def put(self, member: Member) -> None:
        """Add a member."""
        self._members[member.peer] = member

    def remove(self, peer: str, sid: str) -> None:
        """Take a member out, if it is still this session that bears the name."""
        if self._bears(peer, sid):
            del self._members[peer]

    def revise(self, peer: str, sid: str, meta: Metadata) -> None:
        """Take a member's new metadata, if it is still this session that bears the name."""
        if self._bears(peer, sid):
            self._members[peer] = Member(peer, sid, self._members[peer].node, meta)

    def members_here(self) -> list[Member]:
        """List the members whose sessions are on this node."""
        return [member for member in self._members.values() if member.node == self._node]

    def _bears(self, peer: str, sid: str) -> bool:
        member = self._members.get(peer)
        return member is not None and member.sid == sid


class Rooms:
    """Every room with a session of this node in it."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._views: dict[str, RoomView] = {}

    def __len__(self) -> int:
        return len(self._views)

    def find(self, room: str, peer: str) -> Member | None:
        """Find a member of a room by name."""
        view = self._views.get(room)
        return None if view is None else view.get(peer)

    def open(self, room: str, members: Iterable[Member]) -> None:
        """Begin to follow a room, knowing who is in it."""
        view = self._views.setdefault(room, RoomView(self._node))
        for member in members:
            view.put(member)

    def forget(self, room: str, peer: str, sid: str) -> None:
        """Take out a member of this node, and the room with its last one."""
        view = self._views[room]
        view.remove(peer, sid)
        if not view.members_here():
            del self._views[room]

    def hear_arrived(self, report: Arrived) -> list[Output]:
        """Tell the members here of a newcomer, who is the polite one of every pair."""
        view = self._views.get(report.room)
        if view is None:
            return []
        member = report.member
        told = [other.sid for other in view.members_here()]
        view.put(member)
        news = PeerJoin(
            room=report.room, peer=member.peer, polite=True, meta=member.meta, rev=report.rev
        )
        return _tell(told, news)

    def hear_departed(self, report: Departed) -> list[Output]:
        """Tell the members here who is gone."""
        view = self._views.get(report.room)
        if view is None:
            return []
        view.remove(report.peer, report.sid)
        news = PeerLeave(room=report.room, peer=report.peer, reason=report.reason, rev=report.rev)
        return _tell((member.sid for member in view.members_here()), news)

    def hear_revised(self, report: Revised) -> list[Output]:
        """Tell the other members here of new metadata."""
        view = self._views.get(report.room)
        if view is None:
            return []
        view.revise(report.peer, report.sid, report.meta)
        news = PeerState(room=report.room, peer=report.peer, meta=report.meta, rev=report.rev)
        others = (member.sid for member in view.members_here() if member.sid != report.sid)
        return _tell(others, news)


def _tell(sids: Iterable[str], news: ServerMessage) -> list[Output]:
    return [Deliver(sid, news) for sid in sids]
