"""Tests of `nat.simulator.node`: the network layer of a host: its addresses, its place in the network, its ports."""

import errno

import pytest

from nat import Address
from nat.simulator import Simulation
from nat.simulator.node import EPHEMERAL, overlaps


@pytest.fixture
def node():
    return Simulation().host("a", "198.51.100.1", addresses=("2001:db8::1",)).node


def test_the_source_is_of_the_destination_s_family(node):
    assert node.source_for("203.0.113.1") == "198.51.100.1"
    assert node.source_for("2001:db8::9") == "2001:db8::1"
    assert node.source_for("127.0.0.1") == "127.0.0.1"


def test_without_an_address_of_the_family_the_network_is_unreachable():
    node = Simulation().host("a", "198.51.100.1").node
    with pytest.raises(OSError, match="a has no way to 2001:db8::9") as caught:
        node.source_for("2001:db8::9")
    assert caught.value.errno == errno.ENETUNREACH


def test_only_own_addresses_can_be_bound(node):
    for address in ("198.51.100.1", "2001:db8::1", "127.0.0.5", "::1", "0.0.0.0", "::"):
        node.check_bindable(address)
    with pytest.raises(OSError, match=r"a has no 198.51.100.2") as caught:
        node.check_bindable("198.51.100.2")
    assert caught.value.errno == errno.EADDRNOTAVAIL


def test_interfaces_have_the_width_of_their_lan(node):
    from nat import FULL_CONE

    lan = Simulation().nat("n", FULL_CONE, lan="10.0.0.0/8").host("b").node
    assert [str(one) for one in lan.interfaces()] == ["10.0.0.2/8"]
    assert [str(one) for one in node.interfaces()] == ["198.51.100.1/24", "2001:db8::1/64"]


def test_port_zero_becomes_a_free_port_and_others_are_checked(node):
    chosen = node.choose_port(Address("0.0.0.0", 0), lambda one: one.port % 2 == 0)
    assert EPHEMERAL[0] <= chosen.port <= EPHEMERAL[1]
    assert chosen.port % 2 == 1
    for port in (80, 0):
        with pytest.raises(OSError, match="already in use") as caught:
            node.choose_port(Address("0.0.0.0", port), lambda _: True)
        assert caught.value.errno == errno.EADDRINUSE


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("0.0.0.0", 5), ("10.0.0.1", 5), True),
        (("10.0.0.1", 5), ("10.0.0.1", 5), True),
        (("10.0.0.1", 5), ("10.0.0.2", 5), False),
        (("10.0.0.1", 5), ("10.0.0.1", 6), False),
        (("0.0.0.0", 5), ("::", 5), False),
    ],
)
def test_a_wildcard_overlaps_every_address_of_its_family(one, other, expected):
    assert overlaps(Address(*one), Address(*other)) is expected
