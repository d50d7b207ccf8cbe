"""What clients send: counted, numbered, acknowledged, and given to whoever obeys it."""

from collections.abc import Callable
from typing import Any, Final

from signaling.codes import CloseCode, ErrorCode
from signaling.hub.greeting import Greeting
from signaling.hub.ice import IceRenewal
from signaling.hub.identity import Identities
from signaling.hub.matching import Matching, Request
from signaling.hub.resuming import Resuming
from signaling.hub.rooms import RoomRequests
from signaling.hub.signals import Signals
from signaling.hub.state import HubState
from signaling.messages import (
    Ack,
    Acked,
    Auth,
    Bye,
    ClientMessage,
    Hello,
    IceRequest,
    Join,
    Kick,
    Leave,
    LeaveReason,
    Lock,
    Ping,
    Pong,
    Signal,
    State,
    Stats,
)
from signaling.sessions import Connection, Session
from signaling.wire import Refusal

_ACK_EVERY = 16
"""Numbered messages from a client after which it is told that they are in."""


class Inbox:
    """Takes messages from connections, one by one."""

    def __init__(
        self,
        state: HubState,
        greeting: Greeting,
        resuming: Resuming,
        identities: Identities,
        ice: IceRenewal,
        rooms: RoomRequests,
        signals: Signals,
        matching: Matching,
    ) -> None:
        self._state = state
        self._greeting = greeting
        self._resuming = resuming
        self._obey: Final[dict[type[ClientMessage], Callable[[Session, Any], None]]] = {
            Signal: signals.carry,
            Join: rooms.join,
            Leave: rooms.leave,
            State: rooms.change_metadata,
            Kick: rooms.kick,
            Lock: rooms.lock,
            Stats: signals.note_stats,
            IceRequest: ice.answer,
            Ping: self._answer_ping,
            Bye: self._say_bye,
            Hello: self._refuse_hello,
            Auth: identities.refresh,
            Ack: lambda _session, _message: None,
            **dict.fromkeys(Request.__args__, matching.receive),
        }

    def receive(self, connection: Connection, message: ClientMessage) -> None:
        """Take a message, if it is not one too many."""
        state = self._state
        if connection.cid not in state.connections:
            return
        session = connection.session
        if session is not None and not self._take_ack(session, message):
            return
        wait = connection.bucket.take(state.now)
        if wait > 0.0:
            self._refuse_for_now(connection, message, wait)
            return
        connection.refused_in_a_row = 0
        if session is None:
            if self._greeting.greet(connection, message):
                self._resuming.take_up(connection)
        elif message.seq is None or self._is_next(session, message, message.seq):
            self._obey[type(message)](session, message)

    def _take_ack(self, session: Session, message: ClientMessage) -> bool:
        if message.ack is None or self._state.acknowledge(session, message.ack):
            return True
        much = f"ack {message.ack} came, {session.sent} messages were sent"
        self._state.refuse(session, ErrorCode.BAD_MESSAGE, much, message.id)
        return False

    def _is_next(self, session: Session, message: ClientMessage, seq: int) -> bool:
        """Say whether a numbered message is to be obeyed: it is the next one, neither old nor too new."""
        state = self._state
        if seq <= session.heard:
            return False
        if seq != session.heard + 1:
            hole = f"seq {seq} came, expected {session.heard + 1}"
            state.refuse(session, ErrorCode.BAD_MESSAGE, hole, message.id)
            return False
        self._count(session)
        return True

    def _count(self, session: Session) -> None:
        session.heard += 1
        if session.heard - session.told >= _ACK_EVERY and session.connection is not None:
            session.told = session.heard
            self._state.say(session.connection, Acked(ack=session.heard))

    def receive_refusal(self, connection: Connection, refusal: Refusal) -> None:
        """Answer what was no message."""
        state = self._state
        wait = connection.bucket.take(state.now)
        session = connection.session
        if wait > 0.0:
            self._refuse_for_now(connection, refusal, wait)
        elif session is None:
            state.expel(connection, refusal.code, refusal.reason, refusal.id)
        else:
            self._count_if_next(session, refusal.seq)
            state.refuse(session, refusal.code, refusal.reason, refusal.id)

    def _count_if_next(self, session: Session, seq: int | None) -> None:
        """A message that is answered with a refusal has come in all the same."""
        if seq == session.heard + 1:
            self._count(session)

    def _refuse_for_now(
        self, connection: Connection, message: ClientMessage | Refusal, wait: float
    ) -> None:
        state = self._state
        connection.refused_in_a_row += 1
        session = connection.session
        reason = f"at most {state.limits.rate:g} messages per second"
        if session is None or connection.refused_in_a_row > state.limits.burst:
            state.expel(connection, ErrorCode.RATE_LIMITED, reason, message.id, wait)
        elif not isinstance(message, Ack):
            self._count_if_next(session, message.seq)
            state.refuse(session, ErrorCode.RATE_LIMITED, reason, message.id, wait)

    def _answer_ping(self, session: Session, message: Ping) -> None:
        if session.connection is not None:
            self._state.say(session.connection, Pong(id=message.id))

    def _say_bye(self, session: Session, message: Bye) -> None:
        state, connection = self._state, session.connection
        state.answer_ok(session, message.id)
        if connection is not None:
            state.close(connection, CloseCode.NORMAL, "bye")
        state.end(session, LeaveReason.BYE)

    def _refuse_hello(self, session: Session, message: Hello) -> None:
        again = "hello was said already"
        self._state.refuse(session, ErrorCode.CONFLICT, again, message.id)
