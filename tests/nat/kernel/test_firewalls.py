"""A router with a stateful firewall in the kernel (RFC 6092)."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from nat.behavior import Behavior
from nat.choices import Blocking, Dependence, PortAssignment, Unsolicited
from nat.firewall import STRICT
from nat.kernel import KernelLab, Namespaces, NotExpressibleError
from nat.kernel.firewalls import check_firewall, firewall_parameters, firewall_rules
from nat.worlds import FirewallPlan, HostPlan, InterfacePlan, NatPlan, WorldPlan

EI, AD, APD = Dependence
FRIEND, STRANGER = "2001:db8:1::1", "2001:db8:2::1"
PATIENCE = 5.0
SHORT = 0.3


def plan(filtering: Dependence) -> WorldPlan:
    """A home with a NAT for IPv4 and a firewall for IPv6 beside it, as most homes are."""
    public = [HostPlan(x, (InterfacePlan(addresses=(a,)),)) for x, a in (("friend", FRIEND), ("stranger", STRANGER))]  # fmt: skip
    alice = HostPlan("alice", (InterfacePlan(network="home"),))
    firewall = FirewallPlan("wall", "2001:db8:7::/64", lan="home", behavior=Behavior(EI, filtering))
    return WorldPlan(nats=(NatPlan("home"),), firewalls=(firewall,), hosts=(*public, alice))


@pytest.fixture
def lab(root: None, request: pytest.FixtureRequest) -> Iterator[KernelLab]:
    with KernelLab(plan(request.param)) as made:
        yield made


def line(lab: KernelLab, host: str, address: str, port: int) -> socket.socket:
    made = lab.host(host).namespace.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.bind((address, port))
    made.settimeout(PATIENCE)
    return made


def heard(alice: socket.socket, by: socket.socket, *, expected: bool) -> bool:
    """Tell whether a packet by somebody gets in; only what is expected is waited for long."""
    by.sendto(b"in", alice.getsockname())
    alice.settimeout(PATIENCE if expected else SHORT)
    try:
        return alice.recv(10) == b"in"
    except TimeoutError:
        return False


@pytest.mark.parametrize(
    ("lab", "gets_in"),
    [(APD, (False, False)), (AD, (True, False)), (EI, (True, True))],
    indirect=["lab"],
)
def test_who_gets_in_is_whom_the_filter_names(lab: KernelLab, gets_in: tuple[bool, bool]) -> None:
    """Another port of whom one has sent to, and a stranger; the answer gets in anyhow."""
    address = next(one for one in lab.host("alice").addresses if ":" in one)
    with (
        line(lab, "alice", address, 4000) as alice,
        line(lab, "friend", FRIEND, 1000) as asked,
        line(lab, "friend", FRIEND, 2000) as other_port,
        line(lab, "stranger", STRANGER, 1000) as stranger,
    ):
        assert not heard(alice, stranger, expected=False)
        alice.sendto(b"out", (FRIEND, 1000))
        _, source = asked.recvfrom(10)
        assert source[:2] == (address, 4000)
        assert heard(alice, asked, expected=True)
        for one, expected in zip((other_port, stranger), gets_in, strict=True):
            assert heard(alice, one, expected=expected) is expected


@pytest.mark.parametrize("version", [4, 6])
def test_the_kernel_takes_every_rule_set(namespaces: Namespaces, version: int) -> None:
    router = namespaces.create("router")
    router.ip("link add wan type bridge")
    for filtering, unsolicited in ((EI, Unsolicited.DROP), (AD, Unsolicited.ICMP)):
        for blocking in Blocking:
            behavior = Behavior(EI, filtering, unsolicited=unsolicited, blocking=blocking)
            router.nft(f"flush ruleset\n{firewall_rules(behavior, version)}")
    router.sysctl(**firewall_parameters(STRICT, version))


def test_what_is_said_about_translation_does_not_count() -> None:
    check_firewall(replace(STRICT, ports=PortAssignment.SEQUENTIAL))


@pytest.mark.parametrize(
    ("behavior", "setting"),
    [
        (replace(STRICT, quota=3), "quota = 3"),
        (replace(STRICT, unsolicited=Unsolicited.CLASH), "unsolicited = clash"),
    ],
)
def test_what_the_kernel_cannot_do_is_refused(behavior: Behavior, setting: str) -> None:
    with pytest.raises(NotExpressibleError, match=setting):
        check_firewall(behavior)
