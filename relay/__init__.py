"""A STUN and TURN relay: a core without I/O (`Relay`), and a server on real sockets (`serve`)."""

from relay.channels import ChannelNumbers
from relay.core import Relay
from relay.counters import Counters, DropReason, Usage
from relay.errors import RelayError, SettingsError
from relay.policy import PeerPolicy, Reach
from relay.server import Server, serve
from relay.settings import Limits, PasswordOffer, Settings

__all__ = [
    "ChannelNumbers",
    "Counters",
    "DropReason",
    "Limits",
    "PasswordOffer",
    "PeerPolicy",
    "Reach",
    "Relay",
    "RelayError",
    "Server",
    "Settings",
    "SettingsError",
    "Usage",
    "serve",
]
