"""Two hosts behind one NAT of the kernel meet at its external addresses, or do not (RFC 4787 §6)."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from nat import FULL_CONE, PORT_RESTRICTED_CONE, RESTRICTED_CONE, SYMMETRIC, Behavior, Hairpinning
from nat.kernel import KernelLab
from nat.worlds import HostPlan, InterfacePlan, NatPlan, WorldPlan

SERVER = ("198.51.100.1", 1000)
NONE, INTERNAL, EXTERNAL = Hairpinning
PATIENCE = 20.0
SHORT = 0.3


@pytest.fixture(scope="module")
def lab() -> Iterator[KernelLab]:
    home = InterfacePlan(network="home")
    hosts = (
        HostPlan("server", (InterfacePlan(addresses=(SERVER[0],)),)),
        HostPlan("alice", (home,)),
        HostPlan("bob", (home,)),
    )
    with KernelLab(WorldPlan(nats=(NatPlan("home"),), hosts=hosts)) as made:
        yield made


class Line:
    """A socket on a host, and where the server sees it."""

    def __init__(self, lab: KernelLab, host: str, server: socket.socket, port: int) -> None:
        where = lab.host(host)
        self.socket = where.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((where.address, port))
        self.internal = self.socket.getsockname()
        self.socket.sendto(b"?", SERVER)
        self.external = server.recvfrom(10)[1]

    def hears(self, other: "Line", patience: float = PATIENCE) -> tuple[str, int] | None:
        """Tell from where a packet of the other comes that is sent to our external address."""
        other.socket.sendto(b"!", self.external)
        self.socket.settimeout(patience)
        try:
            return self.socket.recvfrom(10)[1]
        except TimeoutError:
            return None


@contextlib.contextmanager
def lines(lab: KernelLab, behavior: Behavior, *hosts: str) -> Iterator[tuple[Line, ...]]:
    lab.nat("home").become(behavior)
    with contextlib.ExitStack() as stack:
        server = lab.host("server").namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stack.enter_context(server)
        server.bind(SERVER)
        server.settimeout(PATIENCE)
        made = tuple(Line(lab, host, server, 4000 + n) for n, host in enumerate(hosts))
        for one in made:
            stack.enter_context(one.socket)
        yield made


@pytest.fixture
def peers(root: None, lab: KernelLab, request: pytest.FixtureRequest) -> Iterator[tuple[Line, ...]]:
    with lines(lab, request.param, "alice", "bob") as made:
        yield made


@pytest.fixture
def sockets_of_one_host(
    root: None, lab: KernelLab, request: pytest.FixtureRequest
) -> Iterator[tuple[Line, ...]]:
    with lines(lab, request.param, "alice", "alice") as made:
        yield made


def hairpinning(behavior: Behavior, how: Hairpinning) -> Behavior:
    return replace(behavior, hairpinning=how)


@pytest.mark.parametrize("peers", [hairpinning(FULL_CONE, NONE)], indirect=True)
def test_without_hairpinning_they_do_not(peers: tuple[Line, Line]) -> None:
    alice, bob = peers
    assert bob.hears(alice, SHORT) is None


@pytest.mark.parametrize("peers", [hairpinning(FULL_CONE, EXTERNAL)], indirect=True)
def test_with_the_external_source_each_sees_the_others_external_address(
    peers: tuple[Line, Line],
) -> None:
    """RFC 4787 REQ-9a."""
    alice, bob = peers
    assert bob.hears(alice) == alice.external
    assert alice.hears(bob) == bob.external


@pytest.mark.parametrize("sockets_of_one_host", [hairpinning(FULL_CONE, EXTERNAL)], indirect=True)
def test_two_sockets_of_one_host_meet_at_the_port_of_the_bridge_they_came_from(
    sockets_of_one_host: tuple[Line, Line],
) -> None:
    """A bridge that translates would not send back to that port."""
    one, other = sockets_of_one_host
    assert one.hears(other) == other.external
    assert other.hears(one) == one.external


@pytest.mark.parametrize("peers", [hairpinning(FULL_CONE, INTERNAL)], indirect=True)
def test_with_the_internal_source_the_internal_address_shows(peers: tuple[Line, Line]) -> None:
    alice, bob = peers
    assert bob.hears(alice) == alice.internal


@pytest.mark.parametrize("peers", [hairpinning(SYMMETRIC, EXTERNAL)], indirect=True)
def test_between_symmetric_nats_own_sides_nobody_is_known_by_the_port_that_was_seen(
    peers: tuple[Line, Line],
) -> None:
    alice, bob = peers
    assert bob.hears(alice, SHORT) is None
    assert alice.hears(bob, SHORT) is None


@pytest.mark.parametrize(
    "peers",
    [hairpinning(one, EXTERNAL) for one in (RESTRICTED_CONE, PORT_RESTRICTED_CONE)],
    indirect=True,
)
def test_a_filter_holds_for_those_who_turn_around_as_well(peers: tuple[Line, Line]) -> None:
    """Until bob has sent to alice's external address, she is a stranger to him."""
    alice, bob = peers
    assert bob.hears(alice, SHORT) is None
    assert alice.hears(bob) == bob.external
    assert bob.hears(alice) == alice.external
