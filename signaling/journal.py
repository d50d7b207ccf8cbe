"""What the core notes for logs and webhooks: one entry for each thing an operator may want to know."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Happening(Enum):
    """What happened; the value is its name in logs and webhooks."""

    SESSION_OPENED = "session.opened"
    SESSION_GONE = "session.gone"
    SESSION_RESUMED = "session.resumed"
    SESSION_HANDED_OVER = "session.handed_over"
    SESSION_ENDED = "session.ended"
    REFUSED = "refused"
    ROOM_OPENED = "room.opened"
    ROOM_CLOSED = "room.closed"
    PEER_JOINED = "peer.joined"
    PEER_LEFT = "peer.left"
    CALL_REPORTED = "call.reported"
    TICKET_QUEUED = "ticket.queued"
    TICKET_MATCHED = "ticket.matched"
    TICKET_OVER = "ticket.over"
    MATCH_MADE = "match.made"
    MATCH_FILLED = "match.filled"
    MATCH_FAILED = "match.failed"
    MATCH_ENDED = "match.ended"


@dataclass(frozen=True, slots=True)
class Noted:
    """An output of the core: something happened to a session; nothing secret is in it.

    Attributes:
        fields: What is told of it, by name; all of it is JSON.
    """

    happening: Happening
    sid: str
    fields: dict[str, Any] = field(default_factory=dict)
