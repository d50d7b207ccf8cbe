"""The core: sessions, rooms and the rules between them, without sockets, clocks or logs.

Rule 1. The first message is `hello`; whatever else comes before the welcome ends the session.
Rule 2. After the welcome a bad message is answered with an error and nothing else happens, unless
it is too big or there are too many of them.
Rule 3. A session reaches only members of rooms that it is in itself.
Rule 4. What one session sends another arrives in the order in which it was sent, or the receiver
is closed; nobody ever waits for a slow one.
"""

import math
from collections.abc import Callable
from typing import assert_never

from signaling import replies
from signaling.backplane import (
    Arrived,
    Departed,
    Enter,
    Entered,
    Exit,
    Member,
    Relay,
    Relayed,
    Report,
    Revise,
    Revised,
    Turned,
)
from signaling.codes import FATAL, CloseCode, ErrorCode
from signaling.counters import Counters
from signaling.messages import (
    Ack,
    Auth,
    Bye,
    ClientMessage,
    Error,
    Forwarded,
    GoAway,
    Hello,
    Ice,
    IceRequest,
    IceServer,
    Join,
    Kick,
    Leave,
    LeaveReason,
    Lock,
    Ok,
    Ping,
    Pong,
    ServerMessage,
    Signal,
    State,
    Stats,
    UndeliveredReason,
)
from signaling.outputs import Close, Deliver, Output
from signaling.rate import TokenBucket
from signaling.rooms import Rooms
from signaling.sessions import Session, Stage
from signaling.settings import Settings
from signaling.wire import Refusal, decode_from_client, size_of, size_of_metadata

_TURNED = {
    ErrorCode.CONFLICT: "another member of {room!r} has this name",
    ErrorCode.ROOM_FULL: "{room!r} is full",
}


