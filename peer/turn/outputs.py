"""What a TURN client's core wants done, and what it has to tell."""

from dataclasses import dataclass

from stunwire import Address


@dataclass(frozen=True, slots=True)
class SendToServer:
    """Bytes for the server: a datagram, or the next bytes of the stream."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Allocated:
    """The server relays for us now.

    Attributes:
        relayed: The relayed transport addresses, at most one of each family.
        mapped: Where the server sees us.
    """

    relayed: tuple[Address, ...]
    mapped: Address


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no allocation.

    Attributes:
        reason: Why, in words.
        code: The STUN error code, or `None` where the server said nothing that could be used.
    """

    reason: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Redirected:
    """Another server is to be asked (RFC 8489 §10).

    Attributes:
        server: Where it is.
        domain: The name that its certificate bears, or `None` for that of the server before.
    """

    server: Address
    domain: str | None


@dataclass(frozen=True, slots=True)
class Received:
    """Data came from a peer."""

    data: bytes
    peer: Address


@dataclass(frozen=True, slots=True)
class PeerRefused:
    """The server does not relay to a peer: no permission, or no way."""

    peer: Address
    reason: str
    code: int


@dataclass(frozen=True, slots=True)
class PeerUnreachable:
    """The network told the server that a peer cannot be reached (RFC 8656 §11.5)."""

    peer: Address
    icmp_type: int
    icmp_code: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The allocation is gone, and the connection to the server can be closed.

    Attributes:
        reason: Why, in words; `None` when we have given it back ourselves.
    """

    reason: str | None


Output = (
    SendToServer
    | Allocated
    | Failed
    | Redirected
    | Received
    | PeerRefused
    | PeerUnreachable
    | Ended
)
