"""What members ask of their rooms: to join, to leave, to be seen differently, to lock and to put out."""

from hashlib import sha256

from signaling import replies
from signaling.codes import ErrorCode
from signaling.gate import Admit, Admitted, Barred, Conditions, KeyKeeper
from signaling.hub.identity import GATE_TIMEOUT
from signaling.hub.news import RoomNews
from signaling.hub.state import HubState
from signaling.journal import Happening
from signaling.matchmaking.matches import is_match_room
from signaling.messages import (
    Join,
    Kick,
    Leave,
    LeaveReason,
    Lock,
    MemberState,
    Metadata,
    Role,
    State,
    Topology,
)
from signaling.orders import Enter, Exit, Mark, Member, Revise, SetLock, Terms
from signaling.patterns import matches
from signaling.reports import Entered, Turned
from signaling.rooms import Room
from signaling.sessions import Entering, Seat, Session
from signaling.timers import Deadline, join_key
from signaling.wire import size_of_metadata

_TURNED = {
    ErrorCode.FORBIDDEN: "the key is not that of {room!r}",
    ErrorCode.NOT_FOUND: "{room!r} has no host yet",
    ErrorCode.CONFLICT: "another member of {room!r} has this name",
    ErrorCode.ROOM_FULL: "{room!r} is full",
    ErrorCode.ROOM_LOCKED: "{room!r} is locked",
    ErrorCode.UNAVAILABLE: "rooms cannot be joined at the moment",
    ErrorCode.BUS_TIMEOUT: "nobody could say in time whether {room!r} may be joined",
}
_NOT_GRANTED = "your token does not allow {room!r}"
_RETRY_UNREACHABLE = 1.0


