"""A STUN and TURN relay: a core without I/O (`Relay`), and a server on real sockets (`serve`)."""

from relay.certificates import CertificateFiles
from relay.channels import ChannelNumbers
from relay.core import Relay
from relay.counters import Counters, DropReason, HangUp, Usage
from relay.errors import CertificateError, RelayError, SettingsError
from relay.eventloop import new_event_loop
from relay.policy import PeerPolicy, Reach
from relay.server import Server, serve
from relay.settings import Limits, PasswordOffer, Redirect, Settings, TcpRelay
from relay.streamlimits import StreamLimits

__all__ = [
    "CertificateError",
    "CertificateFiles",
    "ChannelNumbers",
    "Counters",
    "DropReason",
    "HangUp",
    "Limits",
    "PasswordOffer",
    "PeerPolicy",
    "Reach",
    "Redirect",
    "Relay",
    "RelayError",
    "Server",
    "Settings",
    "SettingsError",
    "StreamLimits",
    "TcpRelay",
    "Usage",
    "new_event_loop",
    "serve",
]
