"""WebRTC signaling over websockets: rooms, a server, and a client (protocol `hairpin.v1`)."""

from signaling.backplane import Backplane, MemoryBackplane
from signaling.client import Client, connect
from signaling.codes import CloseCode, ErrorCode, Verdict, verdict
from signaling.counters import Counters
from signaling.errors import (
    ConnectionLostError,
    EventOverflowError,
    RefusedError,
    RequestTimeoutError,
    SignalingError,
    UnreachableError,
)
from signaling.events import (
    Closed,
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
from signaling.messages import (
    PATH,
    SUBPROTOCOL,
    IceServer,
    Joined,
    LeaveReason,
    MemberState,
    PeerInfo,
    SignalKind,
    UndeliveredReason,
    Welcome,
)
from signaling.server import Server, serve
from signaling.settings import IceSettings, Limits, Settings, TurnRelay

__all__ = [
    "PATH",
    "SUBPROTOCOL",
    "Backplane",
    "Client",
    "CloseCode",
    "Closed",
    "ConnectionLostError",
    "Counters",
    "ErrorCode",
    "ErrorReported",
    "Event",
    "EventOverflowError",
    "IceRenewed",
    "IceServer",
    "IceSettings",
    "Joined",
    "LeaveReason",
    "Limits",
    "MemberState",
    "MemoryBackplane",
    "PeerChanged",
    "PeerInfo",
    "PeerJoined",
    "PeerLeft",
    "RefusedError",
    "RequestTimeoutError",
    "Server",
    "ServerLeaving",
    "Settings",
    "SignalKind",
    "SignalReceived",
    "SignalingError",
    "TurnRelay",
    "Undelivered",
    "UndeliveredReason",
    "UnreachableError",
    "Verdict",
    "Welcome",
    "connect",
    "serve",
    "verdict",
]
