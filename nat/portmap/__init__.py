"""Ports that are asked for: the client side of PCP (RFC 6887), NAT-PMP (RFC 6886) and UPnP IGD."""

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap.client import Grant, Look, Wanted
from nat.portmap.errors import (
    ForgottenError,
    MalformedError,
    MovedError,
    NoGatewayError,
    PortMapError,
    RefusedError,
    SilentError,
    UnsupportedError,
)
from nat.portmap.igdclient import IgdClient
from nat.portmap.keeping import OpenPort
from nat.portmap.natpmpclient import NatPmpClient
from nat.portmap.opening import open_port
from nat.portmap.pcpclient import PcpClient
from nat.portmap.pinholeclient import PinholeClient
from nat.portmap.probing import Probe, probe

__all__ = [
    "ForgottenError",
    "Grant",
    "IgdClient",
    "Look",
    "MalformedError",
    "MovedError",
    "NatPmpClient",
    "NoGatewayError",
    "OpenPort",
    "PcpClient",
    "PinholeClient",
    "PortMapError",
    "PortMapping",
    "Probe",
    "Protocol",
    "RefusedError",
    "SilentError",
    "UnsupportedError",
    "Wanted",
    "open_port",
    "probe",
]
