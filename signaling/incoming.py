"""The server's messages, as the events that a client's user sees."""

import msgspec

from signaling import messages
from signaling.codes import ErrorCode
from signaling.events import (
    ErrorReported,
    Event,
    IceRenewed,
    PeerChanged,
    PeerJoined,
    PeerLeft,
    ServerLeaving,
    SignalReceived,
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
    match message:
        case Forwarded():
            return _as_signal(message)
        case messages.PeerJoin(room=room, peer=peer, meta=meta, polite=polite, rev=rev):
            return PeerJoined(room, peer, meta, polite, rev)
        case messages.PeerLeave(room=room, peer=peer, reason=reason, rev=rev):
            return PeerLeft(room, peer, reason, rev)
        case messages.PeerState(room=room, peer=peer, meta=meta, rev=rev):
            return PeerChanged(room, peer, meta, rev)
        case messages.Undelivered(room=room, to=to, reason=why, pc=pc, mid=mid):
            return Undelivered(room, to, why, pc, mid)
        case messages.Ice(ice=ice):
            return IceRenewed(ice)
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
