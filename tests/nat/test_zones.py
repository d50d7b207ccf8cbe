"""Tests of `nat.zones`: an address of one link is written with its interface (RFC 4007 §11)."""

import socket

import pytest

from nat.zones import from_socket, number_of, to_socket, zone_of
from stunwire import Address

NUMBER, NAME = socket.if_nameindex()[0]
LINK_LOCAL = Address(f"fe80::1%{NAME}", 5351)


def test_it_goes_to_a_socket_with_the_number_of_the_interface_and_comes_back() -> None:
    assert to_socket(LINK_LOCAL) == ("fe80::1", 5351, 0, NUMBER)
    assert from_socket(to_socket(LINK_LOCAL)) == LINK_LOCAL
    assert zone_of(LINK_LOCAL.host) == NAME
    assert number_of(str(NUMBER)) == number_of(NAME) == NUMBER


@pytest.mark.parametrize("address", [Address("192.0.2.1", 9), Address("2001:db8::1", 9)])
def test_an_address_without_a_zone_stays_as_it_is(address) -> None:
    assert to_socket(address) == address
    assert from_socket((*address, 0, 0)) == from_socket(address) == address
    assert zone_of(address.host) == ""


def test_an_interface_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="no interface with this name"):
        to_socket(Address("fe80::1%nowhere0", 9))
