"""Homes whose NAT opens ports, and what asking it needs, in virtual time."""

import asyncio
import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from nat import PORT_RESTRICTED_CONE, Behavior
from nat.choices import PortMapping
from nat.firewall import STRICT
from nat.portmap import IgdClient, NatPmpClient, PcpClient, PinholeClient
from nat.portmap.choosing import ORDER, ORDER6
from nat.portmap.sockets import Sockets
from nat.portmap.ssdp import authority
from nat.portmapping import PortMapper, ssdp
from nat.portmapping.igd import describe
from nat.portmapping.pcp import nowhere
from nat.portmapping.soap import FaultError, fault
from nat.portmapping.ssdp import Ssdp
from nat.simulator import Simulation
from stunwire import Address, Family
from tests.nat.portmapping.conftest import ListedNat

GATEWAY = "192.168.1.1"
EXTERNAL = "203.0.113.1"


class Home:
    """Alice behind a NAT, and a stranger outside.

    Attributes:
        address: at which strangers reach what is open.
        gateway: who is asked.
        way: what `open_port` and `probe` need to be told.
    """

    address = EXTERNAL
    gateway = GATEWAY
    way: Mapping[str, Any] = {}

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

    @property
    def mapper(self) -> PortMapper:
        """What the gateway keeps its mappings in."""
        return self.nat.translator

    def run(self, work: Any, *, deadline: float = 100_000.0) -> Any:
        """Do something on alice's machine."""
        return self.simulation.run(self.alice.run(work), deadline=deadline)

    @property
    def mappings(self) -> list[tuple[str, int, int]]:
        """What is open now: protocol, internal and external port."""
        now = self.simulation.network.clock.monotonic()
        found = self.mapper.explicit_mappings(now)
        return [(one.protocol.name, one.internal.port, one.external.port) for one in found]

    async def knock(self, external: Any) -> bool:
        """Send a datagram from outside; tell whether the NAT lets it in."""
        before = len(self.simulation.trace.translated().where(self.nat))
        loop = asyncio.get_running_loop()
        with self.stranger:
            transport, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, local_addr=(nowhere(external[0]), 0)
            )
        transport.sendto(b"knock", external)
        await asyncio.sleep(0.5)
        transport.close()
        return len(self.simulation.trace.translated().where(self.nat)) > before


class House(Home):
    """The same behind a firewall of IPv6, which translates nothing and opens pinholes."""

    address = "2001:db8:a::2"
    gateway = "2001:db8:a::1"
    way: Mapping[str, Any] = {"family": Family.IPV6}

    def __init__(
        self,
        spoken: Iterable[PortMapping] = ORDER6,
        behavior: Behavior = STRICT,
        *,
        seed: int = 1,
    ) -> None:
        self.simulation = Simulation(seed)
        spoken = frozenset(spoken)
        self.nat = self.simulation.firewall(
            "home", "2001:db8:a::/64", dataclasses.replace(behavior, port_mapping=spoken)
        )
        self.alice = self.nat.host("alice")
        self.stranger = self.simulation.host("stranger", "2001:db8:ffff::1")
        self.network = Sockets()

    @property
    def mapper(self) -> PortMapper:
        """What the gateway keeps its pinholes in."""
        return self.nat.state


PLACES = [
    *(pytest.param(Home, one, id=one.value) for one in ORDER),
    *(pytest.param(House, one, id=f"{one.value}6") for one in ORDER6),
]
"""Every way to open a port: behind a NAT of IPv4, and behind a firewall of IPv6."""


CLIENTS = [
    *(pytest.param(Home, one, id=one.spoken.value) for one in (PcpClient, NatPmpClient, IgdClient)),
    *(pytest.param(House, one, id=f"{one.spoken.value}6") for one in (PcpClient, PinholeClient)),
]
"""The same, each as who asks one gateway."""


@pytest.fixture
def make_house() -> type[House]:
    return House


@pytest.fixture
def make_home() -> type[Home]:
    return Home


@pytest.fixture
def mapper() -> ListedNat:
    return ListedNat()


class Device:
    """Somebody in a LAN who plays a UPnP device, well or badly.

    Args:
        host: on which it runs.
        answers: what it says to each search; None for what a device says.
        pages: by path, or by action, the body of an answer, or all of it if it begins with HTTP.
    """

    answers_everywhere = False
    """Whether it has its pages over the other family of addresses, too."""

    def __init__(self, home: Home, host: Any, *, answers: Any = None, pages: Any = None) -> None:
        self.home = home
        self.host = host
        self.calls: list[str] = []
        location = f"http://{authority(Address(host.address, 5000))}/description.xml"
        self.answers = Ssdp("1234", location).receive if answers is None else answers
        self.pages = {"/description.xml": describe("1234"), **(pages or {})}

    async def start(self) -> None:
        """Answer from now on."""
        group = ssdp.GROUP6 if ":" in self.host.address else ssdp.GROUP
        self.home.nat.lan.join_group(group, self.host.port)
        device = self

        class Searched(asyncio.DatagramProtocol):
            def connection_made(self, transport: Any) -> None:
                self.transport = transport

            def datagram_received(self, data: bytes, addr: Any) -> None:
                for answer in device.answers(data):
                    self.transport.sendto(answer, addr)

        with self.host:
            loop = asyncio.get_running_loop()
            any_ = nowhere(self.host.address)
            await loop.create_datagram_endpoint(Searched, local_addr=(any_, ssdp.PORT))
            for address in self.host.addresses if self.answers_everywhere else (any_,):
                await asyncio.start_server(self._serve, address, 5000)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split()[1].decode()
        action = path
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                await reader.readexactly(int(value))
            if name.lower() == "soapaction":
                action = value.strip().strip('"').partition("#")[2]
        self.calls.append(action)
        page = self.pages.get(action, fault(FaultError(401, "Invalid Action")))
        page = page() if callable(page) else page
        if not page.startswith(b"HTTP"):
            page = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)
        writer.write(page)
        writer.close()


@pytest.fixture
def make_device() -> type[Device]:
    return Device
