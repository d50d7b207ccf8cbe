"""Tests of `nat.portmap.origin`: a pinhole is for an address that strangers can reach."""

import errno

import pytest

from nat.portmap import NoGatewayError
from nat.portmap.origin import check_reachable, moved, own_address


def test_it_is_the_address_by_which_this_machine_sends_to_the_internet(make_house) -> None:
    home = make_house()
    assert home.run(own_address(home.network)) == home.alice.address


def test_a_machine_without_ipv6_says_so(make_home) -> None:
    home = make_home()
    with pytest.raises(NoGatewayError, match="no way out over IPv6"):
        home.run(own_address(home.network))


def test_an_address_of_the_link_will_not_do() -> None:
    with pytest.raises(NoGatewayError, match="fe80::2%eth0 alone, which counts on its own link"):
        check_reachable("fe80::2%eth0")


@pytest.mark.parametrize(
    ("host", "code", "is_moved"),
    [
        ("2001:db8::2", errno.EADDRNOTAVAIL, True),
        ("2001:db8::2", errno.ENETUNREACH, False),
        ("", errno.EADDRNOTAVAIL, False),
    ],
)
def test_only_an_address_that_was_named_can_be_gone(host, code, is_moved) -> None:
    assert (moved(host, OSError(code, "no")) is not None) is is_moved
