"""Asks the gateway whether it opens ports, by PCP, NAT-PMP and UPnP at once, and opens nothing.

Where there is a router of IPv6 it is asked for pinholes in its firewall as well, by PCP and UPnP.
"""

import asyncio
import contextlib

from nat.choices import PortMapping
from nat.discovery.diagnosis import Diagnosis
from nat.discovery.network import Network, StreamEndpoint, UdpEndpoint
from nat.discovery.surroundings import GatewayProbe, PinholeProbe
from nat.portmap.choosing import order_of
from nat.portmap.errors import (
    NoExternalAddressError,
    NoGatewayError,
    RefusedError,
    UnsupportedError,
)
from nat.portmap.probing import Probe, probe
from nat.portmapping.natpmp import Result
from nat.routes import default_router
from stunwire import Address, Family


class Through:
    """The network of a diagnosis as asking a gateway needs it: through the interface that was chosen.

    Args:
        network: the world.
        interface: to leave through; empty for the system's choice.
    """

    def __init__(self, network: Network, interface: str) -> None:
        self._network = network
        self._interface = interface

    def now(self) -> float:
        """Seconds on the network's clock."""
        return self._network.now()

    async def open_udp(self, towards: Address, *, source: str = "") -> UdpEndpoint:
        """Open a UDP socket."""
        return await self._network.open_udp(towards, interface=self._interface, source=source)

    async def open_stream(self, target: Address, *, source: str = "") -> StreamEndpoint:
        """Connect to a TCP server."""
        return await self._network.open_stream(target, interface=self._interface, source=source)

    def gateway(self, family: Family) -> str | None:
        """The default router, of that interface if one was chosen."""
        if self._interface:
            return default_router(family, self._interface)
        return self._network.gateway(family)

    def families(self) -> list[Family]:
        """IPv4, whatever there is, and IPv6 where there is a default router of it."""
        with contextlib.suppress(OSError):
            if self.gateway(Family.IPV6) is not None:
                return [Family.IPV4, Family.IPV6]
        return [Family.IPV4]


async def run(diagnosis: Diagnosis) -> None:
    """Ask by all protocols; each is written down when it is known."""
    world = Through(diagnosis.network, diagnosis.plan.interface)
    async with asyncio.TaskGroup() as group:
        for family in world.families():
            for spoken in order_of(family):
                group.create_task(_ask(diagnosis, world, spoken, family), name=spoken.value)
    diagnosis.recorder.router()


async def _ask(diagnosis: Diagnosis, world: Through, spoken: PortMapping, family: Family) -> None:
    over = " for pinholes" if family is Family.IPV6 else ""
    diagnosis.recorder.tell(f"asking the gateway by {spoken.value}{over}")
    (found,) = await probe(spoken=[spoken], family=family, network=world)
    if family is Family.IPV6 and isinstance(found.error, NoGatewayError):
        return  # there is no address that strangers could reach
    diagnosis.recorder.observe(_written(diagnosis, found))


def _written(diagnosis: Diagnosis, found: Probe) -> GatewayProbe:
    at, look, error = diagnosis.recorder.at, found.look, found.error
    refused = error if isinstance(error, RefusedError) else None
    answered = at(look.at) if look is not None else None
    if isinstance(error, RefusedError | UnsupportedError | NoExternalAddressError):
        answered = diagnosis.recorder.now()
    kind = PinholeProbe if found.family is Family.IPV6 else GatewayProbe
    return kind(
        protocol=found.spoken,
        gateway=found.gateway,
        asked_at=at(found.asked_at),
        answered_at=answered,
        external=look.external if look is not None else None,
        has_none=_has_none(found),
        device=look.device if look is not None else "",
        result=refused.code if refused is not None else None,
        failure="" if error is None else str(error),
    )


def _has_none(found: Probe) -> bool:
    """Whether the gateway says that it has no external address itself."""
    error = found.error
    if isinstance(error, RefusedError):
        return (found.spoken, error.code) == (PortMapping.NAT_PMP, Result.NETWORK_FAILURE)
    return isinstance(error, NoExternalAddressError)
