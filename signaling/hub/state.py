"""What all parts of the hub share: its sessions and rooms, its outputs, and how frames go out."""

import math
from collections.abc import Callable, Iterable
from typing import TypeAlias

from signaling.codes import FATAL, CloseCode, ErrorCode
from signaling.counters import Counters
from signaling.deskrequests import DeskRequests
from signaling.journal import Happening, Noted
from signaling.messages import Error, IceServer, LeaveReason, MemberState, ServerMessage
from signaling.orders import Exit, Mark, Order
from signaling.outputs import Close, Deliver, Output
from signaling.rate import TokenBucket
from signaling.reports import Fenced, Missed, Relayed
from signaling.resumption import Claimant, Tokens
from signaling.rooms import Room
from signaling.sessions import Connection, Homing, Session
from signaling.settings import Settings
from signaling.timers import Deadline, Timers, join_key
from signaling.wire import encode

IceFor: TypeAlias = Callable[[str, str], tuple[IceServer, ...]]
"""Lists ICE servers with fresh credentials for a session id and a region."""


class HubState:
    """The sessions, the connections and the rooms of one node.

    `now` is the time of what is being handled, `outputs` what came of it so far.

    Attributes:
        kept: Bytes in all rings together.
        doomed: Sessions to be ended once what is being handled is done.
        arrived: Messages for sessions here to be delivered then, fences behind them, and news of losses.
        welcomed: Connections whose messages have waited for the welcome, to be obeyed then.
        returned: Sessions that have a connection again.
        forwards: Where sessions went that have moved from here.
        homing: Sessions that have come here and are not at home yet.
        needed_until: When all have heard of the last session that moved from here.
    """

    def __init__(self, settings: Settings, ice: IceFor) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.node = settings.node
        self.ice_for = ice
        self.counters = Counters()
        self.tokens = None if settings.resume_key is None else Tokens(settings.resume_key)
        self.connections: dict[str, Connection] = {}
        self.sessions: dict[str, Session] = {}
        self.rooms: dict[str, Room] = {}
        self.timers = Timers()
        self.desk_requests = DeskRequests()
        self.outputs: list[Output] = []
        self.doomed: list[Session] = []
        self.arrived: list[Relayed | Missed | Fenced] = []
        self.welcomed: list[Connection] = []
        self.returned: list[Session] = []
        self.forwards: dict[str, str] = {}
        self.homing: dict[str, Homing] = {}
        self.kept = 0
        self.now = 0.0
        self.needed_until = 0.0
        self.is_draining = False
        self.is_reachable = True

    # --- frames -----------------------------------------------------------------------------------

    def send(self, session: Session, message: ServerMessage) -> bool:
        """Send a message that must not be lost; False if the session cannot be sent any more."""
        return self.put(session, encode(message)[:-1])

    def put(self, session: Session, body: bytes) -> bool:
        """Give a message its number and send it; `body` is its JSON without the last brace."""
        session.sent += 1
        frame = b'%b,"seq":%d}' % (body, session.sent)
        connection = session.connection
        ring = session.ring
        if ring is not None:
            ring.frames.append(frame)
            ring.size += len(frame)
            self.kept += len(frame)
            limits = self.limits
            if (
                len(ring.frames) > limits.ring
                or ring.size > limits.ring_bytes
                or self.kept > limits.rings
            ) and not self._make_room(session):
                return False
        if connection is not None:
            self.outputs.append(Deliver(connection.cid, frame))
        return True

    def put_all(self, sessions: Iterable[Session], message: ServerMessage) -> None:
        """Send one message to many, encoded once."""
        body = encode(message)[:-1]
        for session in sessions:
            self.put(session, body)

    def say(self, connection: Connection, message: ServerMessage) -> None:
        """Send a message that bears no number."""
        self.outputs.append(Deliver(connection.cid, encode(message)))

    def answer_ok(self, session: Session, request: int | None) -> None:
        """Say that a request is done, if it asked for an answer."""
        if request is not None:
            self.put(session, b'{"t":"ok","id":%d' % request)

    def acknowledge(self, session: Session, seq: int) -> bool:
        """Forget what a client has; False if it cannot have that much."""
        ring = session.ring
        if seq > session.sent:
            return False
        if ring is not None and (count := seq - session.sent + len(ring.frames)) > 0:
            self.kept -= ring.drop(count)
        return True

    def _make_room(self, session: Session) -> bool:
        """Forget the oldest of too much, unless nobody else has it: then the session ends."""
        ring = session.ring
        assert ring is not None
        if session.connection is None:
            self.doomed.append(session)
            return False
        count = ring.excess(self.limits.ring, self.limits.ring_bytes)
        if self.kept > self.limits.rings:
            count = len(ring.frames)
        self.kept -= ring.drop(count)
        return True

    def take_join(self, session: Session) -> float:
        """Take a join's share of the rate; the wait for it otherwise."""
        if session.joins is None:
            session.joins = TokenBucket(self.limits.joins, self.limits.joins_burst, self.now)
        return session.joins.take(self.now)

    # --- refusals ---------------------------------------------------------------------------------

    def refuse(
        self,
        session: Session,
        code: ErrorCode,
        reason: str,
        request: int | None,
        retry_after: float | None = None,
    ) -> None:
        """Say no; the session goes on."""
        self._note_refusal(session.sid, code, reason)
        self.send(session, _error(code, reason, request, retry_after))

    def expel(
        self,
        connection: Connection,
        code: ErrorCode,
        reason: str,
        request: int | None = None,
        retry_after: float | None = None,
        reason_to_leave: LeaveReason = LeaveReason.CLOSED,
    ) -> None:
        """Say no and close the connection; a session that may not come back ends with it."""
        close_code = FATAL[code]
        session = connection.session
        self._note_refusal(connection.cid if session is None else session.sid, code, reason)
        self.say(connection, _error(code, reason, request, retry_after, fatal=True))
        self.close(connection, close_code, code.label)
        if session is not None and close_code < CloseCode.UNAVAILABLE:
            self.end(session, reason_to_leave)
        elif session is not None:
            self.part(session, reason_to_leave)

    def _note_refusal(self, sid: str, code: ErrorCode, reason: str) -> None:
        self.counters.errors[code] += 1
        fields: dict[str, str | int | float | bool] = {
            "code": int(code),
            "name": code.label,
            "msg": reason,
        }
        self.outputs.append(Noted(Happening.REFUSED, sid, fields))

    # --- endings ----------------------------------------------------------------------------------

    def close(self, connection: Connection, code: CloseCode, reason: str) -> None:
        """Close a connection, and know it no longer."""
        self.counters.closes[code] += 1
        self.outputs.append(Close(connection.cid, code, reason))
        self.forget(connection)

    def forget(self, connection: Connection) -> None:
        """Know a connection no longer."""
        self.connections.pop(connection.cid, None)
        self.timers.cancel(Deadline.HELLO, connection.cid)
        self.timers.cancel(Deadline.ANSWER, connection.cid)

    def part(self, session: Session, reason: LeaveReason) -> None:
        """Take note that a session's connection is gone: it may come back, or it ends."""
        session.connection = None
        if session.ring is None:
            self.end(session, reason)
            return
        grace = self.settings.resume_for
        self.timers.set(Deadline.GRACE, session.sid, self.now + grace)
        self.note(Happening.SESSION_GONE, session, peer=session.peer, reason=reason.value)
        for room in session.rooms:
            self.order(Mark(room, session.peer, session.sid, MemberState.GONE, grace))
        self.pause(session, paused=True)

    def pause(self, session: Session, *, paused: bool) -> None:
        """Tell the desk that nobody is to be matched with a session, or that it is back."""
        if session.places is not None:
            self.outputs += [
                place.pause(session.sid, paused=paused) for place in session.places.values()
            ]

    def end(self, session: Session, reason: LeaveReason) -> None:
        """End a session for good, taking it out of its rooms."""
        if self.sessions.get(session.sid) is not session:
            return
        self.release(session)
        self.counters.sessions_closed += 1
        for room in list(session.rooms):
            self.take_out(session, room, reason)
        if session.places is not None:
            self.outputs += [
                place.farewell(session.sid, reason) for place in session.places.values()
            ]
        self.note(Happening.SESSION_ENDED, session, peer=session.peer, reason=reason.value)

    def release(self, session: Session) -> None:
        """Have a session no longer; its rooms are left to the caller."""
        del self.sessions[session.sid]
        self.homing.pop(session.sid, None)
        if session.ring is not None:
            self.kept -= session.ring.size
        for deadline in (Deadline.GRACE, Deadline.EXPIRING, Deadline.EXPIRED, Deadline.ICE):
            self.timers.cancel(deadline, session.sid)
        for room in session.entering or ():
            self.timers.cancel(Deadline.ADMIT, join_key(session.sid, room))

    def take_out(self, session: Session, room: str, reason: LeaveReason) -> None:
        """Order a session out of a room that it is in."""
        self.vacate(session, room, reason)
        heir = self.settings.anonymous_hosts
        self.order(Exit(room, session.peer, session.sid, reason, heir=heir))

    def vacate(self, session: Session, room: str, reason: LeaveReason) -> None:
        """Free a session's seat."""
        del session.rooms[room]
        self.leave_seat(session, room)
        left = reason.value
        self.note(Happening.PEER_LEFT, session, room=room, peer=session.peer, reason=left)

    def leave_seat(self, session: Session, room: str) -> None:
        """Tell a session nothing more of a room, which is followed while somebody here is in it."""
        copy = self.rooms.get(room)
        if copy is not None and copy.here.get(session.peer) is session:
            del copy.here[session.peer]
            if not copy.here:
                del self.rooms[room]

    def order(self, order: Order) -> None:
        """Give the backplane an order."""
        self.outputs.append(order)

    def token_for(self, session: Session) -> str | None:
        """Write the next token of a session that is kept."""
        if self.tokens is None or session.ring is None:
            return None
        session.generation += 1
        return self.tokens.write(Claimant(self.node, session.sid, session.generation))

    def note(self, happening: Happening, session: Session, **fields: str | float | bool) -> None:
        """Note what happened to a session."""
        self.outputs.append(Noted(happening, session.sid, fields))


def _error(
    code: ErrorCode,
    reason: str,
    request: int | None,
    retry_after: float | None,
    *,
    fatal: bool = False,
) -> Error:
    retry_ms = None if retry_after is None else max(1, math.ceil(retry_after * 1000))
    return Error(id=request, code=code, name=code.label, msg=reason, fatal=fatal, retry_ms=retry_ms)
