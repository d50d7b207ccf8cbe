"""A UPnP gateway that was found: its actions on ports, each one call (WANIPConnection:1 §2.4)."""

import contextlib
import ipaddress
from dataclasses import dataclass
from typing import Final

from nat.packets import Protocol
from nat.portmap import description
from nat.portmap.calling import Caller
from nat.portmap.client import Wanted
from nat.portmap.description import Device
from nat.portmap.errors import (
    MalformedError,
    NoExternalAddressError,
    PortMapError,
    RefusedError,
)
from nat.portmap.network import Network
from nat.portmap.ssdp import Url
from nat.portmap.web import fetch

NO_SUCH_ENTRY: Final = 714
CONFLICT: Final = 718
SAME_PORTS: Final = 724
PERMANENT_ONLY: Final = 725

_LARGEST: Final = 2**32 - 1
_NONE: Final = frozenset({"", "0.0.0.0"})
"""What a gateway says that has no external address."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A mapping that is there.

    Attributes:
        internal: whose it is, as the gateway writes it.
        port: his internal port.
        lease: seconds that are left; 0 is for ever.
    """

    internal: str
    port: int
    lease: int


class Igd:
    """One service of one device; `find` gives it.

    Attributes:
        device: the device.
    """

    def __init__(self, device: Device, caller: Caller) -> None:
        self.device = device
        self._caller = caller

    @property
    def gateway(self) -> str:
        """The device's address."""
        return self._caller.gateway

    @property
    def local(self) -> str:
        """Our own address, as the device saw it last."""
        return self._caller.local

    @classmethod
    async def find(
        cls, network: Network, location: Url, patience: float, source: str = ""
    ) -> "Igd":
        """Fetch a device's description, and of its services take the one that is connected.

        Raises:
            PortMapError: it cannot be fetched, or is none.
        """
        page = await fetch(network, location, patience=patience, source=source)
        device = description.decode(page.body, location)
        callers = [
            Caller(network, one, patience, source, local=page.local) for one in device.services
        ]
        all_of_it = [cls(device, one) for one in callers]
        for one in all_of_it[:-1]:
            with contextlib.suppress(PortMapError):
                if await one.is_connected():
                    return one
        return all_of_it[-1]

    async def is_connected(self) -> bool:
        """Whether it has a connection to the outside."""
        return (await self._caller.call("GetStatusInfo")).get("NewConnectionStatus") == "Connected"

    async def uptime(self) -> float | None:
        """For how many seconds it has had one, if it tells."""
        try:
            text = (await self._caller.call("GetStatusInfo")).get("NewUptime", "")
        except (RefusedError, MalformedError):
            return None
        return float(text) if _is_number(text) else None

    async def external(self) -> str:
        """Its address outside.

        Raises:
            PortMapError: it has none, or does not tell.
        """
        text = (await self._caller.call("GetExternalIPAddress")).get("NewExternalIPAddress", "")
        if text in _NONE:
            raise NoExternalAddressError(
                f"{self.gateway} tells by UPnP that it has no external address"
            )
        try:
            address = ipaddress.IPv4Address(text)
        except ValueError:
            raise MalformedError(
                f"{self.gateway} tells by UPnP no external address, but {text[:40]!r}"
            ) from None
        return str(address)

    async def add(self, wanted: Wanted, port: int, lease: int) -> None:
        """Map an external port; one that is ours already is renewed.

        Raises:
            PortMapError: it is not mapped.
        """
        arguments = {
            **_key(wanted.protocol, port),
            "NewInternalPort": wanted.internal_port,
            "NewInternalClient": self.local,
            "NewEnabled": 1,
            "NewPortMappingDescription": wanted.description,
            "NewLeaseDuration": lease,
        }
        await self._caller.call("AddPortMapping", arguments)

    async def delete(self, protocol: Protocol, port: int) -> None:
        """End the mapping of an external port.

        Raises:
            PortMapError: it is not ended.
        """
        await self._caller.call("DeletePortMapping", _key(protocol, port))

    async def entry(self, protocol: Protocol, port: int) -> Entry | None:
        """Whose an external port is; None if it is nobody's.

        Raises:
            PortMapError: the device does not tell.
        """
        try:
            values = await self._caller.call("GetSpecificPortMappingEntry", _key(protocol, port))
        except RefusedError as error:
            if error.code == NO_SUCH_ENTRY:
                return None
            raise
        numbers = [values.get(name, "") for name in ("NewInternalPort", "NewLeaseDuration")]
        if not all(map(_is_number, numbers)):
            raise MalformedError(f"{self.gateway} tells {numbers} by UPnP for a port and a lease")
        return Entry(values.get("NewInternalClient", ""), *map(int, numbers))


def _key(protocol: Protocol, port: int) -> dict[str, object]:
    return {"NewRemoteHost": "", "NewExternalPort": port, "NewProtocol": protocol.name}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= _LARGEST
