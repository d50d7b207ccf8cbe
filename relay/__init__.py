"""A STUN and TURN relay: a core without I/O (`Relay`), and a server on real sockets (`serve`)."""

from relay.certificates import CertificateFiles
from relay.channels import ChannelNumbers
from relay.core import Relay
from relay.counters import Counters, DropReason, HangUp, Inquired, Usage
from relay.dtlslimits import DtlsLimits
from relay.errors import CertificateError, HookError, RelayError, SettingsError, UsersFileError
from relay.eventloop import new_event_loop
from relay.hooklimits import HookLimits
from relay.policy import PeerPolicy, Reach
from relay.server import Server, serve
from relay.settings import Limits, Mobility, PasswordOffer, Redirect, Settings, TcpRelay
from relay.streamlimits import StreamLimits
from relay.users import Keys, Password, User, UserHook
from relay.webhooksettings import WebhookSettings

__all__ = [
    "CertificateError",
    "CertificateFiles",
    "ChannelNumbers",
    "Counters",
    "DropReason",
    "DtlsLimits",
    "HangUp",
    "HookError",
    "HookLimits",
    "Inquired",
    "Keys",
    "Limits",
    "Mobility",
    "Password",
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
    "User",
    "UserHook",
    "UsersFileError",
    "WebhookSettings",
    "new_event_loop",
    "serve",
]
