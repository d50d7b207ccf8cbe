"""Attributes that the library does not know."""

import pytest

from stunwire import UnknownAttribute


@pytest.mark.parametrize(
    ("kind", "required"), [(0x0000, True), (0x7FFF, True), (0x8000, False), (0xFFFF, False)]
)
def test_half_of_the_types_must_be_understood(kind: int, required: bool) -> None:
    assert UnknownAttribute(kind, b"").is_required is required


def test_type_and_value_stay_as_they_came() -> None:
    attribute = UnknownAttribute(0x7ABC, b"value")
    assert (attribute.type, attribute.encode()) == (0x7ABC, b"value")


def test_a_value_alone_does_not_say_its_type() -> None:
    with pytest.raises(NotImplementedError):
        UnknownAttribute.decode(b"value")
