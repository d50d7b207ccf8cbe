"""Tests of `nat.portmap.sockets`: real sockets on loopback, and those of a simulated world."""

import asyncio

import pytest

from nat.portmap.sockets import MOST_WAITING, Sockets
from stunwire import Address, Family
from tests.nat.portmap.conftest import GATEWAY

LOOPBACK = "127.0.0.1"


async def test_a_datagram_goes_there_and_one_comes_back() -> None:
    there = await asyncio.get_running_loop().create_datagram_endpoint(
        Echo, local_addr=(LOOPBACK, 0)
    )
    target = Address(*there[0].get_extra_info("sockname"))
    endpoint = await Sockets().open_udp(target)
    endpoint.send(b"x", target)
    async with asyncio.timeout(60):
        data, source, at = await endpoint.receive()
    assert (data, source) == (b"X", target)
    assert at <= Sockets().now()
    assert endpoint.local.host == LOOPBACK
    endpoint.close()
    there[0].close()


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        for _ in range(1 if data == b"x" else 2 * MOST_WAITING):
            self.transport.sendto(data.upper(), addr)


async def test_a_closed_port_is_an_error() -> None:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=(LOOPBACK, 0)
    )
    target = Address(*transport.get_extra_info("sockname"))
    transport.close()
    await asyncio.sleep(0)
    endpoint = await Sockets().open_udp(target)
    endpoint.send(b"x", target)
    with pytest.raises(ConnectionRefusedError):
        async with asyncio.timeout(60):
            await endpoint.receive()
    endpoint.close()


async def test_a_stream_is_written_read_and_closed() -> None:
    async def answer(reader, writer):
        writer.write((await reader.read(100)).upper())
        writer.close()

    async with await asyncio.start_server(answer, LOOPBACK, 0) as server:
        stream = await Sockets().open_stream(Address(*server.sockets[0].getsockname()))
        await stream.send(b"hello")
        async with asyncio.timeout(60):
            assert (await stream.receive(), await stream.receive()) == (b"HELLO", b"")
        assert stream.local.host == LOOPBACK
        await stream.close()


def test_on_a_simulated_host_they_are_the_world_s(make_home) -> None:
    home = make_home()

    async def main():
        endpoint = await home.network.open_udp(Address("239.255.255.250", 1900))
        local = endpoint.local
        endpoint.close()
        return local.host, home.network.gateway(Family.IPV4), home.network.gateway(Family.IPV6)

    assert home.run(main()) == (home.alice.address, GATEWAY, None)


def test_what_nobody_reads_does_not_pile_up(make_home) -> None:
    home = make_home()
    bob = home.nat.host("bob")

    async def main():
        with bob:
            await asyncio.get_running_loop().create_datagram_endpoint(
                Echo, local_addr=("0.0.0.0", 5000)
            )
        target = Address(bob.address, 5000)
        endpoint = await home.network.open_udp(target)
        endpoint.send(b"many", target)
        await asyncio.sleep(1)
        for _ in range(MOST_WAITING):
            await endpoint.receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await endpoint.receive()
        endpoint.close()

    home.run(main())
