"""Addresses are told apart by where they are valid."""

import pytest

from peer.explanation.addresses import Kind, kind, same_network, version, words


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.168.1.2", Kind.PRIVATE),
        ("172.31.255.255", Kind.PRIVATE),
        ("172.32.0.1", Kind.PUBLIC),
        ("100.64.0.1", Kind.CARRIER),
        ("100.128.0.1", Kind.PUBLIC),
        ("203.0.113.7", Kind.PUBLIC),
        ("127.0.0.1", Kind.LOOPBACK),
        ("169.254.3.4", Kind.LINK_LOCAL),
        ("fe80::1%eth0", Kind.LINK_LOCAL),
        ("fd12::1", Kind.PRIVATE),
        ("2001:db8::1", Kind.PUBLIC),
        ("9b1e.local", Kind.NAME),
    ],
)
def test_each_kind_is_known(host: str, expected: Kind) -> None:
    assert kind(host) is expected


def test_neighbours_share_a_24_or_a_64() -> None:
    assert same_network("192.168.1.2", "192.168.1.9")
    assert not same_network("192.168.1.2", "192.168.2.2")
    assert same_network("fd12::1", "fd12::9")
    assert not same_network("fd12::1", "192.168.1.2")
    assert not same_network("a.local", "b.local")


def test_names_have_no_version_and_addresses_one_form() -> None:
    assert [version(one) for one in ("a.local", "10.0.0.1", "::1")] == [None, 4, 6]
    assert words(("2001:db8::1", 5)) == "[2001:db8::1]:5"
    assert words(("203.0.113.7", 5)) == "203.0.113.7:5"
