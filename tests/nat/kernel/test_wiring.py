"""A plan as namespaces, cables and commands, without touching the kernel."""

from dataclasses import replace

import pytest

from nat import ALL_NINE, SYMMETRIC, Behavior, PortAssignment
from nat.firewall import STRICT
from nat.kernel import NotExpressibleError
from nat.kernel.wiring import Box, Wire, boxes, links, names, refuse, wires, without_links
from nat.links import LinkQuality
from nat.worlds import (
    ChangeLink,
    FirewallPlan,
    Heal,
    HostPlan,
    InterfacePlan,
    LinkPlan,
    NatPlan,
    Reboot,
    Renumber,
    WorldPlan,
    settle,
)

NESTED = settle(
    WorldPlan(
        nats=(
            NatPlan("carrier", SYMMETRIC, external=("203.0.113.1",), lan="100.64.0.0/10"),
            NatPlan("home", network="carrier", external=("100.64.0.2",), lan="192.168.1.0/24"),
        ),
        hosts=(
            HostPlan("server", (InterfacePlan(addresses=("198.51.100.1", "2001:db8::1")),)),
            HostPlan("alice", (InterfacePlan(network="home"),)),
        ),
    )
)


def box(name: str, plan: WorldPlan = NESTED) -> Box:
    return next(one for one in boxes(plan) if one.name == name)


def test_everyone_is_plugged_into_the_bridge_of_the_network() -> None:
    assert wires(NESTED) == (
        Wire("carrier", "wan", "internet", "port1"),
        Wire("home", "wan", "carrier", "port1"),
        Wire("server", "eth0", "internet", "port2"),
        Wire("alice", "eth0", "home", "port1"),
    )


def test_both_ends_of_every_cable_and_the_bridges_between_them_have_to_be_up() -> None:
    assert links(NESTED) == (
        ("carrier", "wan"),
        ("internet", "port1"),
        ("home", "wan"),
        ("carrier", "port1"),
        ("server", "eth0"),
        ("internet", "port2"),
        ("alice", "eth0"),
        ("home", "port1"),
        ("carrier", "lan"),
        ("home", "lan"),
        ("internet", "internet"),
    )


def test_the_internet_is_a_bridge_between_its_neighbours() -> None:
    internet = box("internet")
    assert internet.before[0] == "link add internet type bridge mcast_snooping 0"
    assert internet.after == (
        "link set port1 master internet up",
        "link set port2 master internet up",
    )
    assert internet.rules == ""


def test_a_nat_has_the_first_address_of_its_lan_and_its_external_one_outside() -> None:
    carrier = box("carrier")
    assert "address add 100.64.0.1/10 dev lan" in carrier.before
    assert "address add 203.0.113.1 dev wan" in carrier.after
    assert "route add 0.0.0.0/0 dev wan" in carrier.after
    assert carrier.parameters["ipv4__ip_forward"] == 1
    assert "203.0.113.1" in carrier.rules


def test_an_inner_nat_goes_out_through_the_outer_one() -> None:
    home = box("home")
    assert "address add 100.64.0.2/10 dev wan" in home.after
    assert "route add 0.0.0.0/0 via 100.64.0.1 dev wan" in home.after
    assert not [one for one in home.after if "blackhole" in one]


def test_a_host_behind_a_nat_goes_out_through_it() -> None:
    assert box("alice").after == (
        "address add 192.168.1.2/24 dev eth0",
        "link set eth0 up",
        "route add 0.0.0.0/0 via 192.168.1.1 dev eth0",
    )


def test_on_the_internet_everybody_is_a_neighbour_and_private_networks_lead_nowhere() -> None:
    server = box("server").after
    assert "route add 0.0.0.0/0 dev eth0" in server
    assert "route add ::/0 dev eth0" in server
    assert "route add blackhole 192.168.0.0/16 metric 9999" in server


