"""Tests of `nat.simulator.router`: what a NAT is to its own LAN."""

import asyncio
import dataclasses
import struct
from ipaddress import ip_address

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
        network = self.simulation.network
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


def mapped_form(host):
    return b"\0" * 10 + b"\xff\xff" + ip_address(host).packed


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

    first = home.run(main())
    home.router.listen()
    second = home.run(main())
    home.router.restart(home.mapper)
    third = home.run(main())
    assert [struct.unpack_from("!I", answer, 4)[0] for answer in (first, second, third)] == [
        5,
        10,
        5,
    ]


@pytest.mark.parametrize("version", [0, 2])
def test_a_port_that_was_asked_for_lets_strangers_in_until_the_nat_reboots(version, open_udp):
    simulation = Simulation(1)
    behavior = dataclasses.replace(PORT_RESTRICTED_CONE, port_mapping=EVERYTHING)
    nat = simulation.nat("home", behavior, external="203.0.113.1")
    alice, stranger = nat.host("alice"), simulation.host("stranger")
    requests = {
        0: struct.pack("!BBHHHI", 0, 1, 0, 5000, 8080, 3600),
        2: struct.pack("!BBHI", 2, 1, 0, 3600) + mapped_form(alice.address)
        + struct.pack("!12sB3xHH16x", b"n" * 12, 17, 5000, 8080),
    }  # fmt: skip

    async def main():
        here = await open_udp(alice, 5000)
        there = await open_udp(stranger)
        with alice:
            await ask(requests[version], (GATEWAY, 5351))
        there.transport.sendto(b"knock", ("203.0.113.1", 8080))
        await asyncio.sleep(1)
        nat.reboot()
        there.transport.sendto(b"knock", ("203.0.113.1", 8080))
        await asyncio.sleep(1)
        return here.received

    heard = simulation.run(main())
    assert [data for data, _ in heard] == [b"knock"]
    (drop,) = simulation.dropped(nat)
    assert drop.reason is DropReason.NO_MAPPING


def test_a_web_server_is_opened_to_the_world_by_upnp():
    simulation = Simulation(1)
    behavior = dataclasses.replace(PORT_RESTRICTED_CONE, port_mapping=EVERYTHING)
    nat = simulation.nat("home", behavior, external="203.0.113.1")
    alice, stranger = nat.host("alice"), simulation.host("stranger")
    arguments = {
        "NewRemoteHost": "", "NewExternalPort": 80, "NewProtocol": "TCP", "NewInternalPort": 8000,
        "NewInternalClient": alice.address, "NewEnabled": 1, "NewPortMappingDescription": "web",
        "NewLeaseDuration": 0,
    }  # fmt: skip
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in arguments.items())
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:AddPortMapping'
        f' xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1">{inner}</u:AddPortMapping>'
        "</s:Body></s:Envelope>"
    ).encode()
    head = (
        f"POST /control/WANIPConnection HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    async def greet(_reader, writer):
        writer.write(b"welcome")
        writer.close()

    async def main():
        with alice:
            await asyncio.start_server(greet, "0.0.0.0", 8000)
            answer = await fetch(head.encode() + body)
        with stranger:
            reader, writer = await asyncio.open_connection("203.0.113.1", 80)
            welcome = await reader.read()
            writer.close()
        return answer, welcome

    answer, welcome = simulation.run(main())
    assert answer.startswith(b"HTTP/1.1 200")
    assert welcome == b"welcome"
