"""An additional address family under the RFC's number and under a draft's."""

import pytest

from relay.drafts import additional_family
from stunwire import AdditionalAddressFamily, Attribute, Message, Method, UnknownAttribute

IPV6 = AdditionalAddressFamily(2)


def _asked(*attributes: Attribute) -> AdditionalAddressFamily | None:
    return additional_family(Message.request(Method.ALLOCATE, bytes(12), *attributes))


@pytest.mark.parametrize("asked", [IPV6, UnknownAttribute(0x8032, b"\x02\0\0\0")])
def test_the_family_is_found_under_either_number(asked):
    assert _asked(UnknownAttribute(0x8031, b"\x02\0\0\0"), asked) == IPV6


@pytest.mark.parametrize("value", [b"", b"\x02", b"\x02\0\0\0\0"])
def test_a_value_of_another_length_is_somebody_elses_attribute(value):
    assert _asked(UnknownAttribute(0x8032, value)) is None


def test_the_rfcs_number_wins():
    assert _asked(UnknownAttribute(0x8032, b"\x01\0\0\0"), IPV6) == IPV6


def test_nothing_asked_is_nothing_found():
    assert _asked() is None
