"""Hosts and NATs of a lab: a NAT that becomes another one, reboots, and shows what it tracks."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from nat import ALL_NINE, FULL_CONE, SYMMETRIC, PortAssignment
from nat.kernel import KernelLab, NotExpressibleError
from nat.worlds import HostPlan, InterfacePlan, NatPlan, WorldPlan

SERVER = "198.51.100.1"
PATIENCE = 20.0


@pytest.fixture
def lab(root: None) -> Iterator[KernelLab]:
    hosts = (
        HostPlan("server", (InterfacePlan(addresses=(SERVER,)),)),
        HostPlan("alice", (InterfacePlan(network="home"),)),
    )
    with KernelLab(WorldPlan(nats=(NatPlan("home", FULL_CONE),), hosts=hosts)) as made:
        yield made


@pytest.fixture
def server(lab: KernelLab) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ports of the server."""
    where = lab.host("server").namespace
    with (
        where.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        where.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        for each, port in ((one, 1000), (other, 2000)):
            each.bind((SERVER, port))
            each.settimeout(PATIENCE)
        yield one, other


@pytest.fixture
def client(lab: KernelLab) -> Iterator[socket.socket]:
    with lab.host("alice").enter():
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with made:
        made.bind((lab.host("alice").address, 4000))
        made.settimeout(PATIENCE)
        yield made


def seen(client: socket.socket, server: socket.socket) -> tuple[str, int]:
    client.sendto(b"?", server.getsockname())
    return server.recvfrom(10)[1]


def test_a_nat_becomes_another_one(
    lab: KernelLab, client: socket.socket, server: tuple[socket.socket, socket.socket]
) -> None:
    assert seen(client, server[0]) == seen(client, server[1])
    lab.nat("home").become(SYMMETRIC)
    assert lab.nat("home").behavior is SYMMETRIC
    assert seen(client, server[0]) != seen(client, server[1])


def test_a_nat_that_cannot_become_another_stays_what_it_was(
    lab: KernelLab, client: socket.socket, server: tuple[socket.socket, socket.socket]
) -> None:
    before = seen(client, server[0])
    with pytest.raises(NotExpressibleError):
        lab.nat("home").become(replace(ALL_NINE[0], ports=PortAssignment.SEQUENTIAL))
    assert lab.nat("home").behavior is FULL_CONE
    assert seen(client, server[0]) == before


def test_a_nat_that_reboots_has_forgotten_its_mappings(
    lab: KernelLab, client: socket.socket, server: tuple[socket.socket, socket.socket]
) -> None:
    before = seen(client, server[0])
    server[1].sendto(b"in", before)
    assert client.recv(10) == b"in"
    lab.nat("home").reboot()
    assert lab.nat("home").sessions() == ()
    server[1].sendto(b"in", before)
    after = seen(client, server[0])
    assert after != before
    server[1].sendto(b"new", after)
    assert client.recv(10) == b"new"


def test_a_port_is_preserved_until_another_has_it(
    lab: KernelLab, client: socket.socket, server: tuple[socket.socket, socket.socket]
) -> None:
    """RFC 4787 REQ-3: never two endpoints at one external port, towards whatever remotes."""
    lab.nat("home").become(replace(FULL_CONE, ports=PortAssignment.PRESERVING))
    assert seen(client, server[0]) == ("203.0.113.1", 4000)
    lab.host("alice").namespace.ip("address add 192.168.1.77/24 dev eth0")
    with lab.host("alice").namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour:
        neighbour.bind(("192.168.1.77", 4000))
        _, port = seen(neighbour, server[1])
    assert port != 4000
    assert seen(client, server[1]) == ("203.0.113.1", 4000)


def test_udp_is_blocked_and_passes_again_with_its_mapping(
    lab: KernelLab, client: socket.socket, server: tuple[socket.socket, socket.socket]
) -> None:
    before = seen(client, server[0])
    for _ in range(2):  # whoever asks twice has asked once
        lab.nat("home").block_udp()
    server[0].settimeout(0.2)
    with pytest.raises(TimeoutError):
        seen(client, server[0])
    lab.nat("home").block_udp(blocked=False)
    server[0].settimeout(PATIENCE)
    assert seen(client, server[0]) == before


def test_a_nat_that_is_renumbered_is_seen_there(
    lab: KernelLab, client: socket.socket, server: tuple[socket.socket, socket.socket]
) -> None:
    assert seen(client, server[0])[0] == "203.0.113.1"
    lab.nat("home").renumber(("203.0.113.99",))
    host, port = seen(client, server[0])
    assert host == "203.0.113.99"
    server[1].sendto(b"in", (host, port))
    assert client.recv(10) == b"in"


def test_what_is_tracked_is_shown(
    lab: KernelLab, client: socket.socket, server: tuple[socket.socket, socket.socket]
) -> None:
    _, port = seen(client, server[0])
    (line,) = lab.nat("home").sessions()
    assert f"src=192.168.1.2 dst={SERVER} sport=4000 dport=1000" in line
    assert f"dst=203.0.113.1 sport=1000 dport={port}" in line


def test_they_say_who_they_are(lab: KernelLab) -> None:
    assert repr(lab.host("alice")) == "<KernelHost alice 192.168.1.2>"
    assert repr(lab.nat("home")) == "<KernelNat home EI/EI 203.0.113.1>"
