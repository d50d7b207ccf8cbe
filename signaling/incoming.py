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
from signaling.wire import Refusal


def as_event(message: ServerMessage) -> Event | Refusal | None:
    """Turn a message that answers no request into an event.

    Returns:
        `None` for an answer that nobody waits for any more, and a `Refusal` for a signal whose
        `data` is valid JSON that Python cannot hold (1e999, or nesting without end).
    """
    if isinstance(message, Forwarded):
        return _as_signal(message)
    return _of_a_member(message) or _of_the_session(message)


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


def _as_signal(message: Forwarded) -> SignalReceived | Refusal:
    try:
        data = msgspec.json.decode(message.data)
    except (msgspec.DecodeError, RecursionError) as error:
        reason = f"data from {message.sender!r} cannot be held: {error}"
        return Refusal(ErrorCode.BAD_MESSAGE, reason)
    return SignalReceived(message.room, message.sender, message.kind, data, message.pc, message.mid)
