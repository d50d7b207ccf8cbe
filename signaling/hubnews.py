"""What changes in rooms, told to the members here that see it."""

from dataclasses import replace

from signaling import replies
from signaling.hubstate import HubState
from signaling.messages import (
    MemberState,
    PeerBack,
    PeerGone,
    PeerLeave,
    PeerRole,
    PeerState,
    Removed,
    RoomLock,
)
from signaling.reports import Arrived, Departed, LockSet, Marked, Promoted, Revised


class RoomNews:
    """Keeps the copies of rooms true and their members here informed."""

    def __init__(self, state: HubState) -> None:
        self._state = state

    def hear_arrived(self, report: Arrived) -> None:
        """Tell the members here of a newcomer, who is the polite one of every pair."""
        room = self._state.rooms.get(report.room)
        if room is None:
            return
        member = report.member
        room.members[member.peer] = member
        room.rev = report.rev
        news = replies.peer_join(room.name, member, report.rev)
        self._state.put_all(list(room.watchers(member)), news)

    def hear_departed(self, report: Departed) -> None:
        """Tell the members here who is gone, and the one whom it concerns, if it did not go itself."""
        state = self._state
        room = state.rooms.get(report.room)
        if room is None:
            return
        member = room.find(report.peer, report.sid)
        if member is None:
            return
        room.rev = report.rev
        del room.members[report.peer]
        watchers = list(room.watchers(member))
        session = room.here.get(report.peer)
        if session is not None and session.sid == report.sid:
            state.vacate(session, report.room, report.reason)
            removed = Removed(room=report.room, reason=report.reason, by=report.by, msg=report.msg)
            state.send(session, removed)
        news = PeerLeave(room=report.room, peer=report.peer, reason=report.reason, rev=report.rev)
        state.put_all(watchers, news)

    def hear_revised(self, report: Revised) -> None:
        """Tell the other members here of new metadata."""
        room = self._state.rooms.get(report.room)
        member = None if room is None else room.find(report.peer, report.sid)
        if room is None or member is None:
            return
        room.rev = report.rev
        member = room.members[report.peer] = replace(member, meta=report.meta)
        news = PeerState(room=report.room, peer=report.peer, meta=report.meta, rev=report.rev)
        self._state.put_all(list(room.watchers(member)), news)

    def hear_marked(self, report: Marked) -> None:
        """Tell the other members here whose connection is lost, or there again."""
        room = self._state.rooms.get(report.room)
        member = None if room is None else room.find(report.peer, report.sid)
        if room is None or member is None:
            return
        room.rev = report.rev
        member = room.members[report.peer] = replace(member, state=report.state)
        name, peer, rev = report.room, report.peer, report.rev
        if report.state is MemberState.GONE:
            gone = PeerGone(room=name, peer=peer, grace_s=report.grace, rev=rev)
            self._state.put_all(list(room.watchers(member)), gone)
        else:
            back = PeerBack(room=name, peer=peer, rev=rev)
            self._state.put_all(list(room.watchers(member)), back)

    def hear_promoted(self, report: Promoted) -> None:
        """Tell the members here, and the member itself, of another role."""
        room = self._state.rooms.get(report.room)
        member = None if room is None else room.find(report.peer, report.sid)
        if room is None or member is None:
            return
        room.rev = report.rev
        member = room.members[report.peer] = replace(member, role=report.role)
        told = list(room.watchers(member))
        session = room.here.get(report.peer)
        if session is not None and session.sid == report.sid:
            told.append(session)
        news = PeerRole(room=report.room, peer=report.peer, role=report.role, rev=report.rev)
        self._state.put_all(told, news)

    def hear_lock_set(self, report: LockSet) -> None:
        """Tell the members here, without the one who did it, that their room is locked or no longer."""
        room = self._state.rooms.get(report.room)
        if room is None:
            return
        room.rev = report.rev
        room.terms = replace(room.terms, locked=report.locked)
        news = RoomLock(room=report.room, locked=report.locked, by=report.by, rev=report.rev)
        told = [session for peer, session in room.here.items() if peer != report.by]
        self._state.put_all(told, news)
