"""Which protocol opens a port here: all are asked at once whether they are there, and the best one is taken."""

import asyncio
import contextlib
from collections.abc import Sequence
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
from stunwire import Family

ORDER: Final = (PortMapping.PCP, PortMapping.NAT_PMP, PortMapping.UPNP)
"""The best first: PCP has nonces and a clock, NAT-PMP a clock, and UPnP no end of ways to be wrong."""
GIVING_UP: Final = 2.0
"""Seconds in which a port is to be closed."""


def router_of(network: Network, gateway: str | None) -> str:
    """Whom to ask.

    Raises:
        NoGatewayError: it is not known; the message says why.
    """
    if gateway is not None:
        return gateway
    try:
        found = network.gateway(Family.IPV4)
    except OSError as error:
        raise NoGatewayError(str(error)) from None
    if found is None:
        raise NoGatewayError("this machine has no default router")
    return found


def make_client(network: Network, spoken: PortMapping, gateway: str | None) -> Client:
    """A client of a protocol, for one mapping.

    Raises:
        NoGatewayError: it is not known whom to ask.
    """
    if spoken is PortMapping.UPNP:
        known: str | None = None
        with contextlib.suppress(NoGatewayError):
            known = router_of(network, gateway)
        return IgdClient(network, known)
    router = router_of(network, gateway)
    if spoken is PortMapping.PCP:
        return PcpClient(network, router)
    return NatPmpClient(network, router)


async def open_by_any(
    network: Network,
    wanted: Wanted,
    *,
    spoken: Sequence[PortMapping] = ORDER,
    gateway: str | None = None,
) -> tuple[Client, Grant]:
    """Open a port by the first protocol that does.

    If this is cancelled, or an answer is lost, what may have been opened is closed.

    Args:
        spoken: the protocols to try, the best first.
        gateway: whom to ask; None for the default router.

    Raises:
        PortMapError: none has opened it; the message says why for each.
    """
    if not spoken:
        raise ValueError("at least one protocol is needed to open a port")
    problems: dict[PortMapping, PortMapError] = {}
    clients: list[Client] = []
    for one in spoken:
        try:
            clients.append(make_client(network, one, gateway))
        except NoGatewayError as error:
            problems[one] = error
    looks = [asyncio.create_task(_is_there(client)) for client in clients]
    try:
        for client, look in zip(clients, looks, strict=True):
            problem = await look
            if problem is None:
                try:
                    return client, await open_or_close(client, wanted)
                except PortMapError as error:
                    problem = error
            problems[client.spoken] = problem
    finally:
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
    raise _summary(problems)


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
