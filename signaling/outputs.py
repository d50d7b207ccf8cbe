"""What the hub wants done: frames delivered, connections closed, orders carried, things noted."""

from typing import TypeAlias

import msgspec

from signaling.codes import CloseCode
from signaling.gate import GateOrder
from signaling.journal import Noted
from signaling.matchmaking.ledger import dealings
from signaling.orders import Order


class Deliver(msgspec.Struct, frozen=True, gc=False):
    """Send a text frame over a connection, without waiting for it."""

    cid: str
    frame: bytes


class Close(msgspec.Struct, frozen=True, gc=False):
    """Close a connection; the hub has forgotten it already."""

    cid: str
    code: CloseCode
    reason: str


Output: TypeAlias = Deliver | Close | Noted | Order | GateOrder | dealings.Order
