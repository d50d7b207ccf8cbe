"""What changes in rooms, told to the members here that see it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from signaling import replies
from signaling.hub.routes import Routes
from signaling.hub.state import HubState
from signaling.messages import (
    LeaveReason,
    MemberState,
    PeerBack,
    PeerGone,
    PeerLeave,
    PeerRole,
    PeerState,
    Removed,
    RoomLock,
    ServerMessage,
)
from signaling.orders import Copy, Member, Terms
from signaling.reports import (
    Arrived,
    Departed,
    LockSet,
    Marked,
    Moved,
    Promoted,
    Resynced,
    Revised,
)
from signaling.rooms import Room
from signaling.sessions import Session


class RoomNews:
    """Keeps the copies of rooms true and their members here informed."""

    def __init__(self, state: HubState, routes: Routes) -> None:
        self._state = state
        self._routes = routes

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
        self._remove_homing(report)
        room = state.rooms.get(report.room)
        member = None if room is None else room.find(report.peer, report.sid)
        if room is None or member is None:
            return
        room.rev = report.rev
        del room.members[report.peer]
        watchers = list(room.watchers(member))
        session = room.here.get(report.peer)
        if session is not None and session.sid == report.sid:
            self._remove(session, report)
        news = PeerLeave(room=report.room, peer=report.peer, reason=report.reason, rev=report.rev)
        state.put_all(watchers, news)

    def _remove(self, session: Session, report: Departed) -> None:
        self._state.vacate(session, report.room, report.reason)
        removed = Removed(room=report.room, reason=report.reason, by=report.by, msg=report.msg)
        self._state.send(session, removed)

    def _remove_homing(self, report: Departed) -> None:
        """Take out one that was put out while it was on its way here."""
        homing = self._state.homing.get(report.sid)
        if homing is not None and homing.pending.pop(report.room, None) is not None:
            self._remove(homing.session, report)

    def hear_revised(self, report: Revised) -> None:
        """Tell the other members here of new metadata."""
        found = self._follow(report)
        if found is None:
            return
        room, member = found
        member = room.members[report.peer] = replace(member, meta=report.meta)
        news = PeerState(room=report.room, peer=report.peer, meta=report.meta, rev=report.rev)
        self._state.put_all(list(room.watchers(member)), news)

    def hear_marked(self, report: Marked) -> None:
        """Tell the other members here whose connection is lost, or there again."""
        found = self._follow(report)
        if found is None:
            return
        room, member = found
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
        found = self._follow(report)
        if found is None:
            return
        room, member = found
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

    def hear_moved(self, report: Moved) -> None:
        """Send what is for a member to its session's new node from now on."""
        found = self._follow(report)
        if found is None:
            return
        room, member = found
        room.members[report.peer] = replace(member, node=report.node)
        self._routes.change(report.sid, report.node)

    def _follow(self, report: Revised | Marked | Promoted | Moved) -> tuple[Room, Member] | None:
        """Follow a change of a member: its room as of now, and it as it was; None if neither is here."""
        room = self._state.rooms.get(report.room)
        member = None if room is None else room.find(report.peer, report.sid)
        if room is None or member is None:
            return None
        room.rev = report.rev
        return room, member

    # --- the whole of a room ----------------------------------------------------------------------

    def hear_resynced(self, report: Resynced) -> None:
        """Tell the members here in what the room differs from what they know."""
        state, name = self._state, report.room
        room = state.rooms.get(name)
        if room is not None:
            self.replace_copy(room, report.members, report.terms, report.rev)
        for homing in list(state.homing.values()):
            view = homing.pending.get(name)
            session = homing.session
            if view is None:
                continue
            member = next((each for each in report.members if each.sid == session.sid), None)
            if member is not None and member.node == state.node:
                del homing.pending[name]
                room = state.rooms.get(name)
                if room is None:
                    room = Room(name, report.terms, report.members, report.rev)
                    state.rooms[name] = room
                self.seat(session, room, view)

    def seat(self, session: Session, room: Room, view: Copy) -> None:
        """Let a session that has come here hear of a room, beginning with what it missed.

        Its seat may be another's by now: then it only hears that it is out.
        """
        if session.peer not in room.here or room.find(session.peer, session.sid) is not None:
            room.here[session.peer] = session
        before = Room(room.name, view.terms, view.members.values(), view.rev)
        self._catch_up(session, before, room)

    def replace_copy(self, room: Room, members: Iterable[Member], terms: Terms, rev: int) -> None:
        """Put the truth in the place of a copy, and tell the members here the difference."""
        before = Room(room.name, room.terms, room.members.values(), room.rev)
        room.members = {member.peer: member for member in members}
        room.terms, room.rev = terms, rev
        for member in room.members.values():
            former = before.find(member.peer, member.sid)
            if former is not None and former.node != member.node:
                self._routes.change(member.sid, member.node)
        for session in list(room.here.values()):
            self._catch_up(session, before, room)

    def _catch_up(self, session: Session, before: Room, room: Room) -> None:
        state = self._state
        me = room.find(session.peer, session.sid)
        if me is None:
            reason = LeaveReason.CLOSED
            state.vacate(session, room.name, reason)
            state.send(session, Removed(room=room.name, reason=reason))
            return
        for news in differences(before, room, me):
            state.send(session, news)


def differences(before: Room, now: Room, me: Member) -> Iterator[ServerMessage]:
    """Say what a member has to be told who knows a room as it was before."""
    name, rev = now.name, now.rev
    former_me = before.members.get(me.peer, me)
    known = {(each.peer, each.sid, each.since): each for each in before.seen_by(former_me)}
    seen = {(each.peer, each.sid, each.since): each for each in now.seen_by(me)}
    for key, former in known.items():
        if key not in seen:
            yield PeerLeave(room=name, peer=former.peer, reason=LeaveReason.LOST, rev=rev)
    for key, member in seen.items():
        if key in known:
            yield from _changes(name, known[key], member, rev)
        else:
            yield replies.peer_join(name, member, rev)
            if member.state is MemberState.GONE:
                yield PeerGone(room=name, peer=member.peer, grace_s=0.0, rev=rev)
    if me.role is not former_me.role:
        yield PeerRole(room=name, peer=me.peer, role=me.role, rev=rev)
    if now.terms.locked != before.terms.locked:
        yield RoomLock(room=name, locked=now.terms.locked, by="", rev=rev)


def _changes(name: str, former: Member, member: Member, rev: int) -> Iterator[ServerMessage]:
    peer = member.peer
    if member.meta != former.meta:
        yield PeerState(room=name, peer=peer, meta=member.meta, rev=rev)
    if member.role is not former.role:
        yield PeerRole(room=name, peer=peer, role=member.role, rev=rev)
    if member.state is not former.state:
        if member.state is MemberState.GONE:
            yield PeerGone(room=name, peer=peer, grace_s=0.0, rev=rev)
        else:
            yield PeerBack(room=name, peer=peer, rev=rev)
