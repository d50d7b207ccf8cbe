"""The shapes of attributes."""

import pytest

from stunwire import (
    KIND_BY_TYPE,
    KINDS,
    AlternateDomain,
    Attribute,
    Data,
    DecodeError,
    DontFragment,
    Lifetime,
    Nonce,
    Realm,
    ReservationToken,
    Software,
    UseCandidate,
    UserHash,
    Username,
    XorMappedAddress,
    XorPeerAddress,
    XorRelayedAddress,
)
from stunwire.attributes.base import encode_number

TEXTS: list[tuple[type[Username | Realm | Nonce | Software | AlternateDomain], int, int]] = [
    (Username, 508, 763),
    (Realm, 509, 763),
    (Nonce, 509, 763),
    (Software, 509, 763),
    (AlternateDomain, 255, 255),
]


def test_no_two_attributes_share_a_type() -> None:
    assert len(KIND_BY_TYPE) == len(KINDS) == 40
    assert [kind.type for kind in KINDS] == sorted(kind.type for kind in KINDS)


def test_the_addresses_that_are_masked_are_those_named_xor() -> None:
    masked = {kind for kind in KINDS if kind.masked}
    assert masked == {XorMappedAddress, XorPeerAddress, XorRelayedAddress}


def test_attributes_of_two_kinds_with_equal_values_differ() -> None:
    assert Realm("x") == Realm("x")
    assert Realm("x") != Nonce("x")
    assert len({Realm("x"), Realm("x")}) == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_attribute_is_frozen_slotted_and_cites_its_rfc(kind: type[Attribute]) -> None:
    assert "__dict__" not in dir(kind)
    assert kind.__doc__ is not None
    assert "RFC " in kind.__doc__
    assert "§" in kind.__doc__


def test_the_base_has_no_bytes_of_its_own() -> None:
    with pytest.raises(NotImplementedError):
        Attribute().encode()
    with pytest.raises(NotImplementedError):
        Attribute.decode(b"")


@pytest.mark.parametrize(("kind", "sent", "read"), TEXTS)
def test_a_text_has_a_longest_form_to_send_and_one_to_read(
    kind: type[Username], sent: int, read: int
) -> None:
    assert kind("x" * sent).encode() == b"x" * sent
    with pytest.raises(ValueError, match=f"at most {sent} bytes"):
        kind("x" * (sent + 1)).encode()
    assert kind.decode(b"x" * read) == kind("x" * read)
    with pytest.raises(DecodeError, match=f"at most {read} bytes"):
        kind.decode(b"x" * (read + 1))


@pytest.mark.parametrize("value", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"abc\xe3\x83"])
@pytest.mark.parametrize("kind", [kind for kind, _, _ in TEXTS])
def test_a_text_that_is_not_utf8_is_refused(kind: type[Username], value: bytes) -> None:
    with pytest.raises(DecodeError, match="UTF-8"):
        kind.decode(value)


@pytest.mark.parametrize(("kind", "length"), [(UserHash, 32), (ReservationToken, 8)])
def test_bytes_of_a_fixed_length_have_it(kind: type[UserHash], length: int) -> None:
    assert kind.decode(bytes(length)) == kind(bytes(length))
    for wrong in (0, length - 1, length + 1):
        with pytest.raises(DecodeError, match=f"{kind.__name__} has {length} bytes, got {wrong}"):
            kind.decode(bytes(wrong))
        with pytest.raises(ValueError, match=f"expected {length} bytes"):
            kind(bytes(wrong)).encode()


def test_other_bytes_have_any_length() -> None:
    assert Data.decode(b"") == Data(b"")


@pytest.mark.parametrize("kind", [UseCandidate, DontFragment])
def test_a_flag_has_no_value(kind: type[UseCandidate]) -> None:
    assert kind().encode() == b""
    assert kind.decode(b"") == kind()
    with pytest.raises(DecodeError, match="has 0 bytes, got 1"):
        kind.decode(b"\0")


@pytest.mark.parametrize("number", [-1, 256])
def test_a_number_that_does_not_fit_is_the_callers_fault(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit into 1 bytes"):
        encode_number(number, 1)


def test_a_number_of_another_length_is_refused() -> None:
    with pytest.raises(DecodeError, match="Lifetime has 4 bytes, got 3"):
        Lifetime.decode(b"\0\0\0")
