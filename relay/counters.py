"""What the relay counts: numbers only, never a name, so that nothing here grows with the users."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum


class DropReason(Enum):
    """Why a packet was dropped without an answer."""

    GARBAGE = "neither STUN nor channel data"
    MALFORMED = "malformed STUN message or channel data"
    UNEXPECTED = "a message no client sends a server"
    INCOMPLETE = "indication without the attributes it needs"
    UNKNOWN_ATTRIBUTE = "indication with an attribute that is not understood"
    RATE_LIMITED = "too many unauthenticated requests from one source"
    ALL_RATE_LIMITED = "too many unauthenticated requests in all"
    IN_PROGRESS = "the request it repeats is still being answered"
    NO_ALLOCATION = "no allocation on the five-tuple"
    NO_CHANNEL = "no such channel"
    NO_PERMISSION = "no permission for the peer"
    FORBIDDEN_PEER = "policy denies the peer"
    SCOPED_SOURCE = "sent from an address with a scope"
    ICMP_NOT_TOLD = "an ICMP error that clients are not told of"
    TOO_MANY_ICMP = "too many ICMP errors for one allocation"
    BANDWIDTH = "more bytes a second than the user, or all together, may have"
    SEND_FAILED = "the operating system did not take it"
    WRONG_TRANSPORT = "a Send indication on an allocation over TCP"
    TOO_MANY_OF_PEERS = "a peer's connection beyond those that an allocation may have"
    NO_CLIENT = "the client is away, and may come back with its ticket"
    NO_SESSION = "a DTLS record of no session"
    NOT_DECRYPTED = "a DTLS record that does not decrypt, or that came before"
    SLOW_CLIENT = "the client does not read what waits for it"
    TOO_MANY_PARKED = "too many requests wait for a hook"
    TOO_MANY_PARKED_OF_SOURCE = "too many requests of one source wait for a hook"
    USER_UNAVAILABLE = "no hook could say who the user is"


class Inquired(Enum):
    """What came of asking a hook for users, and of not asking it."""

    ASKED = "a hook was asked for a user"
    KNOWN = "it knew the user"
    UNKNOWN = "it knew no such user"
    UNAVAILABLE = "it could not say"
    OVERDUE = "it did not say in time"
    REMEMBERED = "an earlier answer was good enough"
    EVICTED = "an answer made room for another before its time"


class HangUp(Enum):
    """Why the relay ended a client's connection."""

    TOO_MANY = "too many connections"
    TOO_MANY_OF_SOURCE = "too many connections of one source"
    GARBAGE = "neither STUN nor channel data, or a frame that is too long"
    BAD_HEADER = "a proxy began with no PROXY header"
    NO_HEADER = "no PROXY header in time"
    REPLACED = "a proxy passed on another connection with the same five-tuple"
    NOT_TLS = "not TLS or DTLS, or not as it has to be"
    NO_HANDSHAKE = "no TLS or DTLS handshake in time"
    NO_MESSAGE = "no whole message in time"
    PIPELINED = "data came before its ConnectionBind request was answered"
    IDLE = "no allocation, and nothing said for long"
    SLOW = "the client stayed slow to read"
    SCOPED_SOURCE = "from an address with a scope"


@dataclass(slots=True)
class Usage:
    """What was relayed, by one allocation or by all; bytes are payload bytes."""

    to_peer_packets: int = 0
    to_peer_bytes: int = 0
    to_client_packets: int = 0
    to_client_bytes: int = 0

    def add(self, other: "Usage") -> None:
        """Add another usage to this one."""
        self.to_peer_packets += other.to_peer_packets
        self.to_peer_bytes += other.to_peer_bytes
        self.to_client_packets += other.to_client_packets
        self.to_client_bytes += other.to_client_bytes


@dataclass(slots=True)
class Counters:
    """Counts since the relay started, and how many allocations live now."""

    allocations: int = 0
    allocations_opened: int = 0
    moves: int = 0
    """Clients that came with their allocations from another address."""
    bindings: int = 0
    usage: Usage = field(default_factory=Usage)
    refusals: Counter[int] = field(default_factory=Counter)
    """Error responses by code; 401 counts the first challenge of every client, too."""
    drops: Counter[DropReason] = field(default_factory=Counter)
    connections: int = 0
    """Connections of clients that are open now."""
    hang_ups: Counter[HangUp] = field(default_factory=Counter)
    inquiries: Counter[Inquired] = field(default_factory=Counter)

    def with_live(self, usages: Iterable[Usage]) -> "Counters":
        """Copy them, with what each live allocation relayed so far."""
        usage, allocations = replace(self.usage), 0
        for one in usages:
            usage.add(one)
            allocations += 1
        return replace(
            self,
            allocations=allocations,
            usage=usage,
            refusals=self.refusals.copy(),
            drops=self.drops.copy(),
            hang_ups=self.hang_ups.copy(),
            inquiries=self.inquiries.copy(),
        )
