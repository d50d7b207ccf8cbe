"""The keys that tokens are checked with: a shared secret, public keys in PEM, or a JWK set.

Rule 1. The algorithm follows from the key, never from the token: a secret is HS256, an RSA key RS256,
a key on P-256 ES256. So nobody can pass a public key off as a secret (RFC 8725 §3.1).
Rule 2. What looks like a key in another form is never taken for a secret.
Rule 3. No error repeats what was in the file.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from signaling.faults import KeyFileError

SHORTEST_SECRET = 32
"""Bytes: a key for HS256 is no shorter than its hash (RFC 7518 §3.2)."""
SHORTEST_RSA = 2048
"""Bits (RFC 7518 §3.3)."""
MOST_KEYS = 64
LARGEST_FILE = 1 << 20

_NO_SECRETS = (b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-")


class Algorithm(Enum):
    """How a token is signed; the value is its name in the token (RFC 7518 §3.1)."""

    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"


Material: TypeAlias = bytes | RSAPublicKey | EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Key:
    """One key, with the one algorithm it is for.

    Attributes:
        kid: Its name, if it has one; a token that names a key is checked with that alone.
    """

    algorithm: Algorithm
    material: Material = field(repr=False)
    kid: str | None = None


Keys: TypeAlias = tuple[Key, ...]


class _Jwk(msgspec.Struct, frozen=True):
    """The fields of a JSON Web Key that say whether it is one for us (RFC 7517 §4)."""

    kty: str
    use: str | None = None
    alg: str | None = None
    kid: str | None = None
    crv: str | None = None
    d: str | None = None


class _JwkSet(msgspec.Struct, frozen=True):
    keys: list[msgspec.Raw]


def read_keys(content: bytes) -> Keys:
    """Read the content of a key file: JSON is a JWK or a set of them, PEM public keys, the rest a secret.

    Raises:
        KeyFileError: There is no key in it that can be used.
    """
    if len(content) > LARGEST_FILE:
        raise KeyFileError(f"expected at most {LARGEST_FILE} bytes, got {len(content)}")
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith((b"{", b"[")):
        return _from_json(text)
    if b"-----BEGIN" in text:
        return _from_pem(text)
    return (Key(Algorithm.HS256, read_secret(content)),)


def read_secret(content: bytes) -> bytes:
    """Read a file that is nothing but a secret; line ends around it do not count.

    Raises:
        KeyFileError: It is too short, or a key of another kind.
    """
    secret = content.strip(b"\r\n")
    if secret.startswith(_NO_SECRETS) or _is_der(content):
        raise KeyFileError(
            "a public key in a form that is not read here: expected PEM or a JWK set"
        )
    if len(secret) < SHORTEST_SECRET:
        raise KeyFileError(
            f"expected a secret of at least {SHORTEST_SECRET} bytes, got {len(secret)}: "
            "openssl rand -hex 32 makes one"
        )
    return secret


def _is_der(content: bytes) -> bool:
    try:
        load_der_public_key(content)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


# --- PEM ------------------------------------------------------------------------------------------


def _from_pem(text: bytes) -> Keys:
    """Read every public key in the file."""
    begin, end = b"-----BEGIN ", b"-----END "
    keys: list[Key] = []
    for part in text.split(begin)[1:]:
        label = part.partition(b"-----")[0].decode("ascii", "replace")
        if "PRIVATE KEY" in label:
            raise KeyFileError(
                "a private key, which only who makes tokens should have. Give the public one: "
                "openssl pkey -in FILE -pubout"
            )
        if not label.endswith("PUBLIC KEY"):
            raise KeyFileError(f"expected BEGIN PUBLIC KEY, got BEGIN {label[:40]}")
        keys.append(_pem_key(begin + part, end))
    return _bounded(keys)


def _pem_key(block: bytes, end: bytes) -> Key:
    if end not in block:
        raise KeyFileError("a PEM block without its end")
    try:
        loaded = load_pem_public_key(block)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError("a PEM block that is no public key") from error
    return _public_key(loaded, None)


def _public_key(loaded: object, kid: str | None) -> Key:
    if isinstance(loaded, RSAPublicKey):
        if loaded.key_size < SHORTEST_RSA:
            raise KeyFileError(
                f"an RSA key of {loaded.key_size} bits, expected {SHORTEST_RSA} or more"
            )
        return Key(Algorithm.RS256, loaded, kid)
    if isinstance(loaded, EllipticCurvePublicKey):
        if not isinstance(loaded.curve, SECP256R1):
            raise KeyFileError(f"a key on {loaded.curve.name}, expected P-256")
        return Key(Algorithm.ES256, loaded, kid)
    raise KeyFileError("expected an RSA key or one on P-256, got another kind")


# --- JSON -----------------------------------------------------------------------------------------

_TYPES = {"oct": Algorithm.HS256, "RSA": Algorithm.RS256, "EC": Algorithm.ES256}


def _from_json(text: bytes) -> Keys:
    try:
        listed = _as_list(text)
        found = [_jwk(number, raw) for number, raw in enumerate(listed, 1)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise KeyFileError("JSON that is no JWK set: expected an object with `keys`") from error
    return _bounded([key for key in found if key is not None])


def _as_list(text: bytes) -> list[msgspec.Raw]:
    fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    if "keys" in fields:
        return msgspec.json.decode(text, type=_JwkSet).keys
    return [msgspec.Raw(text)]


def _jwk(number: int, raw: msgspec.Raw) -> Key | None:
    """Read one key; one for something else is passed over (RFC 7517 §5), one that is broken is not."""
    said = msgspec.json.decode(raw, type=_Jwk)
    algorithm = _TYPES.get(said.kty)
    elsewhere = said.use not in {None, "sig"} or said.alg not in {
        None,
        algorithm and algorithm.value,
    }
    if algorithm is None or elsewhere or (said.kty == "EC" and said.crv != "P-256"):
        return None
    if said.d is not None:
        raise KeyFileError(
            f"key {number} is a private key, which only who makes tokens should have"
        )
    fields: dict[str, Any] = msgspec.json.decode(raw)
    try:
        loaded = PyJWK(fields, algorithm.value).key
    except (PyJWTError, ValueError, TypeError):
        raise KeyFileError(
            f"key {number} is broken"
        ) from None  # the library's text repeats the key
    if algorithm is Algorithm.HS256:
        if not isinstance(loaded, bytes) or len(loaded) < SHORTEST_SECRET:
            raise KeyFileError(
                f"key {number}: expected a secret of at least {SHORTEST_SECRET} bytes"
            )
        return Key(algorithm, loaded, said.kid)
    try:
        return _public_key(loaded, said.kid)
    except KeyFileError as error:
        raise KeyFileError(f"key {number}: {error}") from None


def _bounded(keys: list[Key]) -> Keys:
    if not keys:
        raise KeyFileError("no key that can be used: expected RS256, ES256 (P-256) or HS256")
    if len(keys) > MOST_KEYS:
        raise KeyFileError(f"expected at most {MOST_KEYS} keys, got {len(keys)}")
    return tuple(keys)
