"""Tests of `nat.trace.places`: the places of a world as a trace knows them."""

import pytest

from nat.trace import Place, PlaceKind, Places
from nat.trace.places import name_of, read_address

HOST, NAT = PlaceKind.HOST, PlaceKind.NAT


@pytest.fixture
def nested():
    places = Places()
    for place in (
        Place("carrier", NAT, ("203.0.113.1",)),
        Place("home", NAT, ("100.64.0.2",), "carrier"),
        Place("alice", HOST, ("192.168.1.2",), "home"),
        Place("stun", HOST, ("198.51.100.1",)),
    ):
        places.add(place)
    return places


def test_nats_between_a_host_and_the_internet_are_told_from_inside_out(nested):
    assert nested.behind("alice") == ("home", "carrier")
    assert nested.behind("stun") == nested.behind("nobody") == ()


def test_hosts_behind_a_nat_are_told_through_others(nested):
    assert nested.inside("carrier") == nested.inside("home") == ("alice",)


def test_a_host_that_moved_is_behind_another_nat_and_still_known_by_what_it_had(nested):
    nested.add(Place("alice", HOST, ("100.64.0.9",), "carrier"))
    assert nested.behind("alice") == ("carrier",)
    assert nested.get("alice").addresses == ("100.64.0.9", "192.168.1.2")
    assert [place.name for place in nested] == ["carrier", "home", "alice", "stun"]


def test_nats_in_a_circle_end(nested):
    nested.add(Place("carrier", NAT, (), "home"))
    assert nested.behind("alice") == ("home", "carrier")


def test_a_place_is_named_by_itself_or_its_name(nested):
    assert name_of(nested.get("alice")) == name_of("alice") == "alice"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.1:4711", ("203.0.113.1", 4711)),
        ("[2001:db8::1]:4711", ("2001:db8::1", 4711)),
        ("2001:db8::1", None),
        ("203.0.113.1", None),
        ("203.0.113.1:70000", None),
        (":5", None),
        ("alice", None),
    ],
)
def test_an_address_with_a_port_is_read(text, address):
    assert read_address(text) == address
