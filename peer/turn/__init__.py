"""A TURN client: a core without I/O (RFC 8656), which `peer.engine.turntransport` gives sockets."""

from peer.turn.client import TurnClient
from peer.turn.outputs import (
    Allocated,
    Ended,
    Failed,
    Output,
    PeerRefused,
    PeerUnreachable,
    Received,
    Redirected,
    SendToServer,
)

__all__ = [
    "Allocated",
    "Ended",
    "Failed",
    "Output",
    "PeerRefused",
    "PeerUnreachable",
    "Received",
    "Redirected",
    "SendToServer",
    "TurnClient",
]
