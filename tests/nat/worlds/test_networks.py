"""Tests of `nat.worlds.networks`: who has which address on which network of a plan."""

import ipaddress

import pytest

from nat.worlds.networks import HOMES, PlannedNetwork, parse_prefix


@pytest.fixture
def lan():
    lan = PlannedNetwork("home")
    lan.add(ipaddress.ip_network("192.168.1.0/29"), "home")
    return lan


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("192.168.1.1", "already home's"),
        ("10.0.0.1", "is not on home; allowed there: 192.168.1.0/29"),
        ("printer", "is not an IP address"),
        ("2001:DB8::1", "write '2001:DB8::1' as '2001:db8::1'"),
        ("224.0.0.1", "no address that a place can have"),
    ],
)
def test_an_address_that_cannot_be_is_refused_with_the_reason(lan, address, message):
    assert message in lan.claim(address, "alice")
    assert address not in lan.taken or lan.taken[address] == "home"


def test_free_addresses_are_found_in_every_prefix_until_none_is_left(lan):
    lan.add(ipaddress.ip_network("2001:db8::/64"), "home6")
    assert lan.find_free("a", public=HOMES) == ["192.168.1.2", "2001:db8::2"]
    assert lan.find_free("b", public=HOMES, version=4) == ["192.168.1.3"]
    found = [lan.find_free(str(number), public=HOMES, version=4) for number in range(5)]
    assert found[-2:] == [[], []]


def test_the_internet_has_every_address_and_gives_documentation_ones():
    internet = PlannedNetwork("internet")
    assert internet.claim("8.8.8.8", "dns") is None
    assert internet.find_free("home", public=HOMES) == ["203.0.113.1"]


def test_an_address_is_free_again_when_its_owner_has_left(lan):
    assert lan.claim("192.168.1.5", "alice") is None
    assert "already alice's" in lan.claim("192.168.1.5", "bob")
    lan.release("alice")
    assert lan.claim("192.168.1.5", "bob") is None


@pytest.mark.parametrize(
    ("text", "why"), [("192.168.1.1/24", "host bits"), ("10.0.0.0/31", "room")]
)
def test_a_network_without_sense_or_room_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        parse_prefix(text)
