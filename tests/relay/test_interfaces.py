"""Relay interfaces: what is bound, what is announced, and the way between the two."""

import pytest

from relay.interfaces import RelayInterface, family_of, is_wildcard
from stunwire import Address, Family

NATTED = RelayInterface("10.0.0.5", "198.51.99.7", range(50000, 50101))


def test_a_peer_that_is_this_relay_is_reached_at_the_bound_address_and_known_by_the_announced():
    named, reached = Address("198.51.99.7", 50001), Address("10.0.0.5", 50001)
    assert NATTED.to_wire(named) == reached
    assert NATTED.from_wire(reached) == named


@pytest.mark.parametrize(
    "peer",
    [Address("198.51.99.7", 49999), Address("198.51.99.8", 50001), Address("192.0.1.1", 50001)],
)
def test_any_other_peer_is_reached_as_it_is_named(peer):
    assert NATTED.to_wire(peer) == peer
    assert NATTED.from_wire(peer) == peer


def test_a_wildcard_cannot_be_sent_to_and_is_not_translated():
    everywhere = RelayInterface("0.0.0.0", "198.51.99.7", range(50000, 50101))
    assert everywhere.to_wire(Address("198.51.99.7", 50001)) == Address("198.51.99.7", 50001)


def test_the_family_is_that_of_the_announced_address():
    assert NATTED.family is Family.IPV4
    assert RelayInterface("::1", "2a00::1", range(1)).family is Family.IPV6


def test_families_and_wildcards_are_told_by_their_text():
    assert family_of("127.0.0.1") is Family.IPV4
    assert family_of("::ffff:127.0.0.1") is Family.IPV6
    assert is_wildcard("0.0.0.0")
    assert is_wildcard("::")
    assert not is_wildcard("127.0.0.1")
