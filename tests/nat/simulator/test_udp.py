"""Tests of `nat.simulator.udp`: uDP on a host: which socket gets a packet, and what happens to one that no socket wants."""

import asyncio
import errno
import socket

import pytest

from nat import Address, DropReason
from nat.packets import IcmpEcho, IcmpError, IcmpKind, Packet, Protocol
from nat.simulator import Simulation
from nat.simulator.udp import MAX_DATAGRAM, UdpSocket


class Mailbox:
    """The face of a UDP socket that keeps what it gets."""

    def __init__(self, *, full=False):
        self.got, self.errors, self.full = [], [], full

    def datagram_arrived(self, data, source):
        if not self.full:
            self.got.append((data, source))
        return not self.full

    def forgotten(self):
        self.over = True

    def error_arrived(self, error):
        self.errors.append(error)


class World:
    """Two hosts on the internet, and time that passes without a loop."""

    def __init__(self):
        self.sim = Simulation()
        self.a = self.sim.host("a", "198.51.100.1")
        self.b = self.sim.host("b", "198.51.100.2", addresses=("198.51.100.3",))
        self.network = self.a.node.network

    def socket(self, host, address=None, **face):
        socket = UdpSocket(host.udp, Mailbox(**face))
        if address:
            socket.bind(Address(*address))
        return socket

    def settle(self):
        while (due := self.network.agenda.next_ns()) is not None:
            self.network.clock.advance_to(due)
            self.network.agenda.perform(due)

    def reasons(self):
        return [event.reason for event in self.sim.dropped()]


@pytest.fixture
def world():
    return World()


def test_a_datagram_reaches_the_socket_at_its_address(world):
    a = world.socket(world.a, ("198.51.100.1", 1000))
    b = world.socket(world.b, ("198.51.100.2", 2000))
    wildcard = world.socket(world.b, ("0.0.0.0", 3000))
    a.send(b"one", Address("198.51.100.2", 2000))
    a.send(b"two", Address("198.51.100.3", 3000))
    world.settle()
    assert b.receiver.got == [(b"one", ("198.51.100.1", 1000))]
    assert wildcard.receiver.got == [(b"two", ("198.51.100.1", 1000))]


def test_an_unbound_socket_is_bound_by_sending(world):
    a = world.socket(world.a)
    b = world.socket(world.b, ("198.51.100.2", 2000))
    a.send(b"x", Address("198.51.100.2", 2000))
    world.settle()
    assert a.bound.host == "0.0.0.0"
    assert b.receiver.got == [(b"x", ("198.51.100.1", a.bound.port))]


def test_a_connected_socket_hears_its_peer_only(world):
    a = world.socket(world.a, ("198.51.100.1", 1000))
    b = world.socket(world.b, ("0.0.0.0", 2000))
    b.connect(Address("198.51.100.1", 999))
    assert b.bound == ("198.51.100.2", 2000)
    a.send(b"x", b.bound)
    world.settle()
    assert b.receiver.got == []
    assert world.reasons() == [DropReason.NOT_CONNECTED]


@pytest.mark.parametrize("connected", [True, False])
def test_an_icmp_error_reaches_connected_sockets_only(world, connected):
    a = world.socket(world.a, ("198.51.100.1", 1000))
    closed = Address("198.51.100.2", 9)
    if connected:
        a.connect(closed)
    a.send(b"x", closed)
    world.settle()
    assert world.reasons() == [DropReason.CLOSED_PORT]
    assert [error.errno for error in a.receiver.errors] == [errno.ECONNREFUSED] * connected


def test_a_full_buffer_drops(world):
    a = world.socket(world.a)
    world.socket(world.b, ("198.51.100.2", 2000), full=True)
    a.send(b"x", Address("198.51.100.2", 2000))
    world.settle()
    assert world.reasons() == [DropReason.BUFFER_FULL]


def test_packets_to_the_own_host_stay_on_it(world):
    one = world.socket(world.a, ("127.0.0.1", 1000))
    other = world.socket(world.a, ("198.51.100.1", 1001))
    one.send(b"x", Address("198.51.100.1", 1001))
    other.send(b"y", Address("198.51.100.1", 1001))
    assert other.receiver.got == []
    world.settle()
    assert [data for data, _ in other.receiver.got] == [b"x", b"y"]
    assert world.sim.now == 0
    with pytest.raises(OSError, match="cannot reach"):
        one.send(b"x", Address("198.51.100.2", 1))


def test_an_address_is_bound_once_and_free_again_after_closing(world):
    first = world.socket(world.a, ("0.0.0.0", 1000))
    for host in ("0.0.0.0", "198.51.100.1"):
        with pytest.raises(OSError, match="already in use"):
            world.socket(world.a, (host, 1000))
    with pytest.raises(OSError, match="already bound"):
        first.bind(Address("0.0.0.0", 1001))
    first.close()
    specific = world.socket(world.a, ("198.51.100.1", 1000))
    with pytest.raises(OSError, match="already in use"):
        world.socket(world.a, ("0.0.0.0", 1000))
    specific.close()
    world.socket(world.a, ("0.0.0.0", 1000))


