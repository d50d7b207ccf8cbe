"""Tests of `nat.simulator.tcp`: tCP on a host: connections that come and go, and which of them gets a segment."""

import asyncio
import errno
import socket

import pytest

from nat import PORT_RESTRICTED_CONE, SYMMETRIC, DropReason, Protocol
from nat.packets import Address, IcmpError, IcmpKind, Packet
from nat.segments import Kind, Segment
from nat.simulator import Simulation
from nat.simulator.tcp import Sharing


@pytest.fixture
def sim():
    return Simulation()


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def talk(host, message, address=("server", 5), **kwargs):
    """Send a message, half-close, and read what comes back to the end."""
    with host:
        reader, writer = await asyncio.open_connection(*address, **kwargs)
        writer.write(message)
        writer.write_eof()
        answer = await reader.read(-1)
        writer.close()
        await writer.wait_closed()
        return answer


def test_a_stream_comes_back_whole_through_two_kinds_of_nat(sim):
    server = sim.host("server")
    alice = sim.nat("home-a", SYMMETRIC).host("alice")
    bob = sim.nat("home-b", PORT_RESTRICTED_CONE).host("bob")
    messages = [bytes([n]) * 1_000_000 for n in (1, 2)]

    async def main():
        await server.run(asyncio.start_server(echo, port=5))
        return await asyncio.gather(talk(alice, messages[0]), talk(bob, messages[1]))

    assert sim.run(main()) == messages


@pytest.mark.parametrize("seed", range(5))
def test_loss_and_jitter_delay_a_stream_but_do_not_break_it(seed):
    sim = Simulation(seed)
    server, client = sim.host("server"), sim.host("client")
    sim.link(client, loss=0.2, jitter=0.05)
    message = bytes(range(256)) * 1000

    async def main():
        await server.run(asyncio.start_server(echo, port=5))
        return await talk(client, message)

    assert sim.run(main()) == message
    assert sim.dropped(reason=DropReason.LOST)


def test_a_port_on_which_nobody_listens_refuses(sim):
    sim.host("server", "198.51.100.7")
    client = sim.host("client")

    with pytest.raises(ConnectionRefusedError, match=r"198\.51\.100\.7"):
        sim.run(talk(client, b""))
    assert sim.now == 0.04


def test_an_address_that_does_not_answer_times_out_after_127_seconds(sim):
    client = sim.host("client")
    with pytest.raises(TimeoutError) as caught:
        sim.run(talk(client, b"", ("10.9.9.9", 5)))
    assert caught.value.errno == errno.ETIMEDOUT
    assert sim.now == 127
    assert len(sim.dropped(reason=DropReason.NO_ROUTE)) == 7


def test_nobody_connects_into_a_lan(sim):
    home = sim.nat("home", PORT_RESTRICTED_CONE, external="203.0.113.1")
    alice, client = home.host("alice"), sim.host("client")

    async def main():
        await alice.run(asyncio.start_server(echo, port=5))
        async with asyncio.timeout(10):
            await talk(client, b"", ("203.0.113.1", 5))

    with pytest.raises(TimeoutError):
        sim.run(main())
    assert {event.reason for event in sim.dropped(home)} == {DropReason.NO_MAPPING}


def test_loopback_connects_inside_a_host(sim):
    host, other = sim.host("a"), sim.host("b")

    async def main():
        await host.run(asyncio.start_server(echo, "127.0.0.1", 5))
        with pytest.raises(ConnectionRefusedError):
            await talk(other, b"x", ("127.0.0.1", 5))
        return await talk(host, b"hello", ("localhost", 5))

    assert sim.run(main()) == b"hello"


def test_every_address_of_a_name_is_tried(sim):
    server = sim.host("server", "198.51.100.1", addresses=("2001:db8::1",))
    client = sim.host("client", "2001:db8::2")

    async def main():
        await server.run(asyncio.start_server(echo, port=5))
        return await talk(client, b"six")

    assert sim.run(main()) == b"six"
    sources = {event.source.host for event in sim.trace if event.protocol is Protocol.TCP}
    assert sources == {"2001:db8::1", "2001:db8::2"}


