"""Keys of each kind, made once, and a time that stands still."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NOW = 1_700_000_000.0
SECRET = b"0123456789abcdef0123456789abcdef"


def pem(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def jwk_number(number: int) -> str:
    return (
        base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8))
        .decode()
        .rstrip("=")
    )


def rsa_jwk(key, **more: str) -> dict:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "n": jwk_number(numbers.n), "e": jwk_number(numbers.e), **more}


def ec_jwk(key, **more: str) -> dict:
    numbers = key.public_key().public_numbers()
    x, y = jwk_number(numbers.x), jwk_number(numbers.y)
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, **more}


def jwks(*keys: dict) -> bytes:
    return json.dumps({"keys": keys}).encode()


@pytest.fixture(scope="session")
def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def ec_key():
    return ec.generate_private_key(ec.SECP256R1())