def test_what_cannot_be_sent_is_refused(world):
    a = world.socket(world.a)
    with pytest.raises(OSError, match="Destination address required"):
        a.send(b"x")
    with pytest.raises(OSError, match="Message too long") as caught:
        a.send(bytes(MAX_DATAGRAM + 1), Address("198.51.100.2", 1))
    assert caught.value.errno == errno.EMSGSIZE
    with pytest.raises(OSError, match="unreachable"):
        a.send(b"x", Address("2001:db8::1", 1))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (IcmpKind.PORT_UNREACHABLE, errno.ECONNREFUSED),
        (IcmpKind.PROHIBITED, errno.EHOSTUNREACH),
        (IcmpKind.PACKET_TOO_BIG, errno.EMSGSIZE),
        (IcmpKind.HOST_UNREACHABLE, None),
        (IcmpKind.TIME_EXCEEDED, None),
    ],
)
def test_a_connected_socket_hears_of_icmp_errors_as_in_linux(world, kind, expected):
    a = world.socket(world.a)
    a.connect(Address("198.51.100.2", 2000))
    sent = Packet(Protocol.UDP, a.bound, a.peer, b"x")
    world.a.udp.receive_error(IcmpError(sent, kind))
    assert [error.errno for error in a.receiver.errors] == ([expected] if expected else [])


def test_what_must_not_be_cut_and_is_too_large_is_an_error(world):
    world.sim.link(world.b, mtu=600)
    a = world.socket(world.a)
    a.connect(Address("198.51.100.2", 2000))
    a.dont_fragment = True
    a.send(bytes(1000))
    world.settle()
    assert [error.errno for error in a.receiver.errors] == [errno.EMSGSIZE]
    assert world.reasons() == [DropReason.TOO_BIG]


def test_a_socket_that_is_connected_or_closed_forgets_from_where_it_sent(world):
    a = world.socket(world.a)
    b = world.socket(world.b, ("0.0.0.0", 2000))
    a.send(b"x", Address("198.51.100.2", 2000))
    a.connect(Address("198.51.100.3", 2000))
    a.send(b"y")
    port = a.bound.port
    a.close()
    a.bind(Address("0.0.0.0", 1000))
    a.send(b"z", Address("198.51.100.2", 2000))
    world.settle()
    assert [source[1] for _, source in b.receiver.got] == [port, port, 1000]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (IcmpKind.PORT_UNREACHABLE, errno.ECONNREFUSED),
        (IcmpKind.PROHIBITED, errno.EHOSTUNREACH),
        (IcmpKind.PACKET_TOO_BIG, errno.EMSGSIZE),
        (IcmpKind.HOST_UNREACHABLE, None),
        (IcmpKind.TIME_EXCEEDED, None),
    ],
)
def test_a_connected_socket_hears_of_icmp_errors_that_will_not_pass(kind, number):
    sim = Simulation()
    a, b = sim.host("a"), sim.host("b")

    async def main():
        with a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
            opened.setblocking(False)
            opened.connect((b.address, 9))
            own = Address(*opened.getsockname())
            original = Packet(Protocol.UDP, own, Address(b.address, 9), b"x")
            error = IcmpError(original, kind, 1200)
            a.receive(Packet(Protocol.ICMP, Address(b.address, 0), Address(a.address, 0), error), 1)
            try:
                opened.recv(1)
            except BlockingIOError:
                return None
            except OSError as told:
                return told.errno

    assert sim.run(main()) == number


def test_a_host_answers_pings():
    sim = Simulation()
    a, b = sim.host("a"), sim.host("b")

    async def main():
        ping = IcmpEcho(reply=False, sequence=3, data=b"data")
        a.node.send(Packet(Protocol.ICMP, Address(a.address, 7), Address(b.address, 7), ping))
        await asyncio.sleep(1)

    sim.run(main())
    _, _, answer, arrived = sim.trace
    assert (answer.where, arrived.where) == ("b", "a")
    assert answer.destination == (a.address, 7)


@pytest.mark.parametrize("discover", [True, False])
def test_a_datagram_too_large_for_the_path_is_told_to_who_asked_for_discovery(discover):
    sim = Simulation()
    a, b = sim.host("a"), sim.host("b")
    sim.link(b, mtu=1000)

    async def main():
        with b, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
            there.setblocking(False)
            there.bind(("0.0.0.0", 9))
            with a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
                here.setblocking(False)
                if discover:
                    here.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER, IP_PMTUDISC_DO
                here.connect((b.address, 9))
                here.send(bytes(1500))
                await asyncio.sleep(1)
                if not discover:
                    return len(there.recv(2000))
                with pytest.raises(OSError, match="Message too long"):
                    here.recv(1)
        return None

    assert sim.run(main()) == (None if discover else 1500)