def test_when_every_address_fails_all_are_told(sim):
    sim.host("server", "198.51.100.1", addresses=("198.51.100.2",))
    client = sim.host("client")
    with pytest.raises(OSError, match=r"198.51.100.1.*198.51.100.2"):
        sim.run(talk(client, b""))


def test_a_connection_can_come_from_a_chosen_address(sim):
    server, client = sim.host("server"), sim.host("client", "198.51.100.9")
    seen = []

    async def note(reader, writer):
        seen.append(writer.get_extra_info("peername"))
        await echo(reader, writer)

    async def main():
        await server.run(asyncio.start_server(note, port=5))
        await talk(client, b"x", local_addr=("0.0.0.0", 4711))
        with pytest.raises(OSError, match=r"has no 198\.51\.100\.1"):
            await talk(client, b"x", local_addr=("198.51.100.1", 0))

    sim.run(main())
    assert seen == [("198.51.100.9", 4711)]


def test_a_cancelled_connect_leaves_nothing(sim):
    client = sim.host("client")

    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await talk(client, b"", ("10.9.9.9", 5))
        before = len(sim.trace)
        await asyncio.sleep(200)
        return len(sim.trace) - before

    assert sim.run(main()) == 0


def test_a_local_port_is_shared_only_by_those_who_all_agree(sim):
    stack = sim.host("a", "198.51.100.1").tcp
    address = Address("198.51.100.1", 5)
    stack.bind(address, Sharing.SHARED)
    stack.bind(address, Sharing.SHARED)
    with pytest.raises(OSError, match="already in use"):
        stack.bind(Address("0.0.0.0", 5))
    stack.release(address)
    with pytest.raises(OSError, match="already in use"):
        stack.bind(address)
    stack.release(address)
    assert stack.bind(address) == address


def test_sockets_may_not_connect_over_a_family_they_lack(sim):
    client = sim.host("client", "198.51.100.1")
    with pytest.raises(OSError, match="unreachable"):
        sim.run(talk(client, b"", ("2001:db8::1", 5)))
    with pytest.raises(socket.gaierror):
        sim.run(talk(client, b"", ("198.51.100.1", 5), family=socket.AF_INET6))


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (IcmpKind.HOST_UNREACHABLE, errno.EHOSTUNREACH),
        (IcmpKind.PORT_UNREACHABLE, errno.ECONNREFUSED),
        (IcmpKind.PACKET_TOO_BIG, errno.ETIMEDOUT),
    ],
)
def test_an_icmp_error_ends_a_connection_that_is_not_made_yet(sim, kind, number):
    client = sim.host("client", "198.51.100.1")

    async def main():
        task = asyncio.create_task(talk(client, b"", ("10.9.9.9", 5)))
        await asyncio.sleep(0.1)
        syn = next(event for event in sim.trace if event.protocol is Protocol.TCP)
        original = Packet(Protocol.TCP, syn.source, syn.destination, Segment(Kind.SYN))
        error = Packet(
            Protocol.ICMP, Address("10.9.9.9", 0), Address(client.address, 0),
            IcmpError(original, kind),
        )  # fmt: skip
        client.receive(error, 1)
        with pytest.raises(OSError, match=r".") as caught:
            await task
        return caught.value.errno

    assert sim.run(main()) == number


def test_an_icmp_error_does_not_end_a_connection_that_is_made(sim):
    server, client = sim.host("server"), sim.host("client", "198.51.100.9")

    async def main():
        await server.run(asyncio.start_server(echo, port=5))
        with client:
            reader, writer = await asyncio.open_connection("server", 5)
            here = Address(*writer.get_extra_info("sockname"))
            there = Address(*writer.get_extra_info("peername"))
            original = Packet(Protocol.TCP, here, there, Segment(Kind.ACK))
            client.tcp.receive_error(IcmpError(original, IcmpKind.HOST_UNREACHABLE))
            writer.write(b"still here")
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    assert sim.run(main()) == b"still here"
