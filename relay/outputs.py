"""What the core wants done: the shell carries these out in order.

The first four move bytes and sockets; the rest are news for the journal. User names in them are as the
client sent them: whoever writes them down escapes them.
"""

from dataclasses import dataclass
from typing import TypeAlias

from relay.counters import DropReason, HangUp, Usage
from relay.fivetuple import FiveTuple, Transport
from stunwire import Address


@dataclass(frozen=True, slots=True)
class SendToClient:
    """Send `data` from the five-tuple's server address to its client."""

    five_tuple: FiveTuple
    data: bytes


@dataclass(frozen=True, slots=True)
class SendToPeer:
    """Send `data` from the allocation's relay socket to `peer`.

    Args:
        dont_fragment: no router may fragment it (RFC 8656 §15).
    """

    allocation: int
    peer: Address
    data: bytes
    dont_fragment: bool = False


@dataclass(frozen=True, slots=True)
class OpenRelaySocket:
    """Bind a relay socket to `address`, then call `receive_relay_opened` or `receive_relay_refused`.

    `five_tuple` names the listener that leads to the client.
    """

    allocation: int
    address: Address
    five_tuple: FiveTuple


@dataclass(frozen=True, slots=True)
class CloseRelaySocket:
    """Close the relay socket of an allocation that ended."""

    allocation: int


@dataclass(frozen=True, slots=True)
class AllocationOpened:
    """A client got an allocation."""

    five_tuple: FiveTuple
    relayed: Address
    user: str
    lifetime: float


@dataclass(frozen=True, slots=True)
class AllocationEnded:
    """An allocation is gone, and this is what it relayed."""

    five_tuple: FiveTuple
    relayed: Address
    user: str
    why: str
    lived: float
    usage: Usage


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """A request got an error response, for the reason `why`."""

    five_tuple: FiveTuple
    method: str
    code: int
    why: str
    user: str | None


@dataclass(frozen=True, slots=True)
class PacketDropped:
    """A packet that nobody should have sent was dropped."""

    source: Address
    reason: DropReason
    size: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionCut:
    """The relay ended a client's connection."""

    client: Address
    transport: Transport
    why: HangUp
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CertificateRead:
    """The certificate's files had changed and were read again; or could not be used, for `problem`."""

    problem: str | None = None


News: TypeAlias = (
    AllocationOpened
    | AllocationEnded
    | RequestRefused
    | PacketDropped
    | ConnectionCut
    | CertificateRead
)
Output: TypeAlias = SendToClient | SendToPeer | OpenRelaySocket | CloseRelaySocket | News
