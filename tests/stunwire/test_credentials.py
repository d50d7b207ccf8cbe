"""Time-limited credentials: minted here, checked there."""

import base64
import hashlib
import hmac

import pytest

from stunwire import RestHash, TurnCredential, mint, rest_expiry, rest_password


def test_a_credential_is_expiry_and_user_and_their_hmac() -> None:
    credential = mint("north", "bob", ttl=3600, unix_now=1_700_000_000.9)
    assert credential.username == "1700003600:bob"
    assert credential.expires == 1_700_003_600
    code = hmac.new(b"north", b"1700003600:bob", hashlib.sha1).digest()
    assert credential.password == base64.b64encode(code).decode()


def test_a_password_is_the_one_that_openssl_computes() -> None:
    # echo -n "1433895918:ninefingers" | openssl dgst -sha1 -hmac "ninefingers" -binary | base64
    assert rest_password("ninefingers", "1433895918:ninefingers") == "zTs5KgumGNfK3wGRBA0McTWrWf8="


def test_a_credential_without_a_user_is_the_expiry_alone() -> None:
    assert mint("s", "", ttl=5, unix_now=10) == TurnCredential("15", rest_password("s", "15"), 15)


def test_a_credential_fits_however_the_client_composes_its_letters() -> None:
    credential = mint("s", "e\u0301", ttl=5, unix_now=10)
    assert credential.username == "15:é"
    assert rest_password("s", "15:é") == credential.password


def test_the_hash_can_be_sha256() -> None:
    credential = mint("s", "u", 5, 10, RestHash.SHA256)
    code = hmac.new(b"s", b"15:u", hashlib.sha256).digest()
    assert base64.b64decode(credential.password) == code


def test_a_secret_may_be_bytes_or_text() -> None:
    assert rest_password(b"s", "15:u") == rest_password("s", "15:u")


def test_whoever_knows_the_secret_checks_what_was_minted() -> None:
    credential = mint("secret", "someone:else", ttl=60, unix_now=1000)
    assert rest_password("secret", credential.username) == credential.password
    assert rest_password("other", credential.username) != credential.password
    assert rest_expiry(credential.username) == credential.expires


@pytest.mark.parametrize(
    ("username", "expiry"),
    [
        ("1700003600:bob", 1_700_003_600),
        ("1700003600", 1_700_003_600),
        ("0:x", 0),
        ("1:2:3", 1),
        ("", None),
        (":bob", None),
        ("bob", None),
        ("bob:1700003600", None),
        ("-5:bob", None),
        ("+5:bob", None),
        (" 5:bob", None),
        ("1e9:bob", None),
        ("1_0:bob", None),
        ("٣:bob", None),
        ("²:bob", None),
        ("9" * 5000 + ":bob", None),
    ],
)
def test_an_expiry_is_read_only_from_plain_digits(username: str, expiry: int | None) -> None:
    assert rest_expiry(username) == expiry


def test_a_password_does_not_show_in_logs() -> None:
    credential = mint("secret", "bob", 5, 10)
    assert credential.password not in repr(credential)