class RoomRequests:
    """Carries out what sessions ask of their rooms."""

    def __init__(self, state: HubState, news: RoomNews) -> None:
        self._state = state
        self._news = news

    # --- joining ----------------------------------------------------------------------------------

    def join(self, session: Session, message: Join) -> None:
        """Ask the gate whether the session may join, if nothing speaks against it already."""
        state = self._state
        wait = state.take_join(session)
        meta = session.meta if message.meta is None else message.meta
        refusal = self._why_not(session, message, meta)
        if wait > 0.0:
            most = f"at most {state.limits.joins:g} joins per second"
            state.refuse(session, ErrorCode.RATE_LIMITED, most, message.id, wait)
        elif refusal is not None:
            code, reason, retry_after = refusal
            state.refuse(session, code, reason, message.id, retry_after)
        else:
            if session.entering is None:
                session.entering = {}
            session.entering[message.room] = Entering(message, meta)
            late = state.now + GATE_TIMEOUT
            state.timers.set(Deadline.ADMIT, join_key(session.sid, message.room), late)
            state.outputs.append(
                Admit(
                    session.sid,
                    message.room,
                    session.peer,
                    message.key,
                    meta,
                    session.identity.subject,
                    match=session.plays_in(message.room),
                )
            )

    def _why_not(
        self, session: Session, message: Join, meta: Metadata
    ) -> tuple[ErrorCode, str, float | None] | None:
        limits, room = self._state.limits, message.room
        entering = session.entering or ()
        if room in session.rooms or room in entering:
            return ErrorCode.CONFLICT, f"already in {room!r}", None
        if len(session.rooms) + len(entering) >= limits.rooms:
            return ErrorCode.FORBIDDEN, f"a session may be in {limits.rooms} rooms", None
        if not _is_granted(session, room):
            return ErrorCode.FORBIDDEN, _NOT_GRANTED.format(room=room), None
        if size_of_metadata(meta) > limits.meta:
            return ErrorCode.TOO_BIG, f"metadata may have {limits.meta} bytes", None
        if not self._state.is_reachable:
            return ErrorCode.UNAVAILABLE, _TURNED[ErrorCode.UNAVAILABLE], _RETRY_UNREACHABLE
        return None

    def hear_admitted(self, report: Admitted) -> None:
        """Have the backplane let a session in whom the gate lets in."""
        state = self._state
        session = state.sessions.get(report.sid)
        entering = None if session is None else (session.entering or {}).get(report.room)
        if session is None or entering is None or entering.asked:
            return
        identity = session.identity
        entering.asked = True
        state.timers.cancel(Deadline.ADMIT, join_key(report.sid, report.room))
        entering.ice = report.ice
        entering.fixed = (identity.meta or {}) | (report.meta or {})
        member = Member(
            session.peer,
            session.sid,
            state.node,
            entering.meta | entering.fixed,
            identity.role or Role.MEMBER,
            subject=identity.subject,
        )
        state.order(
            Enter(
                report.room,
                member,
                self._terms(session, entering.join, report.conditions),
                entering.join.id,
                instead_of=session.heir_of,
                duplicates=state.settings.duplicates,
                opener_is_host=state.settings.anonymous_hosts and identity.role is None,
            )
        )

    def hear_barred(self, report: Barred) -> None:
        """Tell a session that the gate does not let it in."""
        session = self._state.sessions.get(report.sid)
        entering = None if session is None else (session.entering or {}).get(report.room)
        if session is None or entering is None or entering.asked:
            return
        self._forget_entering(session, report.room)
        request = entering.join.id
        self._state.refuse(session, report.code, report.reason, request, report.retry_after)

    def handle_no_answer(self, key: str) -> None:
        """Give up waiting for the gate; what it says later is passed over."""
        sid, _, room = key.partition(" ")
        late = f"nobody could say in time whether {room!r} may be joined"
        self.hear_barred(Barred(sid, room, ErrorCode.UNAVAILABLE, late, _RETRY_UNREACHABLE))

    def hear_entered(self, report: Entered) -> None:
        """Seat a session that the backplane has let in, and tell it and the others here."""
        state, member = self._state, report.member
        session = state.sessions.get(member.sid)
        entering = None if session is None else (session.entering or {}).get(report.room)
        if session is None or entering is None:
            if session is None or report.room not in session.rooms:
                state.order(Exit(report.room, member.peer, member.sid, LeaveReason.LOST))
            return
        self._forget_entering(session, report.room)
        state.counters.joins += 1
        session.rooms[report.room] = Seat(entering.meta, entering.fixed, entering.ice)
        room = self._follow(report)
        room.here[member.peer] = session
        self._note_entered(session, report)
        ice = entering.ice
        if ice is None:
            ice = state.ice_for(session.sid, session.region)
        request = entering.join.id
        state.send(session, replies.joined(report, room, ice, request))
        state.put_all(
            list(room.watchers(member)), replies.peer_join(report.room, member, report.rev)
        )
        if session.connection is None:
            grace = state.settings.resume_for
            state.order(Mark(report.room, member.peer, member.sid, MemberState.GONE, grace))
        if not _is_granted(session, report.room):  # a newer token has come meanwhile
            self._put_out(session, report.room)

    def _follow(self, report: Entered) -> Room:
        rooms, name = self._state.rooms, report.room
        room = rooms.get(name)
        if room is not None and room.rev + 1 != report.rev:
            self._news.replace_copy(room, report.others, report.terms, report.rev)
            room = rooms.get(name)
        if room is None:
            room = rooms[name] = Room(name, report.terms, report.others, report.rev)
        room.members[report.member.peer] = report.member
        room.rev = report.rev
        return room

    def _note_entered(self, session: Session, report: Entered) -> None:
        note, room = self._state.note, report.room
        if report.opened:
            note(Happening.ROOM_OPENED, session, room=room)
        role = report.member.role.value
        note(Happening.PEER_JOINED, session, room=room, peer=session.peer, role=role)

    def hear_turned(self, report: Turned) -> None:
        """Tell a session that the backplane does not let it in."""
        session = self._state.sessions.get(report.sid)
        entering = None if session is None else (session.entering or {}).get(report.room)
        if session is None or entering is None:
            return
        self._forget_entering(session, report.room)
        reason = _TURNED[report.code].format(room=report.room)
        request = entering.join.id
        self._state.refuse(session, report.code, reason, request, report.retry_after)

    def hear_unreachable(self) -> None:
        """Answer the joins that nobody decides any more; one that was decided is undone later."""
        code, state = ErrorCode.UNAVAILABLE, self._state
        for session in list(state.sessions.values()):
            for room, entering in list((session.entering or {}).items()):
                if entering.asked:
                    self._forget_entering(session, room)
                    request = entering.join.id
                    state.refuse(session, code, _TURNED[code], request, _RETRY_UNREACHABLE)

    def _terms(self, session: Session, join: Join, said: Conditions) -> Terms:
        """What holds for a room if it is opened now: what the gate says comes before its opener."""
        most = said.max
        if most is None:
            most = max(self._state.limits.peers, session.players_in(join.room))
        keyless = join.key is None or said.key is KeyKeeper.GATE
        return Terms(
            max=most if join.max is None else min(join.max, most),
            topology=said.topology or join.topology or Topology.MESH,
            key="" if keyless else key_digest(join.room, join.key or ""),
        )

    def _forget_entering(self, session: Session, room: str) -> None:
        assert session.entering is not None
        self._state.timers.cancel(Deadline.ADMIT, join_key(session.sid, room))
        del session.entering[room]
        if not session.entering:
            session.entering = None

    # --- members ----------------------------------------------------------------------------------

    def leave_what_is_not_granted(self, session: Session) -> None:
        """Put a session out of the rooms that its newer token does not allow."""
        for room in list(session.rooms):
            if not _is_granted(session, room):
                self._put_out(session, room)

    def _put_out(self, session: Session, room: str) -> None:
        reason, heir = _NOT_GRANTED.format(room=room), self._state.settings.anonymous_hosts
        out = Exit(room, session.peer, session.sid, LeaveReason.EXPIRED, msg=reason, heir=heir)
        self._state.order(out)

    def leave(self, session: Session, message: Leave) -> None:
        """Take a session out of a room."""
        state = self._state
        if message.room not in session.rooms:
            self.refuse_stranger(session, message.room, message.id)
            return
        state.counters.leaves += 1
        state.take_out(session, message.room, LeaveReason.LEFT)
        state.answer_ok(session, message.id)

    def change_metadata(self, session: Session, message: State) -> None:
        """Replace keys of a member's metadata, and take away those that are null."""
        state = self._state
        seat = session.rooms.get(message.room)
        if seat is None:
            self.refuse_stranger(session, message.room, message.id)
            return
        patched = seat.meta | message.meta
        meta = {key: value for key, value in patched.items() if value is not None}
        if size_of_metadata(meta) > state.limits.meta:
            most = f"metadata may have {state.limits.meta} bytes"
            state.refuse(session, ErrorCode.TOO_BIG, most, message.id)
            return
        seat.meta = meta
        whole = meta | (seat.fixed or {})
        state.order(Revise(message.room, session.peer, session.sid, whole))
        state.answer_ok(session, message.id)

    def kick(self, session: Session, message: Kick) -> None:
        """Put another member out, for a host."""
        state = self._state
        room = self._as_host(session, message.room, message.id)
        if room is None:
            return
        target = room.members.get(message.peer)
        if target is None or target.sid == session.sid:
            unknown = f"no other member is called {message.peer!r}"
            state.refuse(session, ErrorCode.NOT_FOUND, unknown, message.id)
            return
        state.order(
            Exit(
                message.room,
                target.peer,
                target.sid,
                LeaveReason.KICKED,
                session.peer,
                message.reason,
                state.settings.anonymous_hosts,
            )
        )
        state.answer_ok(session, message.id)

    def lock(self, session: Session, message: Lock) -> None:
        """Lock a room or unlock it, for a host."""
        if self._as_host(session, message.room, message.id) is None:
            return
        self._state.order(SetLock(message.room, session.peer, session.sid, message.locked))
        self._state.answer_ok(session, message.id)

    def _as_host(self, session: Session, name: str, request: int | None) -> Room | None:
        """Find a room that the session is a host of, or refuse."""
        if name not in session.rooms:
            self.refuse_stranger(session, name, request)
            return None
        room = self._state.rooms[name]
        member = room.members.get(session.peer)
        if member is None or member.role is not Role.HOST:
            self._state.refuse(session, ErrorCode.FORBIDDEN, "only hosts may do that", request)
            return None
        return room

    def refuse_stranger(self, session: Session, room: str, request: int | None) -> None:
        """Answer alike whether the room exists or not."""
        self._state.refuse(session, ErrorCode.NOT_FOUND, f"not a member of {room!r}", request)


def _is_granted(session: Session, room: str) -> bool:
    if is_match_room(room):
        return True  # that is for the gate to say
    is_listed = any(matches(pattern, room) for pattern in session.identity.rooms)
    return is_listed or session.plays_in(room)


def key_digest(room: str, key: str) -> str:
    """What stands for a room's key wherever rooms are kept."""
    return sha256(f"{room}\0{key}".encode()).hexdigest()
