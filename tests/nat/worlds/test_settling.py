"""Tests of `nat.worlds.settling`: a plan made definite."""

import pytest

from nat.worlds import HostPlan, InterfacePlan, NatPlan, PlanError, WorldPlan, parse, settle


def test_every_address_is_given_and_given_ones_come_first():
    home = InterfacePlan(network="home")
    hosts = (
        HostPlan("alice", (home,)),
        HostPlan("bob", (InterfacePlan(network="home", addresses=("192.168.1.2",)),)),
        HostPlan("server"),
    )
    plan = settle(WorldPlan(nats=(NatPlan("home"),), hosts=hosts))
    assert plan.nats[0].external == ("203.0.113.1",)
    addresses = [one.interfaces[0].addresses for one in plan.hosts]
    assert addresses == [("192.168.1.3",), ("192.168.1.2",), ("198.51.100.1",)]
    assert settle(plan) == plan


def test_outer_nats_come_before_inner_ones():
    nats = (NatPlan("flat", network="house"), NatPlan("house", network="street", lan="10.0.0.0/8"))
    street = NatPlan("street", lan="100.64.0.0/10")
    plan = settle(WorldPlan(nats=(*nats, street)))
    assert [nat.name for nat in plan.nats] == ["street", "house", "flat"]
    assert [nat.external[0] for nat in plan.nats] == ["203.0.113.1", "100.64.0.2", "10.0.0.2"]


def test_a_lan_with_a_firewall_beside_its_nat_has_both_families():
    plan = parse(
        "[nat.home]\n[firewall.home6]\nlan = 'home'\nprefix = '2001:db8:1::/64'\n"
        "[host.alice]\nnetwork = 'home'"
    )
    assert plan.hosts[0].interfaces[0].addresses == ("192.168.1.2", "2001:db8:1::2")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[nat.a]\nnetwork = 'a'", "nat.a.network", "a cycle: a -> a; allowed: a chain that ends"),
        ("[nat.a]\nnetwork = 'b'", "nat.a.network", "no network 'b'; allowed: internet, a"),
        ("[nat.a]\nlan = '10.0.0.0/33'", "nat.a.lan", "10.0.0.0/33"),
        ("[nat.a]\nlan = '2001:db8::/64'", "nat.a.lan", "IPv4"),
        ("[nat.a]\nnat64 = '64:ff9b::/96'\nlan = '10.0.0.0/8'", "nat.a.lan", "IPv6 behind a NAT64"),
        ("[nat.a]\nnat64 = '64:ff9b::/95'", "nat.a.nat64", "a length of 32, 40"),
        ("[nat.a]\nexternal = '2001:db8::1'", "nat.a.external", "IPv4"),
        ("[nat.a]\nexternal = '192.168.1.9'", "nat.a.external", "in its own LAN"),
        ("[nat.a]\n[nat.b]\nnetwork = 'a'", "nat.b.external", "in its own LAN"),
        ("[host.internet]", "host.internet", "always there"),
        ("[nat.'a b']", "nat.a b", "letters, digits"),
        ("[nat.a]\n[host.a]", "host.a", "already the name of a nat"),
        ("[host.a]\naddress = '1.1.1.1'\n[host.b]\naddress = '1.1.1.1'", "host.b.address", "a's"),
        ("[firewall.f]\nprefix = '2001:db8::/127'", "firewall.f.prefix", "no room"),
        (
            "[firewall.f]\nprefix = '2001:db8::/64'\nport_mapping = 'pcp+nat-pmp'",
            "firewall.f.port_mapping", "nat-pmp opens no pinholes in IPv6; allowed: pcp, upnp",
        ),
        ("[firewall.f]\nprefix = '2001:db8::/64'\nlan = 'x'", "firewall.f.lan", "no NAT 'x'"),
        (
            "[nat.a]\n[firewall.f]\nlan = 'a'\nprefix = '10.0.0.0/24'",
            "firewall.f.prefix", "a has a router for IPv4",
        ),
        (
            "[firewall.f]\nprefix = '2001:db8::/64'\n[host.a]\naddress = '2001:db8::5'",
            "firewall.f.prefix", "contains 2001:db8::5 of a on internet",
        ),
        (
            "[firewall.f]\nprefix = '2001:db8::/64'\n[firewall.g]\nprefix = '2001:db8::/56'",
            "firewall.g.prefix", "overlaps 2001:db8::/64 of f",
        ),
        (
            "[nat.a]\n[firewall.f]\nlan = 'a'\nnetwork = 'a'\nprefix = '2001:db8::/64'",
            "firewall.f.network", "it stands inside of 'a', which it serves",
        ),
        ("[link.x]\nloss = 0", "link.x", "no place 'x'"),
        ("[host.a]\n[link.a.wifi]\nloss = 0", "link.a.wifi", "no place 'a.wifi'; allowed: a"),
        ("duration = -1", "duration", "got -1; allowed: seconds from 0 on"),
        ("[host.a]\ninterfaces = {}", "host.a", "needs an interface"),
        (
            "[nat.b]\n[host.a.interfaces]\nx = { address = '9.9.9.9' }\ny = { address = '9.9.9.9' }",
            "host.a.interfaces", "it has 9.9.9.9 twice",
        ),
    ],
)  # fmt: skip
def test_an_impossible_world_is_refused_at_its_place(text, place, message):
    with pytest.raises(PlanError) as caught:
        parse(text)
    assert [fault.place for fault in caught.value.faults] == [place]
    assert message in str(caught.value)


def test_a_host_in_two_lans_of_the_same_range_has_two_addresses():
    plan = parse(
        "[nat.b]\n[nat.c]\n[host.a.interfaces]\nx = { network = 'b' }\ny = { network = 'c' }\n"
        "[[event]]\nat = 1\nmove = 'a'\ninterface = 'x'\nto = 'c'"
    )
    assert [one.addresses for one in plan.hosts[0].interfaces] == [
        ("192.168.1.2",),
        ("192.168.1.3",),
    ]
    assert plan.events[0].addresses == ("192.168.1.2",)


def test_a_plan_made_by_hand_is_refused_in_the_same_words():
    with pytest.raises(PlanError, match=r"nat.home.network: there is no network 'carrier'"):
        settle(WorldPlan(nats=(NatPlan("home", network="carrier"),)))
