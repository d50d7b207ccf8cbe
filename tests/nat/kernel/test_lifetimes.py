"""A mapping in the kernel lives as long as its behaviour says, and no longer."""

import re
import socket
import time
from collections.abc import Iterator

import pytest

from nat import FULL_CONE, Behavior, Dependence
from nat.kernel import KernelLab
from nat.presets import LINUX_MASQUERADE
from nat.worlds import HostPlan, InterfacePlan, NatPlan, WorldPlan

SERVER = ("198.51.100.1", 1000)
PATIENCE = 20.0
SECONDS_LEFT = re.compile(r"udp +17 (\d+) ")
SHORT_LIVED = Behavior(*2 * (Dependence.ENDPOINT_INDEPENDENT,), mapping_lifetime=3.0)


@pytest.fixture
def lab(root: None, request: pytest.FixtureRequest) -> Iterator[KernelLab]:
    hosts = (
        HostPlan("server", (InterfacePlan(addresses=(SERVER[0],)),)),
        HostPlan("alice", (InterfacePlan(network="home"),)),
    )
    with KernelLab(WorldPlan(nats=(NatPlan("home", request.param),), hosts=hosts)) as made:
        yield made


@pytest.fixture
def ends(lab: KernelLab) -> Iterator[tuple[socket.socket, socket.socket]]:
    with (
        lab.host("alice").namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as alice,
        lab.host("server").namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
    ):
        alice.bind((lab.host("alice").address, 4000))
        server.bind(SERVER)
        for one in (alice, server):
            one.settimeout(PATIENCE)
        yield alice, server


def seconds_left(lab: KernelLab) -> int:
    (line,) = lab.nat("home").sessions()
    found = SECONDS_LEFT.search(line)
    assert found is not None, line
    return int(found[1])


@pytest.mark.parametrize("lab", [LINUX_MASQUERADE], indirect=True)
def test_as_long_as_nothing_comes_back_linux_gives_half_a_minute(
    lab: KernelLab, ends: tuple[socket.socket, socket.socket]
) -> None:
    alice, server = ends
    alice.sendto(b"?", SERVER)
    server.recv(10)
    assert 15 <= seconds_left(lab) <= 30


@pytest.mark.parametrize("lab", [FULL_CONE], indirect=True)
def test_where_no_difference_is_made_it_is_two_minutes_from_the_first_packet_on(
    lab: KernelLab, ends: tuple[socket.socket, socket.socket]
) -> None:
    alice, server = ends
    alice.sendto(b"?", SERVER)
    server.recv(10)
    assert 100 <= seconds_left(lab) <= 120


@pytest.mark.parametrize("lab", [SHORT_LIVED], indirect=True)
def test_after_that_silence_the_way_in_is_closed_and_the_next_packet_gets_another_port(
    lab: KernelLab, ends: tuple[socket.socket, socket.socket]
) -> None:
    alice, server = ends
    alice.sendto(b"?", SERVER)
    _, before = server.recvfrom(10)
    give_up = time.monotonic() + PATIENCE
    while "expires" in elements(lab) and time.monotonic() < give_up:
        time.sleep(0.02)
    server.sendto(b"too late", before)
    alice.sendto(b"?", SERVER)
    _, after = server.recvfrom(10)
    assert after != before
    server.sendto(b"in time", after)
    assert alice.recv(10) == b"in time"


def elements(lab: KernelLab) -> str:
    """The mappings that the rules have learned."""
    shown = lab.nat("home").namespace.run(
        ["nft", "list", "map", "ip", "nat_udp", "inside"], capture_output=True, text=True
    )
    return str(shown.stdout)
