"""What is announced for what is bound."""

from typing import Any

import pytest

from relay.announcements import Announcements
from relay.errors import SettingsError
from relay.settings import Settings
from stunwire import AdditionalAddressFamily, Address, Family, XorRelayedAddress

BOTH = ("198.51.99.7", "2001:db8::7")


def of(bound: str, *texts: str) -> tuple[str, str]:
    return Announcements.read(texts).of(bound)


def test_without_any_the_bound_host_is_announced() -> None:
    assert of("10.0.0.7") == ("10.0.0.7", "10.0.0.7")


def test_each_family_has_its_own() -> None:
    assert of("10.0.0.7", *BOTH) == ("10.0.0.7", "198.51.99.7")
    assert of("fd00::7", *BOTH) == ("fd00::7", "2001:db8::7")
    assert of("fd00::7", "198.51.99.7") == ("fd00::7", "fd00::7")


def test_each_mapped_host_has_its_own_and_the_others_the_general_one() -> None:
    texts = ("198.51.99.1/10.0.0.1", "198.51.99.2/10.0.0.2", "198.51.99.9")
    assert of("10.0.0.2", *texts) == ("10.0.0.2", "198.51.99.2")
    assert of("10.0.0.3", *texts) == ("10.0.0.3", "198.51.99.9")
    assert of("10.0.0.3", *texts[:2]) == ("10.0.0.3", "10.0.0.3")


def test_on_a_wildcard_the_mapped_host_is_bound() -> None:
    assert of("0.0.0.0", "198.51.99.1/10.0.0.1") == ("10.0.0.1", "198.51.99.1")
    assert of("0.0.0.0", "198.51.99.1") == ("0.0.0.0", "198.51.99.1")
    assert of("::", "198.51.99.1/10.0.0.1") == ("::", "::")


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (("198.51.99.1", "198.51.99.2"), "198.51.99.1 and 198.51.99.2"),
        (("198.51.99.1/10.0.0.1", "198.51.99.2/10.0.0.1"), "198.51.99.2/10.0.0.1"),
        (("198.51.99.1/fd00::1",), "one family"),
        (("198.51.99.1/0.0.0.0",), "PUBLIC/PRIVATE"),
        (("198.51.99.1/",), "'198.51.99.1/'"),
        (("0.0.0.0",), "peers can reach"),
        (("example.org",), "IP address"),
    ],
)
def test_what_cannot_be_meant_is_named(texts: tuple[str, ...], words: str) -> None:
    with pytest.raises(SettingsError, match=words.replace("/", ".")):
        Settings(listen=(Address("10.0.0.1", 0),), external_address=texts)


def test_a_dual_allocation_is_announced_with_both(make_world: Any) -> None:
    world = make_world(
        listen=(Address("198.51.99.1", 3478),),
        relay_address=("10.0.0.7", "fd00::7"),
        external_address=BOTH,
    )
    client = world.client()
    reply = client.allocate(AdditionalAddressFamily(Family.IPV6))
    assert {one.address.host for one in reply.get_all(XorRelayedAddress)} == set(BOTH)
    assert {address.host for address in world.opened} == {"10.0.0.7", "fd00::7"}


def test_two_relay_addresses_of_one_family_are_refused() -> None:
    with pytest.raises(SettingsError, match="one relay address for each family"):
        Settings(listen=(Address("10.0.0.1", 0),), relay_address=("10.0.0.1", "10.0.0.2"))
