"""Real programs ask a simulated NAT for ports: strangers' clients of UPnP IGD and NAT-PMP."""

import asyncio
import dataclasses

import pytest

from nat import PORT_RESTRICTED_CONE
from nat.choices import PortMapping
from nat.firewall import STRICT
from nat.simulator import Host, Simulation
from nat.tun import TunLab

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

PATIENCE = 30.0


@pytest.fixture
def world() -> Simulation:
    behavior = dataclasses.replace(PORT_RESTRICTED_CONE, port_mapping=frozenset(PortMapping))
    simulation = Simulation()
    # miniupnpc takes an address for documentation (RFC 5737) for one behind another NAT.
    simulation.nat("home", behavior, external="9.8.7.6").host("alice")
    return simulation


def inside(world: Simulation) -> Host:
    router = world.nats[0].router
    assert router is not None
    return router.host


async def test_miniupnpc_finds_the_device_and_maps_a_port(world: Simulation) -> None:
    async with asyncio.timeout(PATIENCE), TunLab(world) as lab:
        ask = ("upnpc", "-a", "192.168.1.2", "4000", "5000", "udp", "600")
        added = await lab["alice"].run(*ask)
        listed = await lab["alice"].run("upnpc", "-l")
    assert "external 9.8.7.6:5000 UDP is redirected to internal 192.168.1.2:4000" in added.stdout
    assert "UDP  5000->192.168.1.2:4000" in listed.stdout
    assert inside(world).body is None


async def test_natpmpc_learns_the_address_and_maps_a_port(world: Simulation) -> None:
    async with asyncio.timeout(PATIENCE), TunLab(world) as lab:
        done = await lab["alice"].run("natpmpc", "-a", "4000", "4000", "udp", "600")
    assert "Public IP address : 9.8.7.6" in done.stdout
    assert "Mapped public port 4000 protocol UDP to local port 4000" in done.stdout


async def test_a_stranger_s_web_client_reads_the_description(world: Simulation) -> None:
    fetch = "import urllib.request as u\nprint(u.urlopen('http://192.168.1.1:5000/description.xml').read())"
    async with asyncio.timeout(PATIENCE), TunLab(world) as lab:
        done = await lab["alice"].run("python3", "-c", fetch)
    assert "InternetGatewayDevice" in done.stdout, done.stderr


async def test_miniupnpc_opens_a_pinhole_in_a_firewall_of_ipv6() -> None:
    simulation = Simulation()
    behavior = dataclasses.replace(STRICT, port_mapping=frozenset({PortMapping.UPNP}))
    firewall = simulation.firewall("home", "2001:db8:a::/64", behavior)
    firewall.host("alice")
    url = "http://[2001:db8:a::1]:5000/description.xml"
    pinhole = ("-A", "", "0", "2001:db8:a::2", "4000", "udp", "600")
    async with asyncio.timeout(PATIENCE), TunLab(simulation) as lab:
        opened = await lab["alice"].run("upnpc", "-6", "-u", url, *pinhole)
        now = simulation.network.clock.monotonic()
        holes = [one.internal for one in firewall.state.explicit_mappings(now)]
        closed = await lab["alice"].run("upnpc", "-6", "-u", url, "-D", "1")
    assert holes == [("2001:db8:a::2", 4000)], opened.stdout
    assert firewall.state.explicit_mappings(now) == (), closed.stdout
