"""A UPnP gateway that was found: its actions on ports, each one call (WANIPConnection:1 §2.4)."""

import contextlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap import description, soap
from nat.portmap.client import Wanted
from nat.portmap.description import Device, Service
from nat.portmap.errors import (
    MalformedError,
    NoExternalAddressError,
    PortMapError,
    RefusedError,
)
from nat.portmap.network import Network
from nat.portmap.refusals import explain
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
        local: our own address, as the device sees it.
    """

    def __init__(
        self,
        network: Network,
        device: Device,
        service: Service,
        local: str,
        patience: float,
        source: str = "",
    ) -> None:
        self.device = device
        self.local = local
        self._network = network
        self._service = service
        self._patience = patience
        self._source = source

    @property
    def gateway(self) -> str:
        """The device's address."""
        return self._service.control.address.host

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
        all_of_it = [
            cls(network, device, one, page.local, patience, source) for one in device.services
        ]
        for one in all_of_it[:-1]:
            with contextlib.suppress(PortMapError):
                if await one.is_connected():
                    return one
        return all_of_it[-1]

    async def is_connected(self) -> bool:
        """Whether it has a connection to the outside."""
        return (await self._call("GetStatusInfo")).get("NewConnectionStatus") == "Connected"

    async def uptime(self) -> float | None:
        """For how many seconds it has had one, if it tells."""
        try:
            text = (await self._call("GetStatusInfo")).get("NewUptime", "")
        except (RefusedError, MalformedError):
            return None
        return float(text) if _is_number(text) else None

    async def external(self) -> str:
        """Its address outside.

        Raises:
            PortMapError: it has none, or does not tell.
        """
        text = (await self._call("GetExternalIPAddress")).get("NewExternalIPAddress", "")
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
        await self._call("AddPortMapping", arguments)

    async def delete(self, protocol: Protocol, port: int) -> None:
        """End the mapping of an external port.

        Raises:
            PortMapError: it is not ended.
        """
        await self._call("DeletePortMapping", _key(protocol, port))

    async def entry(self, protocol: Protocol, port: int) -> Entry | None:
        """Whose an external port is; None if it is nobody's.

        Raises:
            PortMapError: the device does not tell.
        """
        try:
            values = await self._call("GetSpecificPortMappingEntry", _key(protocol, port))
        except RefusedError as error:
            if error.code == NO_SUCH_ENTRY:
                return None
            raise
        numbers = [values.get(name, "") for name in ("NewInternalPort", "NewLeaseDuration")]
        if not all(map(_is_number, numbers)):
            raise MalformedError(f"{self.gateway} tells {numbers} by UPnP for a port and a lease")
        return Entry(values.get("NewInternalClient", ""), *map(int, numbers))

    async def _call(
        self, action: str, arguments: Mapping[str, object] | None = None
    ) -> Mapping[str, str]:
        kind = self._service.kind
        page = await fetch(
            self._network,
            self._service.control,
            body=soap.encode_call(kind, action, arguments or {}),
            headers=(
                ("Content-Type", 'text/xml; charset="utf-8"'),
                ("SOAPAction", f'"{kind}#{action}"'),
            ),
            patience=self._patience,
            source=self._source,
        )
        answer = soap.decode(page.body, action)
        if isinstance(answer, soap.Fault):
            words = explain(PortMapping.UPNP, answer.code, answer.text)
            raise RefusedError(f"{self.gateway} refuses by UPnP: {words}", answer.code)
        return answer


def _key(protocol: Protocol, port: int) -> dict[str, object]:
    return {"NewRemoteHost": "", "NewExternalPort": port, "NewProtocol": protocol.name}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= _LARGEST
