"""Checks a token: its signature first, then when, from whom and for whom it is, then what it grants.

As long as the signature is not known to be good, the reason says nothing that whoever forged it did
not know: not whether a key has that name, nor what is in the token.
"""

import base64
import binascii
from dataclasses import dataclass

import msgspec
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from signaling.codes import ErrorCode
from signaling.gate import Identity
from signaling.identity.claims import Claims, Header
from signaling.identity.keys import Algorithm, Key, Keys

LONGEST = 16384
LONGEST_HEADER = 4096
LEEWAY = 10.0

_jws = PyJWS([one.value for one in Algorithm])
_UNKNOWN = "the token is not signed with a key that is known here"


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What is expected of a token besides its signature.

    Attributes:
        audience: One of these must be in its `aud`; where there are none it must have no `aud`.
        issuer: Its `iss` must be one of these.
        leeway: Seconds that the clock of whoever made it may differ from ours.
        longest: Seconds that a token may still be good for; None for any.
        needs_expiry: Whether one without `exp` is refused.
    """

    audience: tuple[str, ...] = ()
    issuer: tuple[str, ...] = ()
    leeway: float = LEEWAY
    longest: float | None = None
    needs_expiry: bool = True


@dataclass(frozen=True, slots=True)
class TokenFault:
    """Why a token is not good: 410 for one that was, 401 for the rest."""

    code: ErrorCode
    reason: str


def check_token(
    token: str, keys: Keys, rules: TokenRules, unix_now: float
) -> Identity | TokenFault:
    """Say who shows a token, or why that is not known.

    Args:
        token: As it came, a JWS in its compact form (RFC 7515 §7.1).
        keys: Each with its algorithm.
        rules: What else is expected of it.
        unix_now: Seconds since 1970.
    """
    header = _read_header(token)
    if isinstance(header, TokenFault):
        return header
    payload = _verified(token, _fitting(keys, header))
    if payload is None:
        return _fault(_UNKNOWN)
    try:
        claims = msgspec.json.decode(payload, type=Claims)
    except msgspec.ValidationError as error:
        return _fault(f"the token's claims: {str(error)[:150]}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _fault("the token's claims are no JSON object")
    return (
        _untimely(claims, rules, unix_now)
        or _foreign(claims, rules)
        or _identity(claims, rules, unix_now)
    )


def _read_header(token: str) -> Header | TokenFault:
    encoded, dot, _ = token.partition(".")
    if len(token) > LONGEST or len(encoded) > LONGEST_HEADER or not dot or not token.isascii():
        return _fault("expected a JSON Web Token")
    try:
        header = msgspec.json.decode(_unpadded(encoded), type=Header)
    except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError):
        return _fault("expected a JSON Web Token")
    if header.crit is not None or header.b64 is not None:
        return _fault(
            "the token's header has extensions that are not known here"
        )  # RFC 7515 §4.1.11
    return header


def _unpadded(encoded: str) -> bytes:
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)


def _fitting(keys: Keys, header: Header) -> Keys:
    """The keys that can have signed it: of its algorithm, and of its name if both have one."""
    return tuple(
        key
        for key in keys
        if key.algorithm.value == header.alg
        and (header.kid is None or key.kid is None or key.kid == header.kid)
    )


def _verified(token: str, keys: Keys) -> bytes | None:
    return next((found for key in keys if (found := _payload(token, key)) is not None), None)


def _payload(token: str, key: Key) -> bytes | None:
    try:
        payload: bytes = _jws.decode(token, key.material, algorithms=[key.algorithm.value])
    except (PyJWTError, ValueError, RecursionError):
        return None
    return payload


def _untimely(claims: Claims, rules: TokenRules, unix_now: float) -> TokenFault | None:
    if claims.exp is None:
        return _fault("the token has no `exp`") if rules.needs_expiry else None
    if claims.exp + rules.leeway <= unix_now:  # RFC 7519 §4.1.4
        return TokenFault(ErrorCode.EXPIRED, "the token has expired")
    if rules.longest is not None and claims.exp > unix_now + rules.longest + rules.leeway:
        return _fault(
            f"the token is good for longer than {rules.longest:g} s, the most that is taken"
        )
    return None


def _foreign(claims: Claims, rules: TokenRules) -> TokenFault | None:
    audience = (claims.aud,) if isinstance(claims.aud, str) else claims.aud or ()
    if (rules.audience or audience) and not set(audience) & set(rules.audience):  # RFC 7519 §4.1.3
        return _fault("the token is for somebody else (`aud`)")
    if rules.issuer and claims.iss not in rules.issuer:
        return _fault("the token is from somebody else (`iss`)")
    return None


def _identity(claims: Claims, rules: TokenRules, unix_now: float) -> Identity | TokenFault:
    if claims.nbf is not None and claims.nbf > unix_now + rules.leeway:  # RFC 7519 §4.1.5
        return _fault("the token is not good yet (`nbf`)")
    grants = claims.hairpin
    return Identity(
        subject=claims.sub,
        peer=grants.peer,
        rooms=grants.rooms,
        role=grants.role,
        expires_in=None if claims.exp is None else claims.exp + rules.leeway - unix_now,
        meta=grants.meta,
        rating=grants.mm.rating,
    )


def _fault(reason: str) -> TokenFault:
    return TokenFault(ErrorCode.UNAUTHORIZED, reason)