def test_a_private_network_that_somebody_has_on_the_internet_leads_there() -> None:
    host = HostPlan("odd", (InterfacePlan(addresses=("10.1.2.3",)),))
    commands = box("odd", settle(WorldPlan(hosts=(host,)))).after
    assert not [one for one in commands if "10.0.0.0/8" in one]
    assert "route add blackhole 192.168.0.0/16 metric 9999" in commands


def test_packets_from_a_second_interface_leave_through_it() -> None:
    both = (InterfacePlan("eth0", addresses=("198.51.100.7",)), InterfacePlan("eth1", "home"))
    plan = settle(WorldPlan(nats=(NatPlan("home"),), hosts=(HostPlan("two", both),)))
    commands = box("two", plan).after
    assert "route add 0.0.0.0/0 dev eth0" in commands
    assert "route add 0.0.0.0/0 via 192.168.1.1 dev eth1 table 101" in commands
    assert "rule add from 192.168.1.2 lookup 101" in commands


def test_hosts_on_the_internet_can_be_looked_up_and_other_names_as_well() -> None:
    assert names(replace(NESTED, names={"www.example": ("198.51.100.9",)})).splitlines() == [
        "127.0.0.1 localhost",
        "::1 localhost",
        "198.51.100.1 server",
        "2001:db8::1 server",
        "198.51.100.9 www.example",
    ]


def test_a_firewall_beside_a_nat_answers_outside_for_those_behind_it() -> None:
    plan = settle(
        WorldPlan(
            nats=(NatPlan("home"),),
            firewalls=(FirewallPlan("wall", "2001:db8:7::/64", lan="home"),),
            hosts=(HostPlan("alice", (InterfacePlan(network="home"),)),),
        )
    )
    assert Wire("wall", "lan", "home", "port1") in wires(plan)
    assert "neigh add proxy 2001:db8:7::2 dev wan" in box("wall", plan).after
    alice = box("alice", plan).after
    assert "address add 2001:db8:7::2/64 dev eth0 nodad" in alice
    assert "route add ::/0 via 2001:db8:7::1 dev eth0" in alice
    assert "route add 0.0.0.0/0 via 192.168.1.1 dev eth0" in alice


def test_a_plan_without_links_keeps_what_can_happen_in_the_kernel() -> None:
    bob = LinkPlan("bob", LOSSY, LOSSY)
    reboot = Reboot(2.0, "home")
    plan = replace(NESTED, links=(bob,), events=(ChangeLink(1.0, bob), reboot, Heal(3.0)))
    assert without_links(plan) == replace(NESTED, events=(reboot,))


LOSSY = LinkQuality(latency=0.01, loss=0.1)


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (
            WorldPlan(nats=(NatPlan("a", Behavior(*2 * [ALL_NINE[0].mapping], PortAssignment.SEQUENTIAL)),)),
            r"nat\.a\.ports = sequential",
        ),
        (
            WorldPlan(firewalls=(FirewallPlan("f", "2001:db8::/64", behavior=replace(STRICT, quota=3)),)),
            r"firewall\.f\.quota = 3",
        ),
        (WorldPlan(nats=(NatPlan("a", nat64="64:ff9b::/96"),)), r"nat\.a\.nat64 = 64:ff9b::/96"),
        (WorldPlan(firewalls=(FirewallPlan("f", "2001:db8::/64", "g"),)), r"firewall\.f\.network = g"),
        (WorldPlan(hosts=(HostPlan("h"),), links=(LinkPlan("h", LOSSY, LOSSY),)), r"link\.h"),
        (WorldPlan(nats=(NatPlan("a"),), events=(Heal(1.0),)), r"event = Heal"),
        (
            WorldPlan(nats=(NatPlan("a", network="b"),), events=(Renumber(1.0, "a", ("100.64.0.3",)),)),
            r"event = Renumber \(a NAT on the internet",
        ),
    ],
)  # fmt: skip
def test_what_the_kernel_lab_cannot_play_is_refused_with_its_place(
    plan: WorldPlan, message: str
) -> None:
    with pytest.raises(NotExpressibleError, match=message):
        refuse(plan)
