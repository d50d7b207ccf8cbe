"""`probe`: who here opens ports, asked of all protocols at once, without opening anything."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nat.choices import PortMapping
from nat.portmap.choosing import ORDER, Way, make_client
from nat.portmap.client import Look
from nat.portmap.errors import PortMapError, SilentError
from nat.portmap.network import Network
from nat.portmap.sockets import Sockets
from stunwire import Family

PATIENCE: Final = 4.0
"""Seconds. A search for UPnP takes 1.75 of them where only its last question is heard, and then a page and two calls
over HTTP are to come; who is silent is given up after those 1.75 whatever stands here."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of asking by one protocol.

    Attributes:
        spoken: the protocol.
        gateway: who was asked, or who answered; None if it is not known whom to ask.
        asked_at: when, on the network's clock.
        look: the answer; None if there was none.
        error: why there was none.
        family: of the ports that it was asked about.
    """

    spoken: PortMapping
    gateway: str | None
    asked_at: float
    look: Look | None = None
    error: PortMapError | None = None
    family: Family = Family.IPV4


async def probe(
    *,
    spoken: Sequence[PortMapping] = ORDER,
    family: Family = Family.IPV4,
    gateway: str | None = None,
    network: Network | None = None,
    patience: float = PATIENCE,
) -> list[Probe]:
    """Ask a gateway by all protocols at once.

    Args:
        spoken: the protocols.
        family: IPv4 for ports of a NAT, IPv6 for pinholes in a firewall.
        gateway: whom to ask; None for the default router.
        network: sockets to ask with; None for asyncio's.
        patience: seconds within which there is an answer for each.
    """
    world = Sockets() if network is None else network
    way = Way(family, gateway)
    asked = (_probe(world, one, way, patience) for one in spoken)
    return list(await asyncio.gather(*asked))


async def _probe(network: Network, spoken: PortMapping, way: Way, patience: float) -> Probe:
    began, family = network.now(), way.family
    try:
        client = make_client(network, spoken, way)
    except PortMapError as error:
        return Probe(spoken, None, began, error=error, family=family)
    try:
        async with asyncio.timeout(patience):
            look = await client.look()
    except TimeoutError:
        silent = SilentError(f"no answer that was complete within {patience:g} s")
        return Probe(spoken, client.gateway, began, error=silent, family=family)
    except PortMapError as error:
        return Probe(spoken, client.gateway, began, error=error, family=family)
    return Probe(spoken, client.gateway, began, look, family=family)
