"""The firewall of a UPnP gateway that was found: its actions on pinholes, each one call (WANIPv6FirewallControl:1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nat.packets import Protocol
from nat.portmap import description
from nat.portmap.calling import Caller
from nat.portmap.client import Wanted
from nat.portmap.errors import MalformedError, PortMapError, RefusedError, SilentError
from nat.portmap.network import Network
from nat.portmap.ssdp import Url
from nat.portmap.web import fetch

DISABLED: Final = 702
NOT_ALLOWED: Final = 703
NO_SUCH_ENTRY: Final = 704
LONGEST: Final = 86_400
"""Seconds of a lease."""

_NUMBERS: Final = {Protocol.UDP: 17, Protocol.TCP: 6}


@dataclass(frozen=True, slots=True)
class Reach:
    """How a gateway is asked: of all addresses that it may name, at the default router's alone.

    Attributes:
        router: of IPv6; what a description is fetched from, and where calls go.
        source: our own address: a gateway opens pinholes for the one that asks.
        patience: seconds for one request over HTTP.
    """

    router: str
    source: str
    patience: float


class PinholeControl:
    """The service of one device; `find` gives it.

    Attributes:
        name: what the device calls itself.
    """

    def __init__(self, caller: Caller, name: str, source: str) -> None:
        self.name = name
        self._caller = caller
        self._source = source

    @property
    def gateway(self) -> str:
        """Where it is asked."""
        return self._caller.gateway

    @classmethod
    async def find(
        cls, network: Network, location: Url, reach: Reach, *, at: str
    ) -> "PinholeControl":
        """Fetch a device's description and see that its firewall lets pinholes be opened.

        Args:
            location: of the description, as the device has it.
            at: where it is fetched: the router's address of IPv6, or of IPv4. If it was found over
                IPv4 and listens there alone, it is called there, too.

        Raises:
            PortMapError: it cannot be fetched, or does not.
        """
        is_of_ipv4 = ":" not in at
        source = "" if is_of_ipv4 else reach.source
        page = await fetch(network, location.at(at), patience=reach.patience, source=source)
        device = description.decode(page.body, location, description.FIREWALLS)
        service = device.services[0]
        there = service.at(reach.router)
        found = cls(Caller(network, there, reach.patience, reach.source), device.name, reach.source)
        try:
            await found.check()
        except SilentError:
            if not is_of_ipv4:
                raise
            found = cls(Caller(network, service, reach.patience), device.name, reach.source)
            await found.check()
        return found

    async def check(self) -> None:
        """See that pinholes can be opened.

        Raises:
            PortMapError: they cannot, or need not.
        """
        status = await self._caller.call("GetFirewallStatus")
        if not _is_set(status.get("FirewallEnabled", "")):
            raise self._caller.refusal(DISABLED)
        if not _is_set(status.get("InboundPinholeAllowed", "")):
            raise self._caller.refusal(NOT_ALLOWED)

    async def add(self, wanted: Wanted) -> int:
        """Open a pinhole for everybody; its number.

        Raises:
            PortMapError: it is not opened.
        """
        arguments = {
            "RemoteHost": "",
            "RemotePort": 0,
            "InternalClient": self._source,
            "InternalPort": wanted.internal_port,
            "Protocol": _NUMBERS[wanted.protocol],
            "LeaseTime": lease_of(wanted),
        }
        text = (await self._caller.call("AddPinhole", arguments)).get("UniqueID", "")
        if not text.isascii() or not text.isdecimal() or len(text) > 10:
            raise MalformedError(f"{self.gateway} gives by UPnP the number {text[:40]!r}")
        return int(text)

    async def update(self, number: int, wanted: Wanted) -> bool:
        """Keep a pinhole open; False if there is none of that number.

        Raises:
            PortMapError: it may not stay open.
        """
        arguments = {"UniqueID": number, "NewLeaseTime": lease_of(wanted)}
        return await self._is_there("UpdatePinhole", arguments)

    async def delete(self, number: int) -> None:
        """Close a pinhole; it is no error that it is gone.

        Raises:
            PortMapError: it is not closed.
        """
        await self._is_there("DeletePinhole", {"UniqueID": number})

    async def is_open(self, number: int) -> bool:
        """Whether there is a pinhole of that number, as far as the device tells.

        Raises:
            PortMapError: it does not answer.
        """
        try:
            return await self._is_there("GetPinholePackets", {"UniqueID": number})
        except (RefusedError, MalformedError):
            return True

    async def is_working(self, number: int) -> bool | None:
        """Whether the device says that packets get through; None where it does not, or has seen none."""
        try:
            text = (await self._caller.call("CheckPinholeWorking", {"UniqueID": number})).get(
                "IsWorking", ""
            )
        except PortMapError:
            return None
        return _is_set(text) if text else None

    async def _is_there(self, action: str, arguments: Mapping[str, object]) -> bool:
        try:
            await self._caller.call(action, arguments)
        except RefusedError as error:
            if error.code == NO_SUCH_ENTRY:
                return False
            raise
        return True


def lease_of(wanted: Wanted) -> int:
    """The lease that is asked for: not more than a day."""
    return min(wanted.lifetime, LONGEST)


def _is_set(text: str) -> bool:
    """A boolean of UPnP (UPnP Device Architecture 1.1 §2.5)."""
    return text.lower() in {"1", "true", "yes"}
