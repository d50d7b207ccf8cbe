"""Tests of `nat.trace.columns`: which places a diagram shows, and in which order."""

import pytest

from nat.trace import PlaceKind
from nat.trace.columns import columns

HOST, NAT = PlaceKind.HOST, PlaceKind.NAT


def order(scribe, *names):
    for name in names:
        scribe.sent(name, ("192.0.2.1", 1), ("192.0.2.2", 2))
    return [place.name for place in columns(scribe.trace, scribe.trace.places)]


@pytest.fixture
def homes(scribe):
    for name, kind, behind in (
        ("stun", HOST, None),
        ("home-a", NAT, None),
        ("alice", HOST, "home-a"),
        ("carrier", NAT, None),
        ("home-b", NAT, "carrier"),
        ("bob", HOST, "home-b"),
        ("carol", HOST, "home-b"),
    ):
        scribe.trace.place(name, kind, (), behind)
    return scribe


def test_homes_stand_at_both_sides_and_servers_between(homes):
    names = ("alice", "home-a", "stun", "carrier", "home-b", "bob", "carol")
    assert order(homes, *names) == list(names)


def test_who_sends_first_stands_at_the_left(homes):
    assert order(homes, "bob", "home-b", "carrier", "stun", "home-a", "alice") == [
        "bob", "home-b", "carrier", "stun", "home-a", "alice",
    ]  # fmt: skip


def test_hosts_of_one_home_stand_at_both_sides_of_their_nat(homes):
    assert order(homes, "carol", "bob", "home-b", "stun") == ["carol", "home-b", "bob", "stun"]


def test_a_place_where_nothing_happened_has_no_column(homes):
    assert order(homes, "alice", "stun") == ["alice", "stun"]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("alice", ["alice", "firewall", "home-a", "stun", "home-b", "bob"]),
        ("bob", ["alice", "home-a", "stun", "home-b", "firewall", "bob"]),
    ],
)
def test_a_firewall_without_hosts_of_its_own_stands_beside_who_sends_through_it(
    homes, origin, expected
):
    homes.trace.place("firewall", PlaceKind.FIREWALL)
    for name in ("alice", "home-a", "stun", "home-b", "bob"):
        homes.sent(name, ("192.0.2.1", 1), ("192.0.2.2", 2))
    homes.translated(homes.sent(origin, ("2001:db8::1", 1), ("2001:db8::2", 2)), "firewall")
    assert order(homes) == expected


def test_servers_alone_stand_in_the_order_of_the_trace(homes):
    assert order(homes, "stun") == ["stun"]


def test_links_and_networks_have_no_column(homes):
    assert order(homes, "alice", "the internet") == ["alice"]


def test_without_knowledge_of_places_all_of_them_are_shown_as_they_come(scribe):
    assert order(scribe, "bob", "alice") == ["bob", "alice"]
