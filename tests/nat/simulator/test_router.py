"""Tests of `nat.simulator.router`: what a NAT is to its own LAN."""

import asyncio
import struct

import pytest

from nat import PORT_RESTRICTED_CONE, DropReason
from nat.portmapping import PortMapping
from nat.portmapping.natpmp import Result
from nat.simulator import Simulation
from nat.simulator.router import MAX_VISITORS, Router
from tests.nat.portmapping.conftest import ListedNat

EVERYTHING = frozenset(PortMapping)
GATEWAY = "192.168.1.1"


class Home:
    """A LAN with a host and a router whose ports are in a list."""

    def __init__(self, spoken=EVERYTHING):
        self.simulation = Simulation(1)
        nat = self.simulation.nat("home", PORT_RESTRICTED_CONE)
        self.host = nat.host("alice")
        self.mapper = ListedNat()
        network = self.simulation._network
        self.router = Router(network, "home", nat.lan, GATEWAY, self.mapper, spoken)

    def run(self, coroutine):
        with self.host:
            return self.simulation.run(coroutine)


class Ear(asyncio.DatagramProtocol):
    def __init__(self):
        self.heard = asyncio.Queue()

    def datagram_received(self, data, addr):
        self.heard.put_nowait((data, addr))


async def ask(data, address, answers=1):
    """Send a datagram and wait for answers."""
    loop = asyncio.get_running_loop()
    transport, ear = await loop.create_datagram_endpoint(Ear, local_addr=("0.0.0.0", 0))
    transport.sendto(data, address)
    async with asyncio.timeout(2):
        found = [await ear.heard.get() for _ in range(answers)]
    transport.close()
    return found


def search(target):
    return f'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nST: {target}\r\n\r\n'.encode()


async def fetch(request):
    reader, writer = await asyncio.open_connection(GATEWAY, 5000)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


def test_nat_pmp_and_pcp_share_a_port_and_count_from_the_same_moment():
    home = Home()

    async def main():
        await asyncio.sleep(10)
        ((old, where),) = await ask(b"\0\0", (GATEWAY, 5351))
        ((new, _),) = await ask(b"\2\0" + bytes(22), (GATEWAY, 5351))
        return old, where, new

    old, where, new = home.run(main())
    assert where == (GATEWAY, 5351)
    assert struct.unpack_from("!BBHI", old) == (0, 128, 0, 10)
    assert struct.unpack_from("!BBBBII", new)[:2] == (2, 0x80)


def test_a_router_without_pcp_tells_its_client_the_version_it_speaks():
    home = Home(frozenset({PortMapping.NAT_PMP}))
    ((answer, _),) = home.run(ask(b"\2\0" + bytes(22), (GATEWAY, 5351)))
    assert struct.unpack_from("!BBH", answer) == (0, 128, Result.UNSUPPORTED_VERSION)


def test_a_search_to_the_group_finds_the_device_and_its_description():
    home = Home()

    async def main():
        ((answer, where),) = await ask(search("upnp:rootdevice"), ("239.255.255.250", 1900))
        page = await fetch(b"GET /description.xml HTTP/1.1\r\nHost: x\r\n\r\n")
        return answer, where, page

    answer, where, page = home.run(main())
    assert where == (GATEWAY, 1900)
    assert f"LOCATION: http://{GATEWAY}:5000/description.xml".encode() in answer
    assert page.startswith(b"HTTP/1.1 200")
    assert b"WANIPConnection:1" in page


@pytest.mark.parametrize(
    ("spoken", "port"),
    [({PortMapping.UPNP}, 5351), ({PortMapping.PCP, PortMapping.NAT_PMP}, 1900)],
)
def test_a_protocol_it_does_not_speak_is_a_closed_port(spoken, port):
    home = Home(frozenset(spoken))

    async def main():
        with pytest.raises(TimeoutError):
            await ask(b"\0\0", (GATEWAY, port))

    home.run(main())
    (drop,) = home.simulation.dropped(reason=DropReason.CLOSED_PORT)
    assert drop.where == "home (inside)"


def test_who_closes_early_or_comes_too_often_disturbs_nobody():
    home = Home()

    async def main():
        idle = [await asyncio.open_connection(GATEWAY, 5000) for _ in range(MAX_VISITORS)]
        with pytest.raises(ConnectionResetError):
            await fetch(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for _, writer in idle:
            writer.close()
        await asyncio.sleep(1)
        return await fetch(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    assert home.run(main()).startswith(b"HTTP/1.1 404")


def test_it_answers_in_a_second_run_and_after_a_restart():
    home = Home()

    async def main():
        await asyncio.sleep(5)
        return (await ask(b"\0\0", (GATEWAY, 5351)))[0][0]

    first, second = home.run(main()), home.run(main())
    home.router.restart()
    third = home.run(main())
    assert [struct.unpack_from("!I", answer, 4)[0] for answer in (first, second, third)] == [
        5,
        10,
        5,
    ]
