"""`probe`: who here opens ports, asked of all protocols at once, without opening anything."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nat.choices import PortMapping
from nat.portmap.choosing import ORDER, make_client
from nat.portmap.client import Look
from nat.portmap.errors import NoGatewayError, PortMapError, SilentError
from nat.portmap.network import Network
from nat.portmap.sockets import Sockets

PATIENCE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of asking by one protocol.

    Attributes:
        spoken: the protocol.
        gateway: who was asked, or who answered; None if it is not known whom to ask.
        asked_at: when, on the network's clock.
        look: the answer; None if there was none.
        error: why there was none.
    """

    spoken: PortMapping
    gateway: str | None
    asked_at: float
    look: Look | None = None
    error: PortMapError | None = None


async def probe(
    *,
    spoken: Sequence[PortMapping] = ORDER,
    gateway: str | None = None,
    network: Network | None = None,
    patience: float = PATIENCE,
) -> list[Probe]:
    """Ask a gateway by all protocols at once.

    Args:
        spoken: the protocols.
        gateway: whom to ask; None for the default router.
        network: sockets to ask with; None for asyncio's.
        patience: seconds within which there is an answer for each.
    """
    world = Sockets() if network is None else network
    asked = (_probe(world, one, gateway, patience) for one in spoken)
    return list(await asyncio.gather(*asked))


async def _probe(
    network: Network, spoken: PortMapping, gateway: str | None, patience: float
) -> Probe:
    began = network.now()
    try:
        client = make_client(network, spoken, gateway)
    except NoGatewayError as error:
        return Probe(spoken, None, began, error=error)
    try:
        async with asyncio.timeout(patience):
            look = await client.look()
    except TimeoutError:
        silent = SilentError(f"no answer that was complete within {patience:g} s")
        return Probe(spoken, client.gateway, began, error=silent)
    except PortMapError as error:
        return Probe(spoken, client.gateway, began, error=error)
    return Probe(spoken, client.gateway, began, look)
