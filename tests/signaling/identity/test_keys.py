"""Key files of every kind, and what looks like one."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from signaling.faults import KeyFileError
from signaling.identity.keys import LARGEST_FILE, Algorithm, read_keys
from tests.signaling.identity.conftest import SECRET, ec_jwk, jwks, pem, public_pem, rsa_jwk


def algorithms(content: bytes) -> list[tuple[Algorithm, str | None]]:
    return [(key.algorithm, key.kid) for key in read_keys(content)]


def test_a_file_that_is_nothing_but_a_secret_is_for_hs256_and_its_line_end_does_not_count():
    (key,) = read_keys(SECRET + b"\r\n")
    assert (key.algorithm, key.material) == (Algorithm.HS256, SECRET)


def test_public_keys_in_pem_are_for_the_one_algorithm_of_their_kind(rsa_key, ec_key):
    content = b"the keys of example.org\n" + public_pem(rsa_key) + public_pem(ec_key)
    assert algorithms(content) == [(Algorithm.RS256, None), (Algorithm.ES256, None)]


def test_a_jwk_set_has_names_and_what_is_not_for_us_in_it_is_passed_over(rsa_key, ec_key):
    secret = base64.urlsafe_b64encode(SECRET).decode().rstrip("=")
    content = jwks(
        rsa_jwk(rsa_key, kid="r", use="sig", alg="RS256"),
        ec_jwk(ec_key, kid="e"),
        {"kty": "oct", "k": secret, "kid": "o"},
        rsa_jwk(rsa_key, kid="for encryption", use="enc"),
        rsa_jwk(rsa_key, kid="for another algorithm", alg="PS256"),
        {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "of another kind"},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "kid": "on another curve"},
    )
    assert algorithms(content) == [
        (Algorithm.RS256, "r"),
        (Algorithm.ES256, "e"),
        (Algorithm.HS256, "o"),
    ]


def test_one_jwk_alone_will_do(ec_key):
    assert algorithms(json.dumps(ec_jwk(ec_key, kid="e")).encode()) == [(Algorithm.ES256, "e")]


def der(key) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def ssh(key) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )


@pytest.mark.parametrize("form", [der, ssh])
@pytest.mark.parametrize("kind", ["rsa_key", "ec_key"])
def test_a_public_key_in_another_form_is_never_taken_for_a_secret(form, kind, request):
    with pytest.raises(KeyFileError, match="public key in a form"):
        read_keys(form(request.getfixturevalue(kind)))


def test_a_private_key_is_refused_since_the_server_needs_none(rsa_key, ec_key):
    for content in (pem(rsa_key), pem(ec_key), jwks(ec_jwk(ec_key, d="AAAA"))):
        with pytest.raises(KeyFileError, match="private key, which only who makes tokens"):
            read_keys(content)


def small_rsa() -> bytes:
    return public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b"", "at least 32 bytes, got 0"),
        (lambda: b"hunter2-is-too-short", "at least 32 bytes, got 20"),
        (small_rsa, "1024 bits"),
        (lambda: public_pem(ec.generate_private_key(ec.SECP384R1())), "secp384r1, expected P-256"),
        (lambda: public_pem(ed25519.Ed25519PrivateKey.generate()), "another kind"),
        (
            lambda: b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----",
            "BEGIN CERTIFICATE",
        ),
        (lambda: b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no public key"),
        (lambda: b"-----BEGIN PUBLIC KEY-----\nAAAA", "without its end"),
        (lambda: b"[1]", "no JWK set"),
        (lambda: b"{", "no JWK set"),
        (lambda: b'{"keys": 1}', "no JWK set"),
        (lambda: b'{"keys": []}', "no key that can be used"),
        (lambda: b'{"keys": [' * 9999, "no JWK set"),
        (lambda: jwks({"kty": "RSA", "n": "AA", "e": "AQAB", "kid": "x"}), "key 1"),
        (lambda: jwks({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}), "key 1 is broken"),
        (lambda: jwks({"kty": "oct", "k": "aHVudGVyMg"}), "key 1: expected a secret"),
        (lambda: jwks(*[{"kty": "oct", "k": "A" * 64}] * 65), "at most 64 keys"),
        (lambda: b"x" * (LARGEST_FILE + 1), "at most"),
    ],
)
def test_what_holds_no_key_for_us_says_why_and_repeats_nothing(content, words):
    with pytest.raises(KeyFileError, match=words) as refused:
        read_keys(content())
    for secret in ("hunter2", "aHVudGVyMg"):
        assert secret not in str(refused.value)


def test_a_key_shows_nothing_of_what_it_is():
    assert "0123456789" not in repr(read_keys(SECRET))
