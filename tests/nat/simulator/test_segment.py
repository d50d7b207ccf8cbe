"""Tests of `nat.simulator.segment`: places that reach each other without a NAT."""

import ipaddress

import pytest

from nat import Address, Packet, Protocol
from nat.simulator import WorldError
from nat.simulator.links import Port
from nat.simulator.network import Network
from nat.simulator.segment import SERVERS, Exit, Segment

PACKET = Packet(Protocol.UDP, Address("192.168.1.2", 1), Address("192.168.1.3", 2), b"x")


@pytest.fixture
def lan():
    return Segment(Network(0), "the LAN", ipaddress.ip_network("192.168.1.0/29"))


def plug_in(segment, name, *addresses):
    port = Port(segment._network, name, segment, lambda *_: None, segment.usual)
    port.join(*addresses)
    return port


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("192.168.1.2", "already here's"),
        ("server", "is not an IP address"),
        ("2001:DB8::1", "write '2001:DB8::1' of new as '2001:db8::1'"),
        ("192.168.2.1", r"192.168.2.1 of new is not in 192.168.1.0/29"),
    ],
)
def test_an_address_taken_or_unreadable_or_off_the_lan_is_refused(lan, address, message):
    plug_in(lan, "here", "192.168.1.2")
    with pytest.raises(WorldError, match=message):
        plug_in(lan, "new", "192.168.1.4", address)
    assert not lan.is_taken("192.168.1.4")


def test_free_addresses_are_found_until_none_is_left(lan):
    lan.add_prefix(ipaddress.ip_network("2001:db8::/64"))
    assert lan.free_addresses() == ("192.168.1.2", "2001:db8::2")
    for number in range(2, 7):
        plug_in(lan, f"h{number}", f"192.168.1.{number}")
    with pytest.raises(WorldError, match=r"no free address in 192.168.1.0/29"):
        lan.free_addresses()
    port = plug_in(lan, "one more", "2001:db8::2")
    port.unplug()
    assert not lan.is_taken("2001:db8::2")


def test_the_internet_gives_documentation_addresses():
    internet = Segment(Network(0), "the internet")
    plug_in(internet, "a", "198.51.100.1")
    assert internet.free_addresses() == ("198.51.100.2",)
    assert internet.free_address(SERVERS) == "198.51.100.3"
    with pytest.raises(WorldError, match="one of each family"):
        internet.add_prefix(SERVERS)


@pytest.mark.parametrize(
    ("destination", "leaves"),
    [
        ("192.168.1.5", None),
        ("224.0.0.251", None),
        ("10.0.0.1", "nat"),
        ("2001:db8::1", "firewall"),
        ("64:ff9b::1", "nat64"),
    ],
)
def test_what_is_not_of_the_lan_goes_to_the_router_for_it(lan, destination, leaves):
    routes = {"0.0.0.0/0": "nat", "::/0": "firewall", "64:ff9b::/96": "nat64"}
    for towards, name in routes.items():
        take = lambda packet, number, name=name: left.append(name)  # noqa: E731
        lan.add_route(ipaddress.ip_network(towards), Exit(name, None, take, take, take))
    left = []
    lan.forward(PACKET._replace(destination=Address(destination, 5)), 1, "a")
    assert left == ([leaves] if leaves else [])
    assert len(lan._network.trace) == (not leaves)


def test_parted_places_do_not_reach_each_other_until_it_is_healed(lan):
    arrived = []
    there = plug_in(lan, "there", "192.168.1.3")
    there.receiver = lambda packet, number: arrived.append(number)
    lan.part({"here"}, {"there"})
    lan.forward(PACKET, 1, "here")
    lan.forward(PACKET, 2, "elsewhere")
    lan.heal()
    lan.forward(PACKET, 3, "here")
    while (due := lan._network.agenda.next_ns()) is not None:
        lan._network.agenda.perform(due)
    assert arrived == [2, 3]
    (drop,) = lan._network.trace
    assert drop.detail == "here and there are parted on the LAN"


def test_a_place_without_a_way_is_told_apart_by_family(lan):
    lan.forward(PACKET._replace(destination=Address("2001:db8::1", 5)), 1, "a")
    (event,) = lan._network.trace
    assert event.detail == "nobody has 2001:db8::1 on the LAN"
