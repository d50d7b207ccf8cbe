"""The attributes of connectivity checks: their types and their bytes, written out."""

import pytest

from stunwire import (
    Attribute,
    DecodeError,
    IceControlled,
    IceControlling,
    Priority,
    UseCandidate,
)

EXAMPLES: list[tuple[Attribute, int, str]] = [
    (Priority(0x6E0001FF), 0x0024, "6e0001ff"),
    (UseCandidate(), 0x0025, ""),
    (IceControlled(0x932FF9B151263B36), 0x8029, "932ff9b151263b36"),
    (IceControlling(1), 0x802A, "0000000000000001"),
]


@pytest.mark.parametrize(("attribute", "kind", "value"), EXAMPLES)
def test_an_attribute_has_its_type_and_bytes(attribute: Attribute, kind: int, value: str) -> None:
    assert attribute.type == kind
    assert attribute.encode() == bytes.fromhex(value)
    assert type(attribute).decode(bytes.fromhex(value)) == attribute


@pytest.mark.parametrize("kind", [Priority, IceControlled, IceControlling])
@pytest.mark.parametrize("length", [0, 3, 5, 7, 9])
def test_another_length_is_refused(kind: type[Attribute], length: int) -> None:
    with pytest.raises(DecodeError, match=kind.__name__):
        kind.decode(bytes(length))


@pytest.mark.parametrize(
    "attribute", [Priority(1 << 32), IceControlled(1 << 64), IceControlling(-1)]
)
def test_a_field_that_does_not_fit_is_the_callers_fault(attribute: Attribute) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        attribute.encode()
