"""What the core wants done: the shell carries these out in order.

Those down to `StopAsking` move bytes, sockets and questions; the rest are news for the journal. User names in them are as the
client sent them: whoever writes them down escapes them.
"""

from dataclasses import dataclass
from typing import TypeAlias

from relay.counters import DropReason, HangUp, Usage
from relay.fivetuple import FiveTuple, Transport
from relay.interfaces import PeerTransport
from relay.meters import Meter
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
        dont_fragment: no router may fragment it (RFC 8656 §14, §15).
    """

    allocation: int
    peer: Address
    data: bytes
    dont_fragment: bool = False


@dataclass(frozen=True, slots=True)
class OpenRelaySocket:
    """Bind a relay socket to `address`, then call `receive_relay_opened` or `receive_relay_refused`.

    `five_tuple` names the listener that leads to the client. Over TCP it is a listening socket: tell
    `receive_peer_connection` of every peer that connects.
    """

    allocation: int
    address: Address
    five_tuple: FiveTuple
    transport: PeerTransport = PeerTransport.UDP


@dataclass(frozen=True, slots=True)
class RedirectRelaySocket:
    """From now on, `five_tuple` names the listener that leads to the client of an allocation."""

    allocation: int
    five_tuple: FiveTuple


@dataclass(frozen=True, slots=True)
class CloseRelaySocket:
    """Close the relay socket of an allocation that ended."""

    allocation: int


@dataclass(frozen=True, slots=True)
class ConnectToPeer:
    """Connect from an allocation's address, then call `receive_connected` or `receive_connect_failed`."""

    allocation: int
    connection: int
    peer: Address


@dataclass(frozen=True, slots=True)
class AcceptPeer:
    """Keep the connection that `receive_peer_connection` was called for, and call it `connection`."""

    allocation: int
    connection: int
    peer: Address


@dataclass(frozen=True, slots=True)
class JoinConnections:
    """Pass every byte from here on between a client's connection and one with a peer.

    Args:
        connection: the one with the peer; call `receive_peer_closed` when the peer closes it.
        client: the client's; call `receive_disconnect` when it is closed.
        meter: counts the bytes, and says how many may pass.
    """

    connection: int
    client: FiveTuple
    meter: Meter


@dataclass(frozen=True, slots=True)
class ClosePeerConnection:
    """Close a connection with a peer, or stop making it."""

    connection: int


@dataclass(frozen=True, slots=True)
class CloseDataConnection:
    """Close a client's connection that was joined, once it has read what waits for it."""

    client: FiveTuple


@dataclass(frozen=True, slots=True)
class AskForUser:
    """Ask the hook for a user, then call `receive_user`."""

    number: int
    username: str


@dataclass(frozen=True, slots=True)
class StopAsking:
    """Stop asking for the user of an `AskForUser`: the time for an answer is over."""

    number: int


@dataclass(frozen=True, slots=True)
class AllocationOpened:
    """A client got an allocation."""

    five_tuple: FiveTuple
    relayed: Address
    user: str
    lifetime: float


@dataclass(frozen=True, slots=True)
class AllocationMoved:
    """A client goes on with its allocation from another place."""

    five_tuple: FiveTuple
    old: FiveTuple
    relayed: Address
    user: str


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


@dataclass(frozen=True, slots=True)
class UsersFileRead:
    """The users file was read; or could not be used, for `problem`, and the old users go on."""

    users: int | None = None
    problem: str | None = None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class HookFailed:
    """A hook could not say who a user is."""

    problem: str


News: TypeAlias = (
    AllocationOpened
    | AllocationMoved
    | AllocationEnded
    | RequestRefused
    | PacketDropped
    | ConnectionCut
    | CertificateRead
    | UsersFileRead
    | HookFailed
)
PeerWork: TypeAlias = (
    ConnectToPeer | AcceptPeer | JoinConnections | ClosePeerConnection | CloseDataConnection
)
"""What is done with connections to peers."""
SocketWork: TypeAlias = OpenRelaySocket | RedirectRelaySocket | CloseRelaySocket
"""What is done with relay sockets."""
Output: TypeAlias = (
    SendToClient | SendToPeer | SocketWork | PeerWork | AskForUser | StopAsking | News
)
