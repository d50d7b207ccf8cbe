"""The five-tuple: what tells one client's allocation from another's (RFC 8656 §6)."""

from enum import Enum
from typing import NamedTuple

from stunwire import Address


class Transport(Enum):
    """The transport between a client and the relay (RFC 8656 §3.1)."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"
    DTLS = "dtls"

    # A five-tuple is hashed several times for each request, and Enum hashes a member's name in Python.
    __hash__ = object.__hash__

    @property
    def is_stream(self) -> bool:
        """Whether a client's bytes come in order, over a connection."""
        return self in (Transport.TCP, Transport.TLS)


class FiveTuple(NamedTuple):
    """Client address, server address and the transport between them."""

    client: Address
    server: Address
    transport: Transport = Transport.UDP
