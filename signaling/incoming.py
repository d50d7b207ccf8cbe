"""The server's messages, as the events that a client's user sees."""

import msgspec

from signaling import messages
from signaling.codes import ErrorCode
from signaling.events import (
    ErrorReported,
    Event,
    IceRenewed,
    PeerBack,
    PeerChanged,
    PeerGone,
    PeerJoined,
    PeerLeft,
    Removed,
    RoleChanged,
    RoomLocked,
    ServerLeaving,
    SignalReceived,
    TokenExpiring,
    Undelivered,
)
from signaling.messages import Forwarded, ServerMessage
from signaling.queueevents import (
    MatchAccepted,
    MatchFound,
    MatchStarted,
    QueueEvent,
    TicketEnded,
    TicketQueued,
    TicketRequeued,
    TicketUpdated,
)
from signaling.wire import Refusal


def as_event(message: ServerMessage) -> Event | Refusal | None:
    """Turn a message that answers no request into an event.

    Returns:
        `None` for an answer that nobody waits for any more, and a `Refusal` for a signal whose
        `data` is valid JSON that Python cannot hold (1e999, or nesting without end).
    """
    if isinstance(message, Forwarded):
        return _as_signal(message)
    if isinstance(message, messages.MatchEnded):
        return _as_end(message)
    return _of_a_member(message) or _of_the_session(message) or _of_a_ticket(message)


def _of_a_member(message: ServerMessage) -> Event | None:
    match message:
        case messages.PeerJoin(room=room, peer=peer, meta=meta, polite=polite, rev=rev):
            return PeerJoined(room, peer, meta, polite, rev, message.role)
        case messages.PeerGone(room=room, peer=peer, grace_s=grace, rev=rev):
            return PeerGone(room, peer, grace, rev)
        case messages.PeerBack(room=room, peer=peer, rev=rev):
            return PeerBack(room, peer, rev)
        case messages.PeerLeave(room=room, peer=peer, reason=reason, rev=rev):
            return PeerLeft(room, peer, reason, rev)
        case messages.PeerState(room=room, peer=peer, meta=meta, rev=rev):
            return PeerChanged(room, peer, meta, rev)
        case messages.PeerRole(room=room, peer=peer, role=role, rev=rev):
            return RoleChanged(room, peer, role, rev)
        case messages.Undelivered(room=room, to=to, reason=why, pc=pc, mid=mid):
            return Undelivered(room, to, why, pc, mid)
        case _:
            return None


def _of_the_session(message: ServerMessage) -> Event | None:
    match message:
        case messages.RoomLock(room=room, locked=locked, by=by, rev=rev):
            return RoomLocked(room, locked, by, rev)
        case messages.Removed(room=room, reason=reason, by=by, msg=text):
            return Removed(room, reason, by, text)
        case messages.Ice(ice=ice):
            return IceRenewed(ice)
        case messages.Expiring(in_ms=milliseconds):
            return TokenExpiring(milliseconds / 1000)
        case messages.GoAway(deadline_ms=deadline, after_ms=after):
            return ServerLeaving(deadline / 1000, after / 1000)
        case messages.Error(code=code, name=name, msg=text):
            return ErrorReported(code, name, text)
        case _:
            return None


def _of_a_ticket(message: ServerMessage) -> QueueEvent | None:
    match message:
        case messages.TicketQueued(ticket=ticket, queue=queue, waiting=waiting):
            return TicketQueued(ticket, queue, waiting, message.missing, message.eta_s)
        case messages.TicketUpdate(ticket=ticket, queue=queue, waited_s=waited, waiting=waiting):
            window, eta, why = message.window, message.eta_s, message.blocked_by
            return TicketUpdated(ticket, queue, waited, waiting, window, eta, why)
        case messages.MatchFound(ticket=ticket, queue=queue, match=name, players=players):
            within = message.accept_by_ms / 1000
            return MatchFound(ticket, queue, name, players, within, message.asks)
        case messages.MatchAccepted(match=name, accepted=accepted, players=players):
            return MatchAccepted(name, accepted, players)
        case messages.MatchStart():
            return _as_start(message)
        case messages.TicketRequeued(ticket=ticket, queue=queue, match=name, reason=reason):
            return TicketRequeued(ticket, queue, name, reason)
        case _:
            return None


def _as_start(message: messages.MatchStart) -> MatchStarted:
    return MatchStarted(
        message.ticket,
        message.queue,
        message.match,
        message.room,
        message.you,
        message.team,
        message.host,
        message.peers,
        message.ice,
        message.region,
        message.token,
        message.filled,
    )


def _as_end(message: messages.MatchEnded) -> TicketEnded | Refusal:
    try:
        result = msgspec.json.decode(message.result)
    except (msgspec.DecodeError, RecursionError) as error:
        reason = f"the result of match {message.match!r} cannot be held: {error}"
        return Refusal(ErrorCode.BAD_MESSAGE, reason)
    return TicketEnded(
        message.ticket, message.queue, message.reason, message.match, result, message.leavers
    )


def _as_signal(message: Forwarded) -> SignalReceived | Refusal:
    try:
        data = msgspec.json.decode(message.data)
    except (msgspec.DecodeError, RecursionError) as error:
        reason = f"data from {message.sender!r} cannot be held: {error}"
        return Refusal(ErrorCode.BAD_MESSAGE, reason)
    return SignalReceived(message.room, message.sender, message.kind, data, message.pc, message.mid)
