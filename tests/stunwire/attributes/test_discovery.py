"""The attributes of NAT behaviour discovery: their types and their bytes, written out."""

import pytest

from stunwire import (
    Address,
    Attribute,
    ChangeRequest,
    DecodeError,
    OtherAddress,
    Padding,
    ResponseOrigin,
    ResponsePort,
)

ADDRESS = Address("192.0.2.1", 32853)
EXAMPLES: list[tuple[Attribute, int, str]] = [
    (ChangeRequest(), 0x0003, "00000000"),
    (ChangeRequest(change_port=True), 0x0003, "00000002"),
    (ChangeRequest(change_ip=True), 0x0003, "00000004"),
    (ChangeRequest(change_ip=True, change_port=True), 0x0003, "00000006"),
    (Padding(b"12345"), 0x0026, "3132333435"),
    (ResponsePort(4000), 0x0027, "0fa00000"),
    (ResponsePort(4000, counts_padding=False), 0x0027, "0fa0"),
    (ResponseOrigin(ADDRESS), 0x802B, "00018055c0000201"),
    (OtherAddress(ADDRESS), 0x802C, "00018055c0000201"),
]


@pytest.mark.parametrize(("attribute", "kind", "value"), EXAMPLES)
def test_an_attribute_has_its_type_and_bytes(attribute: Attribute, kind: int, value: str) -> None:
    assert attribute.type == kind
    assert attribute.encode() == bytes.fromhex(value)
    assert type(attribute).decode(bytes.fromhex(value)) == attribute


def test_other_flags_of_a_change_request_are_ignored() -> None:
    assert ChangeRequest.decode(bytes.fromhex("fffffff9")) == ChangeRequest()


@pytest.mark.parametrize("value", ["0fa0", "0fa00000"])
def test_a_response_port_is_the_same_with_and_without_its_padding(value: str) -> None:
    decoded = ResponsePort.decode(bytes.fromhex(value))
    assert decoded == ResponsePort(4000)
    assert decoded.encode().hex() == value


@pytest.mark.parametrize(
    ("kind", "length"),
    [(ChangeRequest, 3), (ResponsePort, 0), (ResponsePort, 3), (ResponsePort, 6)],
)
def test_another_length_is_refused(kind: type[Attribute], length: int) -> None:
    with pytest.raises(DecodeError, match=f"{kind.__name__} has 4 bytes, got {length}"):
        kind.decode(bytes(length))


def test_a_port_that_does_not_fit_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ResponsePort(65536).encode()
