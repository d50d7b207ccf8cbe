"""What a client of any of the three protocols does, and the values that it takes and gives."""

import ipaddress
from dataclasses import dataclass
from typing import Protocol as Interface

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap.errors import MalformedError, NoExternalAddressError
from stunwire import Address


@dataclass(frozen=True, slots=True)
class Wanted:
    """A port that is to be opened.

    Attributes:
        protocol: UDP or TCP.
        internal_port: where what arrives is to go, on this machine.
        external_port: which would be best; 0 for any. A gateway may give another one.
        lifetime: seconds, which a gateway may shorten.
        description: what its owner sees in the gateway's pages (UPnP).

    Raises:
        ValueError: a value is out of its range.
    """

    protocol: Protocol
    internal_port: int
    external_port: int = 0
    lifetime: int = 3600
    description: str = "Hairpin"

    def __post_init__(self) -> None:
        if self.protocol not in {Protocol.UDP, Protocol.TCP}:
            raise ValueError(f"ports of UDP and of TCP can be opened, not of {self.protocol.name}")
        if not 1 <= self.internal_port <= 65535:
            raise ValueError(f"an internal port is from 1 to 65535, not {self.internal_port}")
        if not 0 <= self.external_port <= 65535:
            raise ValueError(
                f"an external port is from 1 to 65535, or 0 for any, not {self.external_port}"
            )
        if not 1 <= self.lifetime < 2**32:
            raise ValueError(f"a lifetime is 1 s or more, not {self.lifetime} s")


@dataclass(frozen=True, slots=True)
class Look:
    """What a gateway told of itself, without anything being opened.

    Attributes:
        at: when it answered.
        external: its address outside, where the protocol tells it.
        epoch: its clock (see `nat.portmap.epoch`), where it has one.
        device: what it calls itself (UPnP).
        local: our own address, from which it was asked; empty where that is of no account.
    """

    at: float
    external: str | None = None
    epoch: float | None = None
    device: str = ""
    local: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A port that a gateway has opened.

    Attributes:
        spoken: by which protocol.
        gateway: its address.
        protocol: UDP or TCP.
        internal: where what arrives goes.
        external: where it must arrive.
        lifetime: seconds for which it is open, or None for ever (UPnP).
        at: when it was given.
        epoch: the gateway's clock then.
    """

    spoken: PortMapping
    gateway: str
    protocol: Protocol
    internal: Address
    external: Address
    lifetime: int | None
    at: float
    epoch: float | None = None


def check_granted(grant: Grant) -> Grant:
    """See that what a gateway says it has opened is something that strangers can reach.

    Raises:
        MalformedError: it is not.
    """
    says = f"{grant.gateway} says by {grant.spoken.title} that it has opened a port"
    if ipaddress.ip_address(grant.external.host).is_unspecified:
        raise NoExternalAddressError(f"{says}, but at no external address")
    if grant.external.port == 0 or grant.lifetime == 0:
        raise MalformedError(f"{says}, number {grant.external.port} for {grant.lifetime} s")
    return grant


class Client(Interface):
    """Asks one gateway by one protocol, for one mapping at most."""

    @property
    def spoken(self) -> PortMapping:
        """The protocol."""

    @property
    def gateway(self) -> str | None:
        """Who is asked; None if it is still to be found (UPnP)."""

    async def look(self) -> Look:
        """Ask whether it is there, and open nothing.

        Raises:
            PortMapError: it is not, or does not want to.
        """

    async def open(self, wanted: Wanted) -> Grant:
        """Open a port, or renew it.

        Raises:
            PortMapError: it is not opened.
        """

    async def close(self, wanted: Wanted) -> None:
        """Close a port that was opened, or may have been: no answer came then.

        Raises:
            PortMapError: it may still be open.
        """
