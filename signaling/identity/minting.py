"""Makes tokens: for who runs the server, for tests, and for backends in Python."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.api_jws import PyJWS

from signaling.faults import KeyFileError
from signaling.identity.claims import Claims, Grants
from signaling.identity.keys import SHORTEST_RSA, Algorithm, Key, read_keys

_jws = PyJWS([one.value for one in Algorithm])


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What a token is signed with: a secret, or a private key."""

    algorithm: Algorithm
    material: Any = field(repr=False)
    kid: str | None = None


def mint_token(
    key: SigningKey,
    grants: Grants,
    *,
    lifetime: float,
    unix_now: float,
    subject: str = "",
    audience: str | None = None,
    issuer: str | None = None,
) -> str:
    """Make a token.

    Args:
        key: What it is signed with; its `kid`, if it has one, stands in the header.
        grants: What it allows.
        lifetime: Seconds that it is good for, from `unix_now` on.
        unix_now: Seconds since 1970.
        subject: Who shows it.
        audience: Whom it is for.
        issuer: Who made it.
    """
    claims = Claims(
        sub=subject,
        iss=issuer,
        aud=audience,
        iat=int(unix_now),
        exp=int(unix_now + lifetime),
        hairpin=grants,
    )
    headers = None if key.kid is None else {"kid": key.kid}
    payload = msgspec.json.encode(claims)
    return _jws.encode(payload, key.material, algorithm=key.algorithm.value, headers=headers)


def read_signing_key(path: Path, kid: str | None = None) -> SigningKey:
    """Read a file with a secret or a private key in PEM.

    Args:
        path: Of the file.
        kid: The name that the key has among those of the server.

    Raises:
        KeyFileError: It cannot be read, or nothing can be signed with it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror or error}") from error
    try:
        return _signing_key(content, kid)
    except KeyFileError as error:
        raise KeyFileError(f"{path}: {error}") from error


def _signing_key(content: bytes, kid: str | None) -> SigningKey:
    if b"PRIVATE KEY-----" in content:
        return _private(content, kid)
    secrets = [key for key in read_keys(content) if key.algorithm is Algorithm.HS256]
    if not secrets:
        raise KeyFileError("a public key signs nothing: expected the private one, or a secret")
    chosen: Key | None = next((key for key in secrets if kid in {None, key.kid}), None)
    if chosen is None and len(secrets) == 1 and secrets[0].kid is None:
        chosen = secrets[0]
    if chosen is None:
        raise KeyFileError(f"no secret with the name {kid!r} in it")
    return SigningKey(chosen.algorithm, chosen.material, chosen.kid or kid)


def _private(content: bytes, kid: str | None) -> SigningKey:
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        raise KeyFileError("a key behind a password, which is not asked for here") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileError("a private key that is broken") from None
    match key:
        case RSAPrivateKey() if key.key_size >= SHORTEST_RSA:
            return SigningKey(Algorithm.RS256, key, kid)
        case EllipticCurvePrivateKey(curve=SECP256R1()):
            return SigningKey(Algorithm.ES256, key, kid)
    raise KeyFileError(f"expected an RSA key of {SHORTEST_RSA} bits or more, or one on P-256")
