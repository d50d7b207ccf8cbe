"""Where a connection says that it comes from."""

import asyncio

import pytest

from relay.surroundings import source_of
from stunwire import Address


@pytest.mark.parametrize(
    ("peername", "expected"),
    [
        (("192.0.2.1", 5), (Address("192.0.2.1", 5), False)),
        (("2001:db8::1", 5, 0, 0), (Address("2001:db8::1", 5), False)),
        (("fe80::1", 5, 0, 2), (Address("fe80::1", 5), True)),
    ],
)
def test_an_address_with_a_scope_is_told_from_one_without(peername, expected):
    assert source_of(asyncio.Transport({"peername": peername})) == expected
