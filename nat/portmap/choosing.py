"""Which protocol opens a port here: all are asked at once whether they are there, and the best one is taken."""

import asyncio
import contextlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nat.choices import PortMapping
from nat.portmap.client import Client, Grant, Wanted
from nat.portmap.errors import (
    NoGatewayError,
    PortMapError,
    RefusedError,
    SilentError,
    UnsupportedError,
)
from nat.portmap.igdclient import IgdClient
from nat.portmap.natpmpclient import NatPmpClient
from nat.portmap.network import Network
from nat.portmap.pcpclient import PcpClient
from nat.portmap.pinholeclient import PinholeClient
from stunwire import Family

ORDER: Final = (PortMapping.PCP, PortMapping.NAT_PMP, PortMapping.UPNP)
"""The best first: PCP has nonces and a clock, NAT-PMP a clock, and UPnP no end of ways to be wrong."""
ORDER6: Final = (PortMapping.PCP, PortMapping.UPNP)
"""The same for pinholes in firewalls of IPv6; NAT-PMP has none (RFC 6886 §3.2)."""
GIVING_UP: Final = 2.0
"""Seconds in which a port is to be closed."""


def order_of(family: Family) -> tuple[PortMapping, ...]:
    """The protocols that open ports of a family, the best first."""
    return ORDER if family is Family.IPV4 else ORDER6


@dataclass(frozen=True, slots=True)
class Way:
    """Whom to ask for ports of which family, and from where.

    Attributes:
        family: IPv4 for ports of a NAT, IPv6 for pinholes in a firewall.
        gateway: whom to ask; None for the default router.
        source: of this machine, where what comes in is to go; empty for the system's choice.

    Raises:
        ValueError: an address is none, or not of the family, or counts on its own link only.
    """

    family: Family = Family.IPV4
    gateway: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if self.gateway is not None:
            _check("the gateway", self.gateway, self.family)
        if self.source:
            _check("the address of this machine", self.source, self.family)
            if ipaddress.ip_address(self.source).is_link_local:
                raise ValueError(f"{self.source} counts on its own link: nobody else can reach it")


def _check(what: str, host: str, family: Family) -> None:
    wanted = "IPv4" if family is Family.IPV4 else "IPv6"
    try:
        known = f"IPv{ipaddress.ip_address(host).version}"
    except ValueError:
        raise ValueError(f"{what} is an address of {wanted}, not {host!r}") from None
    if known != wanted:
        raise ValueError(f"{what} is an address of {wanted}, not {host}, which is of {known}")


DEFAULT: Final = Way()
"""A port of IPv4, at the default router."""


def router_of(network: Network, way: Way) -> str:
    """Whom to ask.

    Raises:
        NoGatewayError: it is not known; the message says why.
    """
    if way.gateway is not None:
        return way.gateway
    try:
        found = network.gateway(way.family)
    except OSError as error:
        raise NoGatewayError(str(error)) from None
    if found is None:
        over = " of IPv6" if way.family is Family.IPV6 else ""
        raise NoGatewayError(f"this machine has no default router{over}")
    return found


def make_client(network: Network, spoken: PortMapping, way: Way = DEFAULT) -> Client:
    """A client of a protocol, for one mapping.

    Raises:
        NoGatewayError: it is not known whom to ask.
        UnsupportedError: the protocol opens no ports of that family.
    """
    if spoken not in order_of(way.family):
        raise UnsupportedError(f"{spoken.title} opens no pinholes in firewalls of IPv6")
    if way.family is Family.IPV6:
        six = PcpClient if spoken is PortMapping.PCP else PinholeClient
        return six(network, router_of(network, way), source=way.source)
    if spoken is PortMapping.UPNP:
        known: str | None = None
        with contextlib.suppress(NoGatewayError):
            known = router_of(network, way)
        return IgdClient(network, known, source=way.source)
    router = router_of(network, way)
    if spoken is PortMapping.PCP:
        return PcpClient(network, router, source=way.source)
    return NatPmpClient(network, router, source=way.source)


async def open_by_any(
    network: Network,
    wanted: Wanted,
    *,
    spoken: Sequence[PortMapping] | None = None,
    way: Way = DEFAULT,
) -> tuple[Client, Grant]:
    """Open a port by the first protocol that does.

    If this is cancelled, or an answer is lost, what may have been opened is closed.

    Args:
        spoken: the protocols to try, the best first; None for all that there are.
        way: whom to ask, and from where.

    Raises:
        PortMapError: none has opened it; the message says why for each.
    """
    if spoken is None:
        spoken = order_of(way.family)
    if not spoken:
        raise ValueError("at least one protocol is needed to open a port")
    problems: dict[PortMapping, PortMapError] = {}
    clients: list[Client] = []
    for one in spoken:
        try:
            clients.append(make_client(network, one, way))
        except PortMapError as error:
            problems[one] = error
    opened = await _open_first(clients, wanted, problems)
    if opened is None:
        raise _summary(problems)
    return opened


async def _open_first(
    clients: Sequence[Client], wanted: Wanted, problems: dict[PortMapping, PortMapError]
) -> tuple[Client, Grant] | None:
    """The first that opens it; why the others have not is written into `problems`."""
    looks = [asyncio.create_task(_is_there(client)) for client in clients]
    opened: tuple[Client, Grant] | None = None
    try:
        for client, look in zip(clients, looks, strict=True):
            problem = await look
            if problem is None:
                try:
                    opened = client, await open_or_close(client, wanted)
                    break
                except PortMapError as error:
                    problem = error
            problems[client.spoken] = problem
    finally:
        for look in looks:
            look.cancel()
        try:
            await asyncio.gather(*looks, return_exceptions=True)
        except BaseException:  # a look takes a moment to end, and this may be cancelled in it
            if opened is not None:
                await close(opened[0], wanted)
            raise
    return opened


async def _is_there(client: Client) -> PortMapError | None:
    try:
        await client.look()
    except PortMapError as error:
        return error
    return None


async def open_or_close(client: Client, wanted: Wanted) -> Grant:
    """Open a port; if it is not known whether that has happened, close it.

    Raises:
        PortMapError: it is not opened.
    """
    try:
        return await client.open(wanted)
    except (RefusedError, UnsupportedError):
        raise
    except BaseException:
        await close(client, wanted)
        raise


async def close(client: Client, wanted: Wanted) -> PortMapError | None:
    """Close a port within `GIVING_UP` seconds; what went wrong, if anything did."""
    try:
        async with asyncio.timeout(GIVING_UP):
            await client.close(wanted)
    except PortMapError as error:
        return error
    except TimeoutError:
        return SilentError(f"the port was not closed within {GIVING_UP:g} s")
    return None


def _summary(problems: dict[PortMapping, PortMapError]) -> PortMapError:
    """One error for all; that one has refused weighs more than that others do not answer."""
    text = "; ".join(f"{spoken.value}: {error}" for spoken, error in problems.items())
    message = f"no port was opened: {text}"
    for error in problems.values():
        if isinstance(error, RefusedError):
            return RefusedError(message, error.code, error.retry_after)
    kinds = {type(error) for error in problems.values()}
    kind = kinds.pop() if len(kinds) == 1 else SilentError
    return kind(message)
