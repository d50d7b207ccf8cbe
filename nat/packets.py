"""What a NAT sees: addresses, packets, and the reasons for not passing one on."""

import enum
from dataclasses import dataclass
from typing import Any, NamedTuple


class Address(NamedTuple):
    """A transport address; it equals and hashes as the plain tuple."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Protocol(enum.Enum):
    """What a packet carries."""

    UDP = "udp"
    TCP = "tcp"
    ICMP = "icmp"


class Packet(NamedTuple):
    """One packet on its way.

    The payload is `bytes` for UDP, a segment of the simulator for TCP, `Unreachable` for ICMP.
    A NAT looks only into the last of these.
    """

    protocol: Protocol
    source: Address
    destination: Address
    payload: Any


@dataclass(frozen=True, slots=True)
class Unreachable:
    """ICMP "port unreachable": it quotes the packet that nobody wanted."""

    original: Packet

    def __len__(self) -> int:
        return 36  # outer ICMP header, quoted IP header and eight bytes (RFC 792)


class DropReason(enum.Enum):
    """Why a packet went no further, in words that finish the sentence "dropped: …"."""

    FILTERED = "filtered by the NAT"
    NO_MAPPING = "no such mapping"
    MAPPING_EXPIRED = "the mapping had expired"
    NO_HAIRPINNING = "the NAT does not hairpin"
    NO_PORT = "the NAT had no port left"
    LOST = "lost on the link"
    NO_ROUTE = "no such address on this network"
    CLOSED_PORT = "nobody listened on the port"
    NOT_CONNECTED = "the socket is connected to someone else"
    BUFFER_FULL = "the receive buffer was full"


class Drop(NamedTuple):
    """A packet that was not passed on, and the whole story in one sentence."""

    reason: DropReason
    detail: str
