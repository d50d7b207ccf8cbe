"""Interfaces that were told to be up, and those that never will be."""

import socket

import pytest

from nat.kernel import KernelLab, KernelLabError, Namespaces
from nat.kernel.namespaces import Namespace
from nat.kernel.readiness import wait_until_up
from nat.worlds import FirewallPlan, HostPlan, InterfacePlan, NatPlan, WorldPlan


def test_a_cable_is_up_when_both_ends_are(namespaces: Namespaces) -> None:
    alice, bob = namespaces.create("alice"), namespaces.create("bob")
    namespaces.connect(((alice, "eth0"), (bob, "eth0")))
    alice.ip("link set eth0 up")
    with pytest.raises(KernelLabError, match=r"eth0, in alice, is not up after 0\.01 s"):
        wait_until_up([(alice, "eth0")], patience=0.01)
    bob.ip("link set eth0 up")
    wait_until_up([(alice, "eth0"), (bob, "eth0")])


def test_an_address_that_is_looked_for_elsewhere_is_waited_for(namespaces: Namespaces) -> None:
    alice, bob = namespaces.create("alice"), namespaces.create("bob")
    namespaces.connect(((alice, "eth0"), (bob, "eth0")))
    alice.sysctl(ipv6__conf__eth0__accept_dad=1, ipv6__conf__eth0__dad_transmits=5)
    for one in (alice, bob):
        one.ip("link set eth0 up")
    wait_until_up([(bob, "eth0")])
    alice.ip("address add 2001:db8::1/64 dev eth0")
    with pytest.raises(KernelLabError, match="eth0, in alice"):
        wait_until_up([(alice, "eth0")], patience=0.01)


def test_a_lab_is_up_when_it_is_there(root: None) -> None:
    """Whoever then asks for a neighbour is heard, and need not ask again a second later."""
    hosts = (
        HostPlan("friend", (InterfacePlan(addresses=("198.51.100.1", "2001:db8:1::1")),)),
        HostPlan("alice", (InterfacePlan(network="home"),)),
    )
    wall = FirewallPlan("wall", "2001:db8:7::/64", lan="home")
    with KernelLab(WorldPlan(nats=(NatPlan("home"),), firewalls=(wall,), hosts=hosts)) as lab:
        places = (lab.host("alice"), lab.host("friend"), lab.nat("home"), lab.firewall("wall"))
        inside = [(one.namespace, two) for one in places for two in _interfaces(one.namespace)]
        assert len(inside) == 8
        wait_until_up(inside, patience=0.0)


def _interfaces(namespace: Namespace) -> list[str]:
    with namespace.entered():
        return [name for _, name in socket.if_nameindex() if name != "lo"]
