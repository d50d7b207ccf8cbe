"""Homes whose NAT opens ports, and what asking it needs, in virtual time."""

import asyncio
import dataclasses
from collections.abc import Iterable
from typing import Any

import pytest

from nat import PORT_RESTRICTED_CONE, Behavior
from nat.choices import PortMapping
from nat.portmap.sockets import Sockets
from nat.simulator import Simulation
from tests.nat.portmapping.conftest import ListedNat

GATEWAY = "192.168.1.1"
EXTERNAL = "203.0.113.1"


class Home:
    """Alice behind a NAT, and a stranger outside."""

    def __init__(
        self,
        spoken: Iterable[PortMapping] = tuple(PortMapping),
        behavior: Behavior = PORT_RESTRICTED_CONE,
        *,
        seed: int = 1,
    ) -> None:
        self.simulation = Simulation(seed)
        spoken = frozenset(spoken)
        self.nat = self.simulation.nat(
            "home", dataclasses.replace(behavior, port_mapping=spoken), external=EXTERNAL
        )
        self.alice = self.nat.host("alice")
        self.stranger = self.simulation.host("stranger")
        self.network = Sockets()

    def run(self, work: Any, *, deadline: float = 100_000.0) -> Any:
        """Do something on alice's machine."""
        return self.simulation.run(self.alice.run(work), deadline=deadline)

    @property
    def mappings(self) -> list[tuple[str, int, int]]:
        """What is open now: protocol, internal and external port."""
        now = self.simulation.network.clock.monotonic()
        found = self.nat.translator.explicit_mappings(now)
        return [(one.protocol.name, one.internal.port, one.external.port) for one in found]

    async def knock(self, external: Any) -> bool:
        """Send a datagram from outside; tell whether the NAT lets it in."""
        before = len(self.simulation.trace.translated().where(self.nat))
        loop = asyncio.get_running_loop()
        with self.stranger:
            transport, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, local_addr=("0.0.0.0", 0)
            )
        transport.sendto(b"knock", external)
        await asyncio.sleep(0.5)
        transport.close()
        return len(self.simulation.trace.translated().where(self.nat)) > before


@pytest.fixture
def make_home() -> type[Home]:
    return Home


@pytest.fixture
def mapper() -> ListedNat:
    return ListedNat()
