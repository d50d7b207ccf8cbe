"""How often and how many at once from one address, and whose word about addresses counts."""

import pytest

from signaling.addresses import Addresses, Networks, group, is_loopback
from signaling.settings import Limits


def table(most: int = 1000, **limits: float) -> Addresses:
    return Addresses(Limits(**limits), most)


def test_after_the_burst_so_many_a_second_are_let_in():
    addresses = table(connections=2.0, connections_burst=3, connections_held=100)
    assert [addresses.connect("192.0.2.1", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert addresses.connect("192.0.2.1", 0.5) == 0.0
    assert addresses.connect("192.0.2.1", 0.5) > 0.0
    assert addresses.connect("192.0.2.2", 0.5) == 0.0


def test_only_so_many_are_held_at_once_and_one_that_ends_makes_room():
    addresses = table(connections_held=2)
    assert [addresses.connect("192.0.2.1", 0.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    addresses.disconnect("192.0.2.1")
    assert addresses.connect("192.0.2.1", 1.0) == 0.0


def test_one_that_was_refused_is_not_counted_as_held():
    addresses = table(connections=1.0, connections_burst=1, connections_held=2)
    assert addresses.connect("192.0.2.1", 0.0) == 0.0
    assert addresses.connect("192.0.2.1", 0.1) > 0.0
    assert addresses.connect("192.0.2.1", 2.0) == 0.0
    assert addresses.connect("192.0.2.1", 4.0) > 0.0


def test_addresses_of_one_customer_are_one():
    addresses = table(connections_burst=2, connections=1.0)
    assert addresses.connect("2001:db8:1:2::1", 0.0) == 0.0
    assert addresses.connect("2001:db8:1:2:ffff::9%eth0", 0.0) == 0.0
    assert addresses.connect("2001:db8:1:2::7", 0.0) > 0.0
    assert addresses.connect("2001:db8:1:3::1", 0.0) == 0.0
    assert len(addresses) == 2


def test_a_unix_socket_has_no_address_to_be_limited():
    addresses = table(connections_burst=1)
    assert [addresses.connect("", 0.0) for _ in range(9)] == [0.0] * 9
    assert len(addresses) == 0


def test_the_table_is_bounded_and_forgets_nobody_who_is_connected():
    addresses = table(most=100, connections_held=1)
    addresses.connect("192.0.2.1", 0.0)
    for number in range(10_000):
        address = f"2001:db8:{number:x}::"
        addresses.connect(address, 0.0)
        addresses.disconnect(address)
    assert len(addresses) <= 100
    assert addresses.connect("192.0.2.1", 0.0) > 0.0


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:a:b:c:d:e:f", "2001:db8:a:b::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
    ],
)
def test_what_is_counted_as_one(address, name):
    assert group(address) == name


@pytest.mark.parametrize(
    ("address", "yes"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.9.9.9", True),
        ("", True),
        ("192.0.2.1", False),
        ("::", False),
        ("localhost", False),
    ],
)
def test_what_is_this_machine(address, yes):
    assert is_loopback(address) == yes


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.5, 10.9.9.9", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5:4711", "203.0.113.5"),
        ("10.0.0.1", "[2001:db8::5]:4711", "2001:db8::5"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("192.0.2.1", "203.0.113.5", "192.0.2.1"),
        ("", "203.0.113.5", "203.0.113.5"),
    ],
)
def test_only_a_listed_proxy_is_believed_and_only_its_own_word(peer, header, client):
    assert Networks(["10.0.0.0/8", "unix"]).client(peer, header) == client


def test_a_unix_socket_that_is_not_listed_is_not_believed():
    assert Networks([]).client("", "203.0.113.5") == ""


def test_what_is_no_network_is_refused_in_words():
    with pytest.raises(
        ValueError, match=r"'10\.0\.0' is no network: expected one like 10\.0\.0\.0/8"
    ):
        Networks(["10.0.0"])
