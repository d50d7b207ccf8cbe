"""Tokens made by us, read by others."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signaling.faults import KeyFileError
from signaling.identity.claims import Grants
from signaling.identity.keys import Algorithm
from signaling.identity.minting import mint_token, read_signing_key
from tests.signaling.identity.conftest import NOW, SECRET, pem, public_pem

LONG = 10.0**10
"""Seconds: PyJWT looks at the clock of this machine."""


@pytest.fixture
def write(tmp_path):
    def write_one(content: bytes):
        path = tmp_path / "key"
        path.write_bytes(content)
        return path

    return write_one


def test_a_stranger_reads_what_was_granted(write, rsa_key, ec_key):
    for content, known, algorithm in (
        (SECRET, SECRET, "HS256"),
        (pem(rsa_key), rsa_key.public_key(), "RS256"),
        (pem(ec_key), ec_key.public_key(), "ES256"),
    ):
        key = read_signing_key(write(content), "k1")
        token = mint_token(
            key,
            Grants(rooms=("a",)),
            lifetime=LONG,
            unix_now=NOW,
            subject="alice",
            audience="us",
            issuer="home",
        )
        assert jwt.get_unverified_header(token) == {"alg": algorithm, "typ": "JWT", "kid": "k1"}
        assert jwt.decode(token, known, [algorithm], audience="us", issuer="home") == {
            "sub": "alice",
            "aud": "us",
            "iss": "home",
            "iat": int(NOW),
            "exp": int(NOW + LONG),
            "hairpin": {"rooms": ["a"]},
        }


def test_a_secret_is_found_by_its_name_in_a_set(write):
    keys = [
        {"kty": "oct", "kid": kid, "k": letter * 64} for kid, letter in (("x", "A"), ("y", "B"))
    ]
    path = write(json.dumps({"keys": keys}).encode())
    assert read_signing_key(path, "y").kid == "y"
    assert read_signing_key(path).kid == "x"
    with pytest.raises(KeyFileError, match="no secret with the name 'z'"):
        read_signing_key(path, "z")


def locked() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"hunter2"),
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b"short", "at least 32 bytes"),
        (lambda: public_pem(ec.generate_private_key(ec.SECP256R1())), "expected the private one"),
        (lambda: pem(ec.generate_private_key(ec.SECP384R1())), "one on P-256"),
        (locked, "behind a password"),
        (lambda: b"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----", "broken"),
    ],
)
def test_what_signs_nothing_is_refused_and_said(write, content, words):
    with pytest.raises(KeyFileError, match=words):
        read_signing_key(write(content()))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(KeyFileError, match="none: No such file"):
        read_signing_key(tmp_path / "none")


def test_a_signing_key_shows_nothing_of_what_it_is(write):
    key = read_signing_key(write(SECRET))
    assert key.algorithm is Algorithm.HS256
    assert "0123456789" not in repr(key)
