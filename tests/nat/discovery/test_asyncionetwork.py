"""The same network runs on the real loop, on uvloop and in the simulator, and tells real addresses."""

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Callable

import pytest
import uvloop

import nat
from nat.discovery.asyncionetwork import FRESH_PORTS, AsyncioNetwork
from nat.discovery.network import StreamEndpoint
from nat.simulator import Host, Simulation
from stunwire import Address, Family

SERVER = "198.51.100.1"


def _at_home(seed: int = 1) -> tuple[Simulation, Host]:
    simulation = Simulation(seed)
    simulation.host("server", SERVER, addresses=("2001:db8::1", "198.51.100.2"))
    return simulation, simulation.nat("home", nat.SYMMETRIC, external="203.0.113.1").host("me")


def _play(simulation: Simulation, me: Host, work):  # type: ignore[no-untyped-def]
    return simulation.run(me.run(work))


def test_a_socket_knows_its_real_address_and_a_port_that_was_never_used() -> None:
    simulation, me = _at_home()

    async def work() -> None:
        network = AsyncioNetwork()
        opened = [await network.open_udp(Address(SERVER, 3478)) for _ in range(50)]
        assert {each.local.host for each in opened} == {me.address}
        ports = [each.local.port for each in opened]
        for each in opened:
            each.close()
        ports += [(await network.open_udp(Address(SERVER, 3478))).local.port for _ in range(50)]
        assert len(set(ports)) == 100
        assert set(ports) <= set(FRESH_PORTS)

    _play(simulation, me, work())


def test_two_runs_use_other_ports() -> None:
    async def work() -> int:
        return (await AsyncioNetwork().open_udp(Address(SERVER, 3478))).local.port

    ports = {_play(*_at_home(seed), work()) for seed in (1, 2, 3)}
    assert len(ports) == 3


def test_a_port_that_is_asked_for_is_used_or_named() -> None:
    simulation, me = _at_home()

    async def work() -> None:
        network = AsyncioNetwork()
        opened = await network.open_udp(Address(SERVER, 3478), port=40001)
        assert opened.local == Address(me.address, 40001)
        with pytest.raises(OSError, match=f"port 40001 of {me.address} is in use"):
            await network.open_udp(Address(SERVER, 3478), port=40001)

    _play(simulation, me, work())


def test_where_there_is_no_way_that_is_said() -> None:
    simulation, me = _at_home()

    async def work() -> None:
        with pytest.raises(OSError, match="network is unreachable: no way to 2001:db8::1"):
            await AsyncioNetwork().open_udp(Address("2001:db8::1", 3478))

    _play(simulation, me, work())


def test_an_interface_decides_the_address_and_an_unknown_one_is_named() -> None:
    simulation, me = _at_home()
    cafe = simulation.nat("cafe", nat.SYMMETRIC, external="203.0.113.2", lan="10.0.0.0/24")
    me.attach(cafe, interface="wifi")

    async def work() -> None:
        network = AsyncioNetwork()
        wifi = await network.open_udp(Address(SERVER, 3478), interface="wifi")
        assert wifi.local.host.startswith("10.0.0.")
        with pytest.raises(OSError, match="no interface 'ppp0'; there are eth0, lo, wifi"):
            await network.open_udp(Address(SERVER, 3478), interface="ppp0")
        with pytest.raises(OSError, match="wifi has no IPv6 address"):
            await network.open_udp(Address("2001:db8::1", 3478), interface="wifi")
        found = {each.name: each for each in network.interfaces()}
        assert set(found) == {"eth0", "wifi"}
        assert found["eth0"].is_default
        assert not found["wifi"].is_default

    _play(simulation, me, work())


def test_the_interface_of_a_vpn_is_written_down_as_a_tunnel() -> None:
    simulation, me = _at_home()
    office = simulation.nat("office", nat.SYMMETRIC, external="203.0.113.2", lan="10.0.0.0/24")
    me.attach(office, interface="wg-acme")

    async def work() -> None:
        found = {each.name: each.is_tunnel for each in AsyncioNetwork().interfaces()}
        assert found == {"eth0": False, "wg-acme": True}

    _play(simulation, me, work())


