"""What asking a gateway needs of the world; `nat.discovery.network.Network` has all of it, too."""

from typing import Protocol

from stunwire import Address, Family


class UdpEndpoint(Protocol):
    """A UDP socket on a port of its own."""

    @property
    def local(self) -> Address:
        """Its real address: the one by which the gateway sees it."""

    def send(self, data: bytes, target: Address) -> None:
        """Send a datagram.

        Raises:
            OSError: the system refuses.
        """

    async def receive(self) -> tuple[bytes, Address, float]:
        """Wait for a datagram, from where, and when it came.

        Raises:
            OSError: the system has heard that a packet of ours did not arrive (ICMP).
        """

    def close(self) -> None:
        """Give the port back."""


class StreamEndpoint(Protocol):
    """A TCP connection."""

    @property
    def local(self) -> Address:
        """Our end."""

    async def send(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            OSError: the connection is lost.
        """

    async def receive(self) -> bytes:
        """Wait for bytes; empty at the end of the stream.

        Raises:
            OSError: the connection is lost.
        """

    async def close(self) -> None:
        """End the connection, within a second."""


class Network(Protocol):
    """The world as a client of gateways sees it."""

    def now(self) -> float:
        """Seconds on a clock that only goes forward."""

    async def open_udp(self, towards: Address, *, source: str = "") -> UdpEndpoint:
        """Open a UDP socket on a port of its own from which to send to an address.

        Args:
            source: our own address; empty for the one that the system would take.

        Raises:
            OSError: there is no route, or this machine has no such address (EADDRNOTAVAIL).
        """

    async def open_stream(self, target: Address, *, source: str = "") -> StreamEndpoint:
        """Connect to a TCP server.

        Args:
            source: our own address; empty for the one that the system would take.

        Raises:
            OSError: refused or unreachable, or this machine has no such address.
        """

    def gateway(self, family: Family) -> str | None:
        """The default router's address, if it can be found out."""
