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
    """One IP packet on its way.

    Attributes:
        protocol: what it carries.
        source: where it comes from. The port is 0 for an ICMP error and for a `Fragment` after the
            first one. Of an `IcmpEcho` it is the identifier (RFC 5508 §3) on the side of who asks: the
            source of the request and the destination of the reply, and 0 on the other side.
        destination: where it goes; the port as above.
        payload: `bytes` for UDP; `Segment` or `RawSegment` for TCP; `IcmpError` or `IcmpEcho` for
            ICMP; a `Fragment` of any of them.
        dont_fragment: the sender's wish that it arrive in one piece or not at all (RFC 791 §3.1).
    """

    protocol: Protocol
    source: Address
    destination: Address
    payload: Any
    dont_fragment: bool = False


class IcmpKind(enum.Enum):
    """What an ICMP or ICMPv6 error says (RFC 792, RFC 4443)."""

    PORT_UNREACHABLE = "port unreachable"
    HOST_UNREACHABLE = "host unreachable"
    PROHIBITED = "administratively prohibited"
    PACKET_TOO_BIG = "packet too big"
    """Over IPv4: "fragmentation needed and DF set" (RFC 1191)."""
    TIME_EXCEEDED = "time exceeded"


_ERROR_SIZE = 36  # outer ICMP header, quoted IP header and eight bytes (RFC 792)
_ECHO_HEADER = 8


@dataclass(frozen=True, slots=True)
class IcmpError:
    """An ICMP error: it quotes the packet it is about.

    Attributes:
        original: the packet, as whoever sent the error saw it.
        kind: what is wrong with it.
        mtu: bytes that would have fitted, for `PACKET_TOO_BIG`.
    """

    original: Packet
    kind: IcmpKind = IcmpKind.PORT_UNREACHABLE
    mtu: int = 0

    def __len__(self) -> int:
        return _ERROR_SIZE


@dataclass(frozen=True, slots=True)
class IcmpEcho:
    """A ping or its answer. Its identifier is the port of who asks in the packet's addresses.

    Attributes:
        reply: whether it is the answer.
        sequence: number within the series.
        data: what is to come back.
    """

    reply: bool
    sequence: int
    data: bytes = b""

    def __len__(self) -> int:
        return _ECHO_HEADER + len(self.data)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a packet (RFC 791 §3.2).

    Attributes:
        identification: the same for all pieces of a packet.
        offset: bytes of the packet's IP payload before this piece.
        more: whether pieces follow.
        data: the piece. The transport header belongs to the first one, without its bytes being here:
            ports stand in the addresses of the packet.
        header: bytes of the transport header that this piece carries besides; 0 after the first.
        length: bytes of the whole datagram with its header, as the first piece says it; otherwise 0.
        checksum: that of the whole datagram as if addresses and ports counted nothing
            (`nat.checksums`); 0 after the first, and where the sender computed none.
    """

    identification: int
    offset: int
    more: bool
    data: bytes
    header: int = 0
    length: int = 0
    checksum: int = 0

    def __len__(self) -> int:
        return len(self.data)


_IP_HEADER = 20
_IPV6_HEADER = 40
_FRAGMENT_HEADER = 8  # of IPv6; IPv4 says it in the header it has
_UDP_HEADER = 8


def wire_size(packet: Packet) -> int:
    """Bytes of a packet with its IP and transport headers."""
    payload = packet.payload
    size = len(payload) + (_IPV6_HEADER if ":" in packet.destination[0] else _IP_HEADER)
    if isinstance(payload, Fragment):
        return size + payload.header + (_FRAGMENT_HEADER if ":" in packet.destination[0] else 0)
    return size + _UDP_HEADER if packet.protocol is Protocol.UDP else size


class DropReason(enum.Enum):
    """Why a packet went no further, in words that finish the sentence "dropped: …"."""

    FILTERED = "filtered by the NAT"
    NO_MAPPING = "no such mapping"
    MAPPING_EXPIRED = "the mapping had expired"
    NO_HAIRPINNING = "the NAT does not hairpin"
    NO_PORT = "the NAT had no port left"
    QUOTA = "the subscriber has used up its ports"
    TABLE_FULL = "the NAT had no room left"
    BLOCKED = "blocked by policy"
    CONNECTION = "no such connection"
    FRAGMENT = "the NAT does not pass such fragments"
    HELD = "held by the NAT until more is known"
    LOST = "lost on the link"
    QUEUE_FULL = "the queue of the link was full"
    TOO_BIG = "larger than the link's MTU"
    LINK_DOWN = "the link was down"
    NO_ROUTE = "no such address on this network"
    CLOSED_PORT = "nobody listened on the port"
    NOT_CONNECTED = "the socket is connected to someone else"
    BUFFER_FULL = "the receive buffer was full"
    INCOMPLETE = "the rest of its fragments did not come"


class Drop(NamedTuple):
    """A packet that was not passed on, and the whole story in one sentence.

    Attributes:
        reason: the kind of story.
        detail: the story.
        reply: an ICMP error for the sender, or None for silence.
    """

    reason: DropReason
    detail: str
    reply: Packet | None = None