def test_several_connections_leave_from_one_port() -> None:
    simulation, me = _at_home()
    server = simulation.hosts[0]

    async def serve() -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read(100))
            writer.close()

        for address in (Address(SERVER, 3478), Address("198.51.100.2", 3478)):
            await asyncio.start_server(echo, *address)
        await asyncio.start_server(echo, "198.51.100.2", 3479)

    async def work() -> list[Address]:
        await server.run(serve())
        with me:
            network = AsyncioNetwork()
            first = await network.open_stream(Address(SERVER, 3478))
            port = first.local.port
            others = [
                await network.open_stream(Address("198.51.100.2", each), port=port)
                for each in (3478, 3479)
            ]
            for stream in (first, *others):
                await stream.send(b"hello")
                assert await stream.receive() == b"hello"
                assert await stream.receive() == b""
                await stream.close()
            with pytest.raises(ConnectionRefusedError):
                await network.open_stream(Address(SERVER, 9))
        return [each.local for each in (first, *others)]

    locals_ = simulation.run(work())
    assert len(set(locals_)) == 1
    assert locals_[0].host == me.address


def test_names_are_looked_up_in_both_families_and_what_is_unknown_is_named() -> None:
    simulation, me = _at_home()
    simulation.name("stun.example", SERVER, "2001:db8::1")

    async def work() -> None:
        network = AsyncioNetwork()
        found = await network.resolve("stun.example", 3478)
        assert set(found) == {Address(SERVER, 3478), Address("2001:db8::1", 3478)}
        assert await network.resolve("2001:DB8::0", 1) == (Address("2001:db8::", 1),)
        with pytest.raises(OSError, match=r"gone\.example does not resolve"):
            await network.resolve("gone.example", 3478)

    _play(simulation, me, work())


async def test_what_cannot_be_a_name_is_said_to_be_none() -> None:
    with pytest.raises(OSError, match="is no name"):
        await AsyncioNetwork().resolve("a" * 70 + ".example", 3478)


def test_the_gateway_is_the_router_of_the_lan() -> None:
    simulation, me = _at_home()

    async def work() -> tuple[str | None, str | None]:
        network = AsyncioNetwork()
        return network.gateway(Family.IPV4), network.gateway(Family.IPV6)

    assert _play(simulation, me, work()) == ("192.168.1.1", None)


@pytest.mark.parametrize(
    "make_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def test_on_real_sockets(make_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(_on_real_sockets())


async def _on_real_sockets() -> None:
    network = AsyncioNetwork()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(20)
        there = Address(*other.getsockname())
        opened = await network.open_udp(there, dont_fragment=True)
        opened.send(b"hello", there)
        data, source = other.recvfrom(100)
        assert (data, source) == (b"hello", opened.local)
        other.sendto(b"answer", opened.local)
        datagram = await opened.receive()
        assert (datagram.data, datagram.source) == (b"answer", there)
        assert network.now() - 20 < datagram.at <= network.now()
    for _ in range(3):  # the port is closed now: an error comes, each time, and wakes nobody else
        opened.send(b"hello", there)
        with pytest.raises(OSError, match="port unreachable") as caught:
            await asyncio.wait_for(opened.receive(), 20)
        assert caught.value.target == there
        assert caught.value.errno == errno.ECONNREFUSED
    with pytest.raises(OSError, match=r"(?i)message too long"):
        opened.send(bytes(65508), there)
    spent = time.process_time()
    await asyncio.sleep(0.3)
    assert time.process_time() - spent < 0.2  # who is woken all the time takes it all
    opened.close()
    with pytest.raises(OSError, match="closed"):
        opened.send(b"hello", there)


async def test_tls_is_spoken_with_who_has_the_right_certificate(tmp_path, make_certificate) -> None:  # type: ignore[no-untyped-def]
    from relay import CertificateFiles

    files = CertificateFiles(tmp_path / "chain.pem", tmp_path / "key.pem")
    make_certificate(files)
    trusted = ssl.create_default_context(cafile=files.chain)
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(files.chain, files.key)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(100))
        await writer.drain()

    async with await asyncio.start_server(echo, "127.0.0.1", 0, ssl=own) as server:
        there = Address(*server.sockets[0].getsockname())
        stream: StreamEndpoint = await AsyncioNetwork(trusted).open_stream(there, tls="127.0.0.1")
        assert stream.remote == there
        await stream.send(b"hello")
        assert await stream.receive() == b"hello"
        await stream.close()
        with pytest.raises(OSError, match="certificate verify failed"):
            await AsyncioNetwork().open_stream(there, tls="127.0.0.1")
