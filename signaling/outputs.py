"""What the hub wants done: messages delivered, connections closed, orders carried."""

from dataclasses import dataclass
from typing import TypeAlias

from signaling.backplane import Order
from signaling.codes import CloseCode
from signaling.messages import ServerMessage


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send a message to a session, without waiting for it."""

    sid: str
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Close:
    """Close a session's connection; the hub has forgotten the session already."""

    sid: str
    code: CloseCode
    reason: str


Output: TypeAlias = Deliver | Close | Order
