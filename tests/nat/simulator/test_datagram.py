"""Tests of `nat.simulator.datagram`: uDP endpoints of asyncio on the virtual network."""

import asyncio
import errno
import socket

import pytest

from nat import FULL_CONE, DropReason
from nat.simulator import Simulation, current_host


@pytest.fixture
def sim():
    return Simulation()


def test_a_datagram_goes_there_and_an_answer_back(sim, open_udp):
    a, b = sim.host("a", "198.51.100.1"), sim.host("b", "198.51.100.2")

    async def main():
        await open_udp(b, 5, answer=bytes.upper)
        here = await open_udp(a, 7)
        here.transport.sendto(bytearray(b"hello"), ("b", 5))
        return await here.next()

    assert sim.run(main()) == (b"HELLO", ("198.51.100.2", 5))
    assert sim.now == 0.04


def test_a_remote_address_makes_a_connected_endpoint(sim, open_udp):
    a, b = sim.host("a", "198.51.100.1"), sim.host("b", "198.51.100.2")

    async def main():
        await open_udp(b, 5, answer=bytes.upper)
        here = await open_udp(a, remote=("b", 5))
        assert here.transport.get_extra_info("peername") == ("198.51.100.2", 5)
        assert here.transport.get_extra_info("sockname")[0] == "198.51.100.1"
        here.transport.sendto(b"x")
        with pytest.raises(ValueError, match="must be None or"):
            here.transport.sendto(b"x", ("198.51.100.9", 5))
        return await here.next()

    assert sim.run(main())[0] == b"X"


def test_a_closed_port_is_told_to_a_connected_endpoint_by_error_received(sim, open_udp):
    a = sim.host("a")
    sim.host("b", "198.51.100.2")

    async def main():
        here = await open_udp(a, remote=("b", 9))
        here.transport.sendto(b"x")
        await here.arrived.wait()
        return here.errors

    (error,) = sim.run(main())
    assert isinstance(error, ConnectionRefusedError)


def test_too_large_a_datagram_is_an_error_received(sim, open_udp):
    a = sim.host("a")

    async def main():
        here = await open_udp(a)
        here.transport.sendto(bytes(70_000), ("198.51.100.9", 9))
        with pytest.raises(TypeError, match="must be bytes"):
            here.transport.sendto("text", ("198.51.100.9", 9))
        await here.arrived.wait()
        return here.errors

    assert [error.errno for error in sim.run(main())] == [errno.EMSGSIZE]


def test_a_packet_is_received_in_the_context_of_the_receiver(sim):
    a = sim.host("a", "198.51.100.1")
    b = sim.nat("n", FULL_CONE).host("b")
    seen = []

    class Protocol(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            seen.append(current_host())
            if data == b"ping":
                self.transport.sendto(b"pong", addr)

    async def main():
        loop = asyncio.get_running_loop()
        with a:
            await loop.create_datagram_endpoint(Protocol, local_addr=("0.0.0.0", 5))
        with b:
            transport, _ = await loop.create_datagram_endpoint(Protocol, family=socket.AF_INET)
        transport.sendto(b"ping", ("a", 5))
        await asyncio.sleep(1)

    sim.run(main())
    assert seen == [a, b]


def test_closing_frees_the_port_and_tells_the_protocol(sim, open_udp):
    a = sim.host("a", "198.51.100.1")

    async def main():
        first = await open_udp(a, 5)
        first.transport.close()
        first.transport.close()
        assert first.transport.is_closing()
        assert first.transport.get_extra_info("sockname") == ("0.0.0.0", 5)
        first.transport.sendto(b"ignored", ("a", 5))
        second = await open_udp(a, 5)
        second.transport.abort()
        await asyncio.sleep(0)
        return first.lost, second.lost

    assert sim.run(main()) == ([None], [None])
    assert sim.trace == []


def test_after_closing_nothing_is_received(sim, open_udp):
    a, b = sim.host("a"), sim.host("b")

    async def main():
        there, here = await open_udp(b, 5), await open_udp(a)
        here.transport.sendto(b"x", ("b", 5))
        await asyncio.sleep(0.01)
        there.transport.close()
        await asyncio.sleep(1)
        return there.received

    assert sim.run(main()) == []
    assert [event.reason for event in sim.dropped(b)] == [DropReason.CLOSED_PORT]


def test_ipv6_addresses_have_four_parts(sim, open_udp):
    a = sim.host("a", "2001:db8::1")
    b = sim.host("b", "2001:db8::2")

    async def main():
        there = await open_udp(b, 5, address="::")
        here = await open_udp(a, 6, address="2001:db8::1")
        here.transport.sendto(b"x", ("2001:db8::2", 5, 0, 0))
        return await there.next()

    assert sim.run(main()) == (b"x", ("2001:db8::1", 6, 0, 0))


def test_an_address_in_use_is_refused_and_a_failed_endpoint_leaves_no_trace(sim, open_udp):
    a = sim.host("a", "198.51.100.1")

    async def main():
        await open_udp(a, 5)
        with pytest.raises(OSError, match="already in use"):
            await open_udp(a, 5)
        with pytest.raises(socket.gaierror):
            await open_udp(a, 6, remote=("nobody", 1))
        await open_udp(a, 6)

    sim.run(main())


@pytest.mark.parametrize(("address", "error"), [("a", TypeError), (("a",), TypeError)])
def test_an_address_that_is_none_is_refused(sim, address, error):
    host = sim.host("a")

    async def main():
        with host:
            loop = asyncio.get_running_loop()
            await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=address)

    with pytest.raises(error):
        sim.run(main())
