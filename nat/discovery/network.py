"""What a diagnosis needs of the world: sockets, names, time. It is injected, so tests can play it.

`nat.discovery.asyncionetwork` is the real one; the simulator runs that one unmodified.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from nat.discovery.surroundings import Interface
from nat.portmap import network as gateway
from stunwire import Address, Family


class Datagram(NamedTuple):
    """What a UDP socket received.

    Attributes:
        data: its payload.
        source: from where.
        at: when, in seconds on the network's clock.
    """

    data: bytes
    source: Address
    at: float


class UndeliveredError(OSError):
    """The network has told that a packet of ours did not arrive (ICMP). Anybody could have told it.

    Attributes:
        target: to where the packet was sent, or None where the system does not say.
        mtu: of one that was too big, the bytes that would pass.
    """

    def __init__(self, code: int, words: str, target: Address | None, mtu: int | None) -> None:
        super().__init__(code, words)
        self.target = target
        self.mtu = mtu


class UdpEndpoint(Protocol):
    """A UDP socket on a port of its own."""

    @property
    def local(self) -> Address:
        """Its real address: the one by which the system sends to where it was opened towards."""

    def send(self, data: bytes, target: Address) -> None:
        """Send a datagram.

        Raises:
            OSError: the system refuses, such as where there is no route.
        """

    async def receive(self) -> Datagram:
        """Wait for the next datagram; what is not fetched is kept, up to a bound.

        Raises:
            UndeliveredError: the system has heard that a packet of ours did not arrive.
            OSError: the socket is closed.
        """

    def close(self) -> None:
        """Give the port back."""


class StreamEndpoint(gateway.StreamEndpoint, Protocol):
    """A TCP connection, with or without TLS on it; one to a gateway does less."""

    @property
    def remote(self) -> Address:
        """The other end."""


class Network(Protocol):
    """The world as a diagnosis sees it."""

    def now(self) -> float:
        """Seconds on a clock that only goes forward."""

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Look a name up; a numeric address is its own answer.

        Raises:
            OSError: there is no such name, or nobody to ask; the message says which.
        """

    async def services(self, name: str) -> Sequence[tuple[str, int]]:
        """Look a service up (RFC 2782): hosts and ports, those to be preferred first.

        Raises:
            OSError: there is no such service, or nobody to ask; the message says which.
        """

    async def open_udp(
        self,
        towards: Address,
        *,
        port: int = 0,
        interface: str = "",
        source: str = "",
        dont_fragment: bool = False,
    ) -> UdpEndpoint:
        """Open a UDP socket from which to send to an address (and to others of its family).

        Args:
            towards: decides the family and, unless there is an `interface`, the own address.
            port: the local port; 0 for a random one that was not used by this network before.
            interface: the name of the interface to leave through.
            source: our own address; empty for the one that the system would take.
            dont_fragment: whether packets may never be fragmented, here or on their way.

        Raises:
            OSError: there is no route, no such interface, or the port is in use.
        """

    async def open_stream(
        self,
        target: Address,
        *,
        tls: str | None = None,
        port: int = 0,
        interface: str = "",
        source: str = "",
    ) -> StreamEndpoint:
        """Connect to a TCP server.

        Args:
            target: its address.
            tls: the name that its certificate must bear, or None for no TLS.
            port: the local port, which another connection of ours to another address may have.
            interface: the name of the interface to leave through.
            source: our own address; empty for the one that the system would take.

        Raises:
            OSError: refused, unreachable, or the certificate is wrong.
        """

    def interfaces(self) -> Sequence[Interface]:
        """List the interfaces of this machine that have addresses, loopback left out."""

    def gateway(self, family: Family) -> str | None:
        """The default router's address, if it can be found out."""

    def router_print(self, router: str) -> str | None:
        """What tells a router of IPv4 from others (`nat.neighbours`), if the system knows it by now."""
