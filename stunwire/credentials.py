"""Time-limited TURN credentials: minted by who knows the secret, checked by who knows it. draft-uberti-behave-turn-rest-00.

The user name says when it expires, and the password is an HMAC of the user name, so no database stands between the two.
"""

import base64
import enum
import hashlib
from dataclasses import dataclass, field

from stunwire.integrity import seal
from stunwire.preparation import prepare

_MOST_DIGITS = 15


class RestHash(enum.Enum):
    """The hash in the password; every known TURN server takes SHA-1. The value is the name that `hmac` knows."""

    SHA1 = "sha1"
    SHA256 = "sha256"


@dataclass(frozen=True, slots=True)
class TurnCredential:
    """What a client needs to use a TURN server for a while.

    Args:
        username: "expiry:user", or the expiry alone.
        password: base64 text.
        expires: Unix time in seconds.
    """

    username: str
    password: str = field(repr=False)
    expires: int


def mint(
    secret: bytes | str,
    user: str,
    ttl: float,
    unix_now: float,
    algorithm: RestHash = RestHash.SHA1,
) -> TurnCredential:
    """Make a credential that is good for `ttl` seconds from `unix_now`.

    Args:
        secret: shared with the TURN server.
        user: whom it is for; may be empty.
        ttl: seconds; a fraction is dropped.
        unix_now: wall-clock time in seconds.
        algorithm: the hash.
    """
    expires = int(unix_now + ttl)
    # RFC 8489 §14.3: a client may compose the name's letters before it sends it, and the HMAC must still fit.
    username = f"{expires}:{prepare(user)}" if user else str(expires)
    return TurnCredential(username, rest_password(secret, username, algorithm), expires)


def rest_password(secret: bytes | str, username: str, algorithm: RestHash = RestHash.SHA1) -> str:
    """The password that belongs to a user name: base64(HMAC(secret, username))."""
    key = secret.encode() if isinstance(secret, str) else secret
    hashing = hashlib.sha1 if algorithm is RestHash.SHA1 else hashlib.sha256
    return base64.b64encode(seal(key, username.encode(), hashing)).decode()


def rest_expiry(username: str) -> int | None:
    """The Unix time at which a user name expires; None when it does not begin with a time."""
    digits = username.partition(":")[0]
    if not digits.isascii() or not digits.isdecimal() or len(digits) > _MOST_DIGITS:
        return None
    return int(digits)
