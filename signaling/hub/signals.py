"""What members send each other: at once on this node, through the backplane to others."""

from signaling import replies
from signaling.codes import ErrorCode
from signaling.hub.routes import Routes
from signaling.hub.state import HubState
from signaling.journal import Happening
from signaling.messages import Forwarded, ServerMessage, Signal, Stats, UndeliveredReason
from signaling.orders import Member, Miss, Relay
from signaling.reports import Relayed
from signaling.sessions import Session
from signaling.wire import encode


class Signals:
    """Carries signals, and says of each that it was delivered or was not."""

    def __init__(self, state: HubState, routes: Routes) -> None:
        self._state = state
        self._routes = routes

    def carry(self, session: Session, message: Signal) -> None:
        """Carry a signal to another member of a room that its sender is in."""
        state = self._state
        name = message.room
        if name not in session.rooms:
            stranger = f"not a member of {name!r}"
            state.refuse(session, ErrorCode.NOT_FOUND, stranger, message.id)
            return
        if message.mid is not None and session.has_sent(message.mid):
            state.counters.signals_repeated += 1
            state.answer_ok(session, message.id)
            return
        room = state.rooms[name]
        receiver = room.members.get(message.to)
        if receiver is None or receiver.sid == session.sid:
            self._return(session, message, UndeliveredReason.UNKNOWN_PEER)
            return
        sender = room.members.get(session.peer)
        if sender is None or room.are_apart(sender, receiver):
            self._return(session, message, UndeliveredReason.UNKNOWN_PEER)
            return
        reason = self._forward(receiver, message, session)
        if reason is not None:
            self._return(session, message, reason)
            return
        if message.mid is not None:
            session.remember(message.mid, state.limits.remembered_mids)
        state.counters.signals_delivered += 1
        if message.id is not None:
            state.answer_ok(session, message.id)

    def _forward(
        self, receiver: Member, message: Signal, sender: Session
    ) -> UndeliveredReason | None:
        state, sid, node = self._state, receiver.sid, receiver.node
        forwarded = replies.forwarded(message, sender.peer)
        if not self._routes.is_straight:
            held = self._routes.hold_back(sid, forwarded, sender.sid)
            if held is not None:
                return None if held else UndeliveredReason.SLOW
            node = self._routes.node_of(sid, node)
        if node != state.node:
            self._routes.send(sid, node, forwarded)
            return None
        session = state.sessions.get(sid)
        if session is None and sid in state.forwards:
            self._routes.send(sid, state.forwards[sid], forwarded)
            return None
        if session is None or sid in state.homing:
            return self._forward_around(session, sid, forwarded)
        if message.room not in session.rooms:
            return UndeliveredReason.UNKNOWN_PEER
        delivered = state.put(session, encode(forwarded)[:-1])
        return None if delivered else UndeliveredReason.SLOW

    def _forward_around(
        self, session: Session | None, sid: str, message: ServerMessage
    ) -> UndeliveredReason | None:
        """Carry a message to a session that has just moved away, or has just come."""
        state = self._state
        onward = state.forwards.get(sid)
        if session is None and onward is None:
            return UndeliveredReason.UNKNOWN_PEER
        if onward is not None:
            state.order(Relay(onward, sid, message))
            return None
        waiting = state.homing[sid].messages
        if len(waiting) >= state.limits.ring:
            return UndeliveredReason.SLOW
        waiting.append(message)
        return None

    def _return(self, session: Session, message: Signal, reason: UndeliveredReason) -> None:
        self._state.counters.signals_undelivered += 1
        self._state.send(session, replies.undelivered(message, reason))

    def hear_relayed(self, report: Relayed) -> None:
        """Deliver what another node has for a session here.

        One that we do not know has ended, or has gone on long ago: there it has missed this.
        """
        state, message = self._state, report.message
        if not self._routes.is_straight and self._routes.is_early(report):
            return
        session = state.sessions.get(report.sid)
        if session is None or report.sid in state.homing:
            reason = self._forward_around(session, report.sid, message)
            if reason is UndeliveredReason.SLOW:
                self._routes.miss(report.sid, state.node)
            elif reason is not None:
                state.order(Miss(None, report.sid))
        elif isinstance(message, Forwarded) and message.room not in session.rooms:
            self.tell_sender(message, session.peer, UndeliveredReason.UNKNOWN_PEER)
        elif not state.send(session, message):
            self.tell_sender(message, session.peer, UndeliveredReason.SLOW)

    def tell_sender(self, message: ServerMessage, receiver: str, reason: UndeliveredReason) -> None:
        """Tell who sent a signal that it was under way and did not arrive."""
        state = self._state
        if not isinstance(message, Forwarded):
            return
        room = state.rooms.get(message.room)
        sender = None if room is None else room.members.get(message.sender)
        if sender is None:
            return
        state.counters.signals_undelivered += 1
        news = replies.undelivered_from(message, receiver, reason)
        session = state.sessions.get(sender.sid)
        if session is not None:
            state.send(session, news)
            return
        node = self._routes.node_of(sender.sid, sender.node)
        node = state.forwards.get(sender.sid, node)
        if node != state.node and not self._routes.carry(sender.sid, node, news):
            self._routes.miss(sender.sid, node)

    def note_stats(self, session: Session, message: Stats) -> None:
        """Note how an attempt to connect went, for metrics and webhooks."""
        state = self._state
        if message.room not in session.rooms:
            stranger = f"not a member of {message.room!r}"
            state.refuse(session, ErrorCode.NOT_FOUND, stranger, message.id)
            return
        fields: dict[str, str | int | float | bool] = {
            "room": message.room,
            "peer": session.peer,
            "with": message.peer,
            "state": message.state.value,
            "relayed": message.relayed,
        }
        if message.connect_ms is not None:
            fields["connect_ms"] = message.connect_ms
        if message.rtt_ms is not None:
            fields["rtt_ms"] = message.rtt_ms
        state.note(Happening.CALL_REPORTED, session, **fields)
        state.answer_ok(session, message.id)
