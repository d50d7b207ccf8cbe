"""The numbers of the registries, written out once more."""

import pytest

from stunwire import Class, ErrorCodes, Integrity, Method, PasswordHash


def test_methods_have_their_registered_numbers() -> None:
    assert {method.name: method.value for method in Method} == {
        "BINDING": 1,
        "ALLOCATE": 3,
        "REFRESH": 4,
        "SEND": 6,
        "DATA": 7,
        "CREATE_PERMISSION": 8,
        "CHANNEL_BIND": 9,
        "CONNECT": 10,
        "CONNECTION_BIND": 11,
        "CONNECTION_ATTEMPT": 12,
    }


def test_classes_are_the_two_bits_of_the_header() -> None:
    assert [cls.name for cls in Class] == ["REQUEST", "INDICATION", "SUCCESS", "ERROR"]
    assert [cls.value for cls in Class] == [0b00, 0b01, 0b10, 0b11]


def test_every_error_code_is_there() -> None:
    assert [code.value for code in ErrorCodes] == [
        *(300, 400, 401, 403, 405, 420, 437, 438, 440, 441),
        *(442, 443, 446, 447, 486, 487, 500, 508),
    ]


@pytest.mark.parametrize("code", ErrorCodes)
def test_a_phrase_is_short_and_plain(code: ErrorCodes) -> None:
    assert 0 < len(code.phrase) <= 22
    assert code.phrase.isascii()
    assert code.phrase[0].isupper()


def test_phrases_are_those_of_the_registry_or_shorter() -> None:
    assert ErrorCodes.UNAUTHENTICATED.phrase == "Unauthenticated"
    assert ErrorCodes.STALE_NONCE.phrase == "Stale nonce"
    assert ErrorCodes.ALLOCATION_QUOTA_REACHED.phrase == "Quota reached"


def test_algorithms_have_their_registered_numbers() -> None:
    assert (PasswordHash.MD5, PasswordHash.SHA256) == (1, 2)
    assert (Integrity.SHA1.value, Integrity.SHA256.value) == (0x0008, 0x001C)