class Hub:
    """All sessions of one node, and the rooms they are in.

    Args:
        settings: Limits and times.
        ice: Lists the ICE servers for a session, with fresh credentials.
    """

    def __init__(self, settings: Settings, *, ice: Callable[[str], tuple[IceServer, ...]]) -> None:
        self.counters = Counters()
        self._settings = settings
        self._limits = settings.limits
        self._ice = ice
        self._sessions: dict[str, Session] = {}
        self._greeting: dict[str, float] = {}
        self._rooms = Rooms(settings.node)
        self._draining = False

    # --- what comes in ------------------------------------------------------------------------

    def receive_connection(self, sid: str, now: float) -> list[Output]:
        """Begin a session; its `hello` must come within `hello_timeout`."""
        assert sid not in self._sessions
        bucket = TokenBucket(self._limits.rate, self._limits.burst, now)
        hello_by = now + self._settings.hello_timeout
        self._sessions[sid] = Session(sid, bucket, hello_by, self._limits.remembered_mids)
        self._greeting[sid] = hello_by
        self.counters.sessions_opened += 1
        return []

    def receive_frame(self, sid: str, frame: str | bytes, now: float) -> list[Output]:
        """Take one frame from a session: `str` for text, `bytes` for binary."""
        session = self._sessions.get(sid)
        if session is None:
            return []
        self.counters.frames_received += 1
        if size_of(frame) > self._limits.message:
            most = f"{size_of(frame)} bytes came, at most {self._limits.message} are taken"
            return self._expel(session, ErrorCode.TOO_BIG, most)
        decoded = decode_from_client(frame)
        if isinstance(decoded, Refusal):
            return self._receive_refusal(session, decoded, now)
        outputs: list[Output] = []
        for message in decoded:
            outputs += self.receive_message(sid, message, now)
        return outputs

    def receive_message(self, sid: str, message: ClientMessage, now: float) -> list[Output]:
        """Take one message from a session."""
        session = self._sessions.get(sid)
        if session is None:
            return []
        wait = session.bucket.take(now)
        if wait > 0.0:
            return self._refuse_for_now(session, message.id, wait)
        session.refused_in_a_row = 0
        if session.stage is Stage.GREETING:
            return self._greet(session, message)
        return self._obey(session, message)

    def receive_disconnect(self, sid: str) -> list[Output]:
        """Hear that a session's connection is gone."""
        session = self._sessions.get(sid)
        return [] if session is None else self._drop(session, LeaveReason.LOST)

    def receive_overflow(self, delivery: Deliver) -> list[Output]:
        """Hear that a session does not read, so that this delivery found its outbox full."""
        session = self._sessions.get(delivery.sid)
        if session is None:
            return []
        self.counters.closes[CloseCode.SLOW_CONSUMER] += 1
        close = Close(session.sid, CloseCode.SLOW_CONSUMER, "messages are not read fast enough")
        told = self._tell_sender_of_slowness(delivery.message, session.peer)
        return [close, *told, *self._drop(session, LeaveReason.SLOW)]

    def receive_report(self, report: Report) -> list[Output]:
        """Hear from the backplane."""
        match report:
            case Entered():
                return self._hear_entered(report)
            case Turned():
                return self._hear_turned(report)
            case Arrived():
                return self._rooms.hear_arrived(report)
            case Departed():
                return self._rooms.hear_departed(report)
            case Revised():
                return self._rooms.hear_revised(report)
            case Relayed():
                return [Deliver(report.sid, report.message)]
            case _:
                assert_never(report)

    @property
    def is_draining(self) -> bool:
        """Whether the server is about to close."""
        return self._draining

    @property
    def rooms(self) -> int:
        """Rooms that a session of this node is in."""
        return len(self._rooms)

    def next_deadline(self) -> float | None:
        """Say when `handle_timer` wants to be called."""
        return next(iter(self._greeting.values()), None)

    def handle_timer(self, now: float) -> list[Output]:
        """End the sessions that never said hello."""
        late = [sid for sid, hello_by in self._greeting.items() if hello_by <= now]
        outputs: list[Output] = []
        for sid in late:
            outputs += self._expel(
                self._sessions[sid], ErrorCode.HELLO_TIMEOUT, "no hello came in time"
            )
        return outputs

    def drain(self, notice: float) -> list[Output]:
        """Announce that the server closes in `notice` seconds, and welcome nobody from now on.

        The announced pauses are spread evenly, so that clients do not all come back at once.
        """
        self._draining = True
        welcomed = [s.sid for s in self._sessions.values() if s.stage is Stage.WELCOMED]
        step = self._settings.reconnect_spread / max(1, len(welcomed))
        deadline_ms = round(notice * 1000)
        return [
            Deliver(sid, GoAway(deadline_ms=deadline_ms, after_ms=round(step * index * 1000)))
            for index, sid in enumerate(welcomed)
        ]

    # --- messages -----------------------------------------------------------------------------

    def _greet(self, session: Session, message: ClientMessage) -> list[Output]:
        if not isinstance(message, Hello):
            return self._expel(
                session, ErrorCode.BAD_MESSAGE, "the first message must be hello", message.id
            )
        if self._draining:
            return self._expel(session, ErrorCode.UNAVAILABLE, "the server is closing", message.id)
        if size_of_metadata(message.meta) > self._limits.meta:
            return self._expel(session, ErrorCode.TOO_BIG, self._meta_too_big(), message.id)
        del self._greeting[session.sid]
        session.stage = Stage.WELCOMED
        session.peer = message.peer or session.sid
        session.meta = message.meta
        ice = self._ice(session.sid)
        return [Deliver(session.sid, replies.welcome(session, self._settings, ice, message.id))]

    def _obey(self, session: Session, message: ClientMessage) -> list[Output]:
        match message:
            case Signal():
                return self._signal(session, message)
            case Join():
                return self._join(session, message)
            case Leave():
                return self._leave(session, message)
            case State():
                return self._state(session, message)
            case IceRequest():
                ice = self._ice(session.sid)
                ttl = round(self._settings.ice.ttl)
                return [Deliver(session.sid, Ice(id=message.id, ice=ice, ice_ttl_s=ttl))]
            case Ping():
                return [Deliver(session.sid, Pong(id=message.id))]
            case Bye():
                self.counters.closes[CloseCode.NORMAL] += 1
                close = Close(session.sid, CloseCode.NORMAL, "bye")
                return [*self._ok(session, message), close, *self._drop(session, LeaveReason.BYE)]
            case Hello():
                again = "hello was said already"
                return self._refuse(session, ErrorCode.CONFLICT, again, message.id)
            case Auth() | Kick() | Lock() | Stats() | Ack():
                return self._refuse(session, ErrorCode.BAD_MESSAGE, "not yet", message.id)
            case _:
                assert_never(message)

    def _signal(self, session: Session, message: Signal) -> list[Output]:
        if message.room not in session.rooms:
            return self._refuse_stranger(session, message.room, message.id)
        if session.has_sent(message.mid):
            self.counters.signals_repeated += 1
            return self._ok(session, message)
        receiver = self._rooms.find(message.room, message.to)
        if receiver is None or receiver.sid == session.sid:
            self.counters.signals_undelivered += 1
            unknown = replies.undelivered(message, UndeliveredReason.UNKNOWN_PEER)
            return [Deliver(session.sid, unknown)]
        session.remember(message.mid)
        self.counters.signals_delivered += 1
        forwarded = replies.forwarded(message, session.peer)
        return [self._towards(receiver, forwarded), *self._ok(session, message)]

    def _join(self, session: Session, message: Join) -> list[Output]:
        meta = session.meta if message.meta is None else message.meta
        if message.room in session.rooms or message.room in session.entering:
            return self._refuse(
                session, ErrorCode.CONFLICT, f"already in {message.room!r}", message.id
            )
        if len(session.rooms) + len(session.entering) >= self._limits.rooms:
            most = f"a session may be in {self._limits.rooms} rooms"
            return self._refuse(session, ErrorCode.FORBIDDEN, most, message.id)
        if size_of_metadata(meta) > self._limits.meta:
            return self._refuse(session, ErrorCode.TOO_BIG, self._meta_too_big(), message.id)
        session.entering.add(message.room)
        member = Member(session.peer, session.sid, self._settings.node, meta)
        return [Enter(message.room, member, self._limits.peers, message.id)]

    def _leave(self, session: Session, message: Leave) -> list[Output]:
        if message.room not in session.rooms:
            return self._refuse_stranger(session, message.room, message.id)
        self.counters.leaves += 1
        leaving = self._take_out(session, message.room, LeaveReason.LEFT)
        return [leaving, *self._ok(session, message)]

    def _state(self, session: Session, message: State) -> list[Output]:
        if message.room not in session.rooms:
            return self._refuse_stranger(session, message.room, message.id)
        patched = session.rooms[message.room] | message.meta
        meta = {key: value for key, value in patched.items() if value is not None}
        if size_of_metadata(meta) > self._limits.meta:
            return self._refuse(session, ErrorCode.TOO_BIG, self._meta_too_big(), message.id)
        session.rooms[message.room] = meta
        revise = Revise(message.room, session.peer, session.sid, meta)
        return [revise, *self._ok(session, message)]

    # --- the backplane's answers ---

    def _hear_entered(self, report: Entered) -> list[Output]:
        member = report.member
        session = self._sessions.get(member.sid)
        if session is None:
            return [Exit(report.room, member.peer, member.sid, LeaveReason.LOST)]
        self.counters.joins += 1
        session.entering.discard(report.room)
        session.rooms[report.room] = member.meta
        self._rooms.open(report.room, report.others)
        told = self._rooms.hear_arrived(Arrived(report.room, member, report.rev))
        return [Deliver(session.sid, replies.joined(report, self._ice(session.sid))), *told]

    def _hear_turned(self, report: Turned) -> list[Output]:
        session = self._sessions.get(report.sid)
        if session is None:
            return []
        session.entering.discard(report.room)
        reason = _TURNED[report.code].format(room=report.room)
        return self._refuse(session, report.code, reason, report.request)

    # --- refusals -----------------------------------------------------------------------------

    def _receive_refusal(self, session: Session, refusal: Refusal, now: float) -> list[Output]:
        wait = session.bucket.take(now)
        if wait > 0.0:
            return self._refuse_for_now(session, refusal.id, wait)
        if session.stage is Stage.GREETING:
            return self._expel(session, refusal.code, refusal.reason, refusal.id)
        return self._refuse(session, refusal.code, refusal.reason, refusal.id)

    def _refuse_stranger(self, session: Session, room: str, request: int | None) -> list[Output]:
        """Answer alike whether the room exists or not."""
        return self._refuse(session, ErrorCode.NOT_FOUND, f"not a member of {room!r}", request)

    def _refuse_for_now(self, session: Session, request: int | None, wait: float) -> list[Output]:
        session.refused_in_a_row += 1
        reason = f"at most {self._limits.rate:g} messages per second"
        if session.refused_in_a_row > self._limits.burst:
            return self._expel(session, ErrorCode.RATE_LIMITED, reason, request)
        self.counters.errors[ErrorCode.RATE_LIMITED] += 1
        error = Error(
            id=request,
            code=ErrorCode.RATE_LIMITED,
            name=ErrorCode.RATE_LIMITED.label,
            msg=reason,
            fatal=False,
            retry_ms=max(1, math.ceil(wait * 1000)),
        )
        return [Deliver(session.sid, error)]

    def _refuse(
        self, session: Session, code: ErrorCode, reason: str, request: int | None
    ) -> list[Output]:
        self.counters.errors[code] += 1
        error = Error(id=request, code=code, name=code.label, msg=reason, fatal=False)
        return [Deliver(session.sid, error)]

    def _expel(
        self, session: Session, code: ErrorCode, reason: str, request: int | None = None
    ) -> list[Output]:
        close_code = FATAL[code]
        self.counters.errors[code] += 1
        self.counters.closes[close_code] += 1
        error = Error(id=request, code=code, name=code.label, msg=reason, fatal=True)
        close = Close(session.sid, close_code, code.label)
        return [Deliver(session.sid, error), close, *self._drop(session, LeaveReason.CLOSED)]

    # --- small steps --------------------------------------------------------------------------

    def _drop(self, session: Session, reason: LeaveReason) -> list[Output]:
        del self._sessions[session.sid]
        self._greeting.pop(session.sid, None)
        self.counters.sessions_closed += 1
        return [self._take_out(session, room, reason) for room in list(session.rooms)]

    def _take_out(self, session: Session, room: str, reason: LeaveReason) -> Exit:
        del session.rooms[room]
        self._rooms.forget(room, session.peer, session.sid)
        return Exit(room, session.peer, session.sid, reason)

    def _towards(self, member: Member, message: ServerMessage) -> Output:
        if member.node == self._settings.node:
            return Deliver(member.sid, message)
        return Relay(member.node, member.sid, message)

    def _tell_sender_of_slowness(self, message: ServerMessage, receiver: str) -> list[Output]:
        if not isinstance(message, Forwarded):
            return []
        sender = self._rooms.find(message.room, message.sender)
        if sender is None:
            return []
        self.counters.signals_undelivered += 1
        news = replies.undelivered_from(message, receiver, UndeliveredReason.SLOW)
        return [self._towards(sender, news)]

    def _ok(self, session: Session, message: ClientMessage) -> list[Output]:
        return [] if message.id is None else [Deliver(session.sid, Ok(id=message.id))]

    def _meta_too_big(self) -> str:
        return f"metadata may have {self._limits.meta} bytes"
