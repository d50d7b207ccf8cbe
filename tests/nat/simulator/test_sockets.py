"""Tests of `nat.simulator.sockets`: uDP sockets with the face of `socket.socket`, non-blocking, for programs that drain their own."""

import asyncio
import errno
import secrets
import socket

import pytest

from nat import DropReason
from nat.simulator import OutsideWorldError, Simulation


@pytest.fixture
def sim():
    return Simulation()


@pytest.fixture
def on_host(sim):
    """Run a function, or a coroutine function, on one host of the world, "a"."""
    host = sim.host("a", "198.51.100.1", addresses=("2001:db8::1",))

    def on_host(function):
        async def main():
            with host:
                result = function()
                return await result if asyncio.iscoroutine(result) else result

        return sim.run(main())

    return on_host


def udp(address=("0.0.0.0", 0), family=socket.AF_INET):
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.bind(address)
    return opened


def test_the_real_socket_comes_back_after_the_run(on_host):
    real = socket.socket
    assert on_host(lambda: socket.socket) is not real
    assert socket.socket is real


def test_a_datagram_can_be_read_in_every_way(on_host):
    async def work():
        one, other = udp(("127.0.0.1", 5)), udp(("127.0.0.1", 0))
        source = other.getsockname()
        for text in (b"recvfrom", b"into", b"recv", b"recv_into", b"cut off"):
            other.sendto(text, ("127.0.0.1", 5))
        other.sendto(memoryview(b"flags"), 0, ("127.0.0.1", 5))
        await asyncio.sleep(0)
        buffer = bytearray(10)
        assert one.recv(100, socket.MSG_PEEK) == b"recvfrom"
        assert one.recvfrom(100) == (b"recvfrom", source)
        assert one.recvfrom_into(buffer) == (4, source)
        assert buffer[:4] == b"into"
        assert one.recv(100) == b"recv"
        assert one.recv_into(buffer, 4) == 4
        assert one.recv(3) == b"cut"
        assert one.recv(100) == b"flags"
        with pytest.raises(BlockingIOError):
            one.recv(100)

    on_host(work)


def test_a_connected_socket_sends_without_an_address_and_hears_of_refusal(on_host):
    async def work():
        opened = udp(("127.0.0.1", 0))
        with pytest.raises(OSError, match="not connected"):
            opened.getpeername()
        opened.connect(("127.0.0.1", 9))
        assert opened.getpeername() == ("127.0.0.1", 9)
        assert opened.send(b"x") == 1
        await asyncio.sleep(0.01)
        with pytest.raises(ConnectionRefusedError):
            opened.recv(100)
        with pytest.raises(BlockingIOError):
            opened.recv(100)

    on_host(work)


def test_what_is_not_read_fills_the_buffer_and_then_is_dropped(sim, on_host):
    async def work():
        one, other = udp(("127.0.0.1", 5)), udp()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        for _ in range(10):
            other.sendto(bytes(768), ("127.0.0.1", 5))
        await asyncio.sleep(0)
        return one.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    assert on_host(work) == 4096
    assert [event.reason for event in sim.dropped()] == [DropReason.BUFFER_FULL] * 6


def test_ipv6_sockets_have_addresses_of_four_parts(on_host):
    async def work():
        with udp(("", 0), socket.AF_INET6) as six:
            assert six.getsockname()[0] == "::"
            assert six.family == socket.AF_INET6
            six.sendto(b"x", ("2001:db8::1", six.getsockname()[1]))
            await asyncio.sleep(0)
            return six.recvfrom(10)[1][0], len(six.getsockname())

    assert on_host(work) == ("2001:db8::1", 4)


def test_a_closed_socket_is_a_bad_file_descriptor(on_host):
    def work():
        opened = udp(("127.0.0.1", 5))
        opened.close()
        opened.close()
        assert opened.fileno() == -1
        for call in (lambda: opened.recv(1), lambda: opened.sendto(b"x", ("127.0.0.1", 5))):
            with pytest.raises(OSError, match="Bad file descriptor") as caught:
                call()
            assert caught.value.errno == errno.EBADF
        udp(("127.0.0.1", 5))

    on_host(work)


def test_blocking_modes_are_kept_but_never_block(on_host):
    def work():
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        assert opened.getblocking()
        with pytest.raises(OutsideWorldError, match="would hold up every host"):
            opened.recv(1)
        opened.settimeout(0.0)
        assert opened.gettimeout() == 0.0
        assert not opened.getblocking()
        flagged = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        assert not flagged.getblocking()

    on_host(work)


@pytest.mark.parametrize(
    "arguments",
    [
        (socket.AF_INET, socket.SOCK_RAW),
        (socket.AF_UNIX, socket.SOCK_DGRAM),
        (socket.AF_INET, socket.SOCK_STREAM, 0, 3),
    ],
)
def test_real_sockets_are_refused_loudly(on_host, arguments):
    with pytest.raises(OutsideWorldError, match="for UDP and TCP over IPv4 and IPv6 only"):
        on_host(lambda: socket.socket(*arguments))


def test_an_endpoint_of_asyncio_can_be_made_of_a_virtual_socket_and_gets_what_waits_in_it(on_host):
    got = []

    class Keep(asyncio.DatagramProtocol):
        def datagram_received(self, data, addr):
            got.append(data)

    async def work():
        loop = asyncio.get_running_loop()
        opened = udp(("127.0.0.1", 5))
        opened.sendto(b"early", ("127.0.0.1", 5))
        await asyncio.sleep(0.1)
        transport, _ = await loop.create_datagram_endpoint(Keep, sock=opened)
        assert transport.get_extra_info("sockname") == ("127.0.0.1", 5)
        assert transport.get_extra_info("socket").fileno() == opened.fileno()
        transport.sendto(b"late", ("127.0.0.1", 5))
        await asyncio.sleep(0.1)

    on_host(work)
    assert got == [b"early", b"late"]


def test_asyncio_reads_and_writes_udp_sockets(on_host):
    async def work():
        loop = asyncio.get_running_loop()
        one, other = udp(("127.0.0.1", 5)), udp(("127.0.0.1", 6))
        await loop.sock_connect(one, ("127.0.0.1", 6))
        reading = asyncio.create_task(loop.sock_recvfrom(other, 100))
        await asyncio.sleep(1)
        await loop.sock_sendall(one, b"ping")
        data, source = await reading
        await loop.sock_sendto(other, data + b" back", source)
        return await loop.sock_recv(one, 100)

    assert on_host(work) == b"ping back"


def test_a_port_in_use_is_refused_as_everywhere(on_host):
    def work():
        kept = udp(("0.0.0.0", 5))
        with pytest.raises(OSError, match="already in use") as caught:
            udp(("127.0.0.1", 5))
        assert caught.value.errno == errno.EADDRINUSE
        return kept

    on_host(work)


def test_random_ports_by_secrets_follow_the_seed():
    def draw(seed):
        async def main():
            return secrets.randbelow(2**64)

        return Simulation(seed).run(main())

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_a_program_can_forbid_to_cut_what_it_sends_and_hears_when_it_is_too_large():
    sim = Simulation()
    here, there = sim.host("here"), sim.host("there")
    sim.link(there, mtu=600)

    async def main():
        with here:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER, IP_PMTUDISC_DO
            sock.connect((there.address, 5))
            sock.send(bytes(1000))
            await asyncio.sleep(1)
            with pytest.raises(OSError, match="too long") as caught:
                sock.send(b"x")
            return caught.value.errno

    assert sim.run(main()) == errno.EMSGSIZE
