"""The attributes of STUN: their types and their bytes, written out."""

import pytest

from stunwire import (
    Address,
    AlternateDomain,
    AlternateServer,
    Attribute,
    DecodeError,
    ErrorCode,
    Fingerprint,
    MappedAddress,
    MessageIntegrity,
    MessageIntegritySha256,
    Nonce,
    PasswordAlgorithm,
    PasswordAlgorithms,
    PasswordHash,
    Realm,
    Software,
    UnknownAttributes,
    UserHash,
    Username,
)

ADDRESS = Address("192.0.2.1", 32853)
MD5, SHA256 = PasswordAlgorithm(PasswordHash.MD5), PasswordAlgorithm(PasswordHash.SHA256)
EXAMPLES: list[tuple[Attribute, int, str]] = [
    (MappedAddress(ADDRESS), 0x0001, "00018055c0000201"),
    (Username("é"), 0x0006, "c3a9"),
    (MessageIntegrity(bytes(20)), 0x0008, "00" * 20),
    (ErrorCode(438, "no"), 0x0009, "000004266e6f"),
    (ErrorCode(300), 0x0009, "00000300"),
    (ErrorCode(699), 0x0009, "00000663"),
    (UnknownAttributes((0x7FFF, 2)), 0x000A, "7fff0002"),
    (UnknownAttributes(()), 0x000A, ""),
    (Realm("r"), 0x0014, "72"),
    (Nonce("n"), 0x0015, "6e"),
    (MessageIntegritySha256(bytes(32)), 0x001C, "00" * 32),
    (MessageIntegritySha256(bytes(16)), 0x001C, "00" * 16),
    (SHA256, 0x001D, "00020000"),
    (PasswordAlgorithm(7, b"abcde"), 0x001D, "00070005 6162636465000000"),
    (UserHash(bytes(32)), 0x001E, "00" * 32),
    (PasswordAlgorithms((SHA256, MD5)), 0x8002, "0002000000010000"),
    (
        PasswordAlgorithms((PasswordAlgorithm(7, b"abcde"), MD5)),
        0x8002,
        "00070005 6162636465000000 00010000",
    ),
    (PasswordAlgorithms(()), 0x8002, ""),
    (AlternateDomain("example.org"), 0x8003, "6578616d706c652e6f7267"),
    (Software("x"), 0x8022, "78"),
    (AlternateServer(ADDRESS), 0x8023, "00018055c0000201"),
    (Fingerprint(0xE57A3BCF), 0x8028, "e57a3bcf"),
]


@pytest.mark.parametrize(("attribute", "kind", "value"), EXAMPLES)
def test_an_attribute_has_its_type_and_bytes(attribute: Attribute, kind: int, value: str) -> None:
    assert attribute.type == kind
    assert attribute.encode() == bytes.fromhex(value)
    assert type(attribute).decode(bytes.fromhex(value)) == attribute


REFUSED: list[tuple[type[Attribute], str]] = [
    (ErrorCode, ""),
    (ErrorCode, "000004"),
    (ErrorCode, "00000226"),
    (ErrorCode, "00000726"),
    (ErrorCode, "00000464"),
    (ErrorCode, "00000426ff"),
    (ErrorCode, "00000426" + "61" * 764),
    (UnknownAttributes, "00"),
    (UnknownAttributes, "000102"),
    (MessageIntegritySha256, "00" * 12),
    (MessageIntegritySha256, "00" * 18),
    (MessageIntegritySha256, "00" * 36),
    (PasswordAlgorithm, ""),
    (PasswordAlgorithm, "0002"),
    (PasswordAlgorithm, "000200"),
    (PasswordAlgorithm, "00020001"),
    (PasswordAlgorithm, "0002000000"),
    (PasswordAlgorithm, "0002000100000000 00"),
    (PasswordAlgorithms, "00"),
    (PasswordAlgorithms, "000200000001"),
    (PasswordAlgorithms, "00020000000100020000000000"),
    (Fingerprint, "000000"),
    (MappedAddress, "0001805500"),
]


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_other_bytes_are_refused(kind: type[Attribute], value: str) -> None:
    with pytest.raises(DecodeError):
        kind.decode(bytes.fromhex(value))


def test_the_reserved_bits_of_an_error_code_are_ignored() -> None:
    assert ErrorCode.decode(bytes.fromhex("fffffc26")) == ErrorCode(438)


@pytest.mark.parametrize("value", ["0007000161", "0007000161000000"])
def test_the_padding_of_parameters_may_be_missing_at_the_end(value: str) -> None:
    algorithm = PasswordAlgorithm(7, b"a")
    assert PasswordAlgorithm.decode(bytes.fromhex(value)) == algorithm
    assert PasswordAlgorithms.decode(bytes.fromhex(value)) == PasswordAlgorithms((algorithm,))


@pytest.mark.parametrize(
    "attribute",
    [
        ErrorCode(299),
        ErrorCode(700),
        ErrorCode(400, "x" * 510),
        UnknownAttributes((0x10000,)),
        MessageIntegrity(bytes(19)),
        MessageIntegritySha256(bytes(18)),
        PasswordAlgorithm(0x10000),
        PasswordAlgorithm(1, bytes(0x10000)),
        Fingerprint(1 << 32),
        MappedAddress(Address("nowhere", 1)),
    ],
)
def test_a_field_that_does_not_fit_is_the_callers_fault(attribute: Attribute) -> None:
    with pytest.raises(ValueError, match=r"expected|does not fit"):
        attribute.encode()
