"""The dialogues of UPnP about a pinhole: the gateway found over IPv4 or IPv6, and asked at the router of IPv6."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from nat.choices import PortMapping
from nat.portmap.asking import QUICKLY
from nat.portmap.client import Grant, Look, Wanted
from nat.portmap.errors import (
    ForgottenError,
    MalformedError,
    NoGatewayError,
    PortMapError,
    RefusedError,
    SilentError,
)
from nat.portmap.network import Network
from nat.portmap.origin import own_address
from nat.portmap.pinholes import PinholeControl, Reach, lease_of
from nat.portmap.searching import search, search6
from nat.portmap.ssdp import Url
from stunwire import Address, Family

PATIENCE: Final = 2.0
"""Seconds for one request over HTTP."""
HEAD_START: Final = 0.5
"""Seconds for which it is searched over IPv6 alone."""


class PinholeClient:
    """Asks the UPnP gateway of this network for one pinhole in its firewall of IPv6.

    Args:
        gateway: the default router of IPv6; nobody else is asked.
        waits: seconds after each search.
        patience: seconds for one request over HTTP.
        source: of this machine, where what comes in is to go; empty for the address by which it
            sends to the internet.

    Attributes:
        gateway: where it is asked.
    """

    spoken: Final = PortMapping.UPNP

    def __init__(
        self,
        network: Network,
        gateway: str,
        waits: Sequence[float] = QUICKLY,
        patience: float = PATIENCE,
        source: str = "",
    ) -> None:
        self.gateway = gateway
        self._router = gateway
        self._network = network
        self._waits = waits
        self._patience = patience
        self._source = source
        self._control: PinholeControl | None = None
        self._number: int | None = None
        self._may_be_open = False

    async def look(self) -> Look:
        """Find the gateway and ask whether pinholes can be opened.

        Raises:
            ForgottenError: the pinhole that was opened is gone.
            PortMapError: there is none, or it does not open any.
        """
        control = await self._find()
        try:
            await control.check()
            if self._number is not None and not await control.is_open(self._number):
                self._number = None
                raise ForgottenError(f"{control.gateway} has closed the pinhole")
        except SilentError:
            self._control = None
            raise
        return Look(self._network.now(), device=control.name)

    async def open(self, wanted: Wanted) -> Grant:
        """Open a pinhole, or keep it open.

        Raises:
            PortMapError: it is not opened.
        """
        control = await self._find()
        try:
            if self._number is None or not await control.update(self._number, wanted):
                self._number = await self._add(control, wanted)
            if await control.is_working(self._number) is False:
                raise MalformedError(f"{control.gateway} says that its own pinhole does not work")
        except SilentError:
            self._control = None  # after a reboot it may listen elsewhere
            raise
        here = Address(self._source, wanted.internal_port)
        return Grant(
            self.spoken,
            control.gateway,
            wanted.protocol,
            here,
            here,
            lease_of(wanted),
            self._network.now(),
        )

    async def _add(self, control: PinholeControl, wanted: Wanted) -> int:
        was_open, self._may_be_open = self._may_be_open, True
        try:
            return await control.add(wanted)
        except RefusedError:
            self._may_be_open = was_open
            raise

    async def close(self, wanted: Wanted) -> None:
        """Close what was opened, or may have been; it is no error that it is gone.

        A pinhole whose number was lost with an answer is asked for again: it gets the same one.

        Raises:
            PortMapError: it may still be open.
        """
        if not self._may_be_open:
            return
        control = await self._find()
        number = self._number if self._number is not None else await control.add(wanted)
        await control.delete(number)
        self._number, self._may_be_open = None, False

    async def _find(self) -> PinholeControl:
        if self._control is None:
            if not self._source:
                self._source = await own_address(self._network)
            self._control = await self._search()
            self.gateway = self._control.gateway
        return self._control

    async def _search(self) -> PinholeControl:
        """Whichever way leads to a gateway first; if none does, who refused, or why IPv6 leads to none."""
        over_ipv6 = asyncio.create_task(self._over_ipv6())
        tasks = [over_ipv6, asyncio.create_task(self._over_ipv4(after=over_ipv6))]
        try:
            for done in asyncio.as_completed(tasks):
                with contextlib.suppress(PortMapError):
                    return await done
            problems = [task.exception() for task in tasks]
            refused = (one for one in problems if isinstance(one, RefusedError))
            problem = next(refused, problems[0])
            assert problem is not None
            raise problem
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _over_ipv6(self) -> PinholeControl:
        found = await search6(self._network, self._router, self._waits)
        return await self._at(found.location, self._router)

    async def _over_ipv4(self, after: asyncio.Task[PinholeControl]) -> PinholeControl:
        """A gateway of both families tells of its firewall where it tells of its NAT, too."""
        await asyncio.wait([after], timeout=HEAD_START)
        router: str | None = None
        with contextlib.suppress(OSError):
            router = self._network.gateway(Family.IPV4)
        if router is None:
            raise NoGatewayError("this machine has no default router of IPv4 to ask")
        for found in await search(self._network, router, self._waits):
            if found.location.address.host == router:
                return await self._at(found.location, router)
        raise SilentError(f"{router} does not answer to a search for UPnP gateways")

    async def _at(self, location: Url, host: str) -> PinholeControl:
        reach = Reach(self._router, self._source, self._patience)
        return await PinholeControl.find(self._network, location, reach, at=host)
