"""What an examination works with: lines to the server, a peer of its own, and clocks, all passed in."""

from enum import Enum
from typing import Protocol

from relay.fivetuple import Transport
from stunwire import Address


class Trust(Enum):
    """Whether a certificate has to be right."""

    CHECKED = "checked"
    ANY = "any"


class Line(Protocol):
    """One five-tuple to the server; over streams it gives whole frames, without padding."""

    async def send(self, frame: bytes) -> None:
        """Send one message; raises LineError."""

    async def receive(self, within: float) -> bytes | None:
        """Give the next message, or None when none comes in so many seconds; raises LineError."""

    async def close(self) -> None:
        """Let go of it."""


class Peer(Protocol):
    """A UDP socket beside the client, to be the other end of what is relayed."""

    @property
    def port(self) -> int:
        """Its port on this machine."""

    async def send(self, data: bytes, to: Address) -> None:
        """Send to an address; what the network says to that is not heard."""

    async def receive(self, within: float) -> tuple[bytes, Address] | None:
        """Give the next datagram and its source, or None when none comes in so many seconds."""

    async def close(self) -> None:
        """Let go of it."""


class Instruments(Protocol):
    """Everything that an examination touches of the world."""

    async def resolve(self, host: str, port: int) -> Address:
        """Find the address of a name; raises LineError."""

    async def open_line(
        self, transport: Transport, server: Address, name: str, trust: Trust
    ) -> Line:
        """Open a line; over TLS `name` is whom the certificate has to be for. Raises LineError."""

    async def open_peer(self, server: Address) -> Peer:
        """Open a peer of the server's family; raises LineError."""

    def transaction_id(self) -> bytes:
        """Draw 12 bytes that nobody guesses."""

    def now(self) -> float:
        """Seconds, of a clock that only goes on."""

    def unix_now(self) -> float:
        """Seconds of the wall clock."""
