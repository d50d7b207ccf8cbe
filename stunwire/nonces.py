"""Nonces without memory: a server recognises its own and their age. RFC 8489 §9.2, §14.10, §18.1.

A nonce is the RFC's cookie, and 15 characters of base64: 26 bits of time stamp, and 64 of an HMAC over both and the
client's address. So a nonce that was overheard elsewhere is of no use, a flood of requests costs no memory, and a
challenge is as short as can be, because it goes to whomever its request names as the sender.
"""

import base64
import enum
import hashlib
import hmac
from dataclasses import dataclass, field
from functools import cache

from stunwire.integrity import Hmac

NONCE_COOKIE = "obMatJos2"
"""RFC 8489 §9.2: how the nonce of a server of that RFC begins."""

_FEATURES_BYTES = 3
_FEATURES_LENGTH = 4
_STAMP_MASK = (1 << 26) - 1
_STAMP_BYTES = 4
_CODE_BYTES = 8
_SEALED_LENGTH = 15


class SecurityFeatures(enum.IntFlag):
    """What the server can do, protected against bidding down. RFC 8489 §18.1: "Bit 0 is the leftmost bit" of 24."""

    NONE = 0
    PASSWORD_ALGORITHMS = 0x800000
    USERNAME_ANONYMITY = 0x400000


class NonceVerdict(enum.Enum):
    """What a server thinks of a nonce: good, its own but too old, or not made here for this client."""

    VALID = enum.auto()
    STALE = enum.auto()
    FOREIGN = enum.auto()


@dataclass(frozen=True, slots=True)
class NonceMaker:
    """Makes nonces and recognises them.

    Args:
        secret: at least 16 random bytes; the servers of a fleet may share them.
        lifetime: seconds; RFC 8656 §5 wants at most an hour.
        features: what the cookie announces; None leaves the cookie out, which saves 13 bytes in every challenge and
            says that the server speaks RFC 5389 only.
    """

    secret: bytes = field(repr=False)
    lifetime: float = 600
    features: SecurityFeatures | None = SecurityFeatures.NONE
    _hmac: Hmac = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hmac", Hmac(self.secret, hashlib.sha256))

    def make(self, client: tuple[str, int], now: float) -> str:
        """A nonce for one client: 28 characters, or 15 without the cookie.

        Args:
            client: the address the request came from.
            now: seconds, from any clock that those who share the secret share as well.
        """
        return self._make(_cookie(self.features), int(now) & _STAMP_MASK, client)

    def check(self, nonce: str, client: tuple[str, int], now: float) -> NonceVerdict:
        """Say what a nonce is worth; the HMAC is compared in constant time, before anything else is believed."""
        cookie, sealed = nonce[:-_SEALED_LENGTH], nonce[-_SEALED_LENGTH:]
        try:
            stamp = int.from_bytes(
                base64.b64decode(f"A{sealed}", validate=True)[:_STAMP_BYTES], "big"
            )
        except ValueError:
            return NonceVerdict.FOREIGN
        if not hmac.compare_digest(nonce.encode(), self._make(cookie, stamp, client).encode()):
            return NonceVerdict.FOREIGN
        if len(cookie) != len(_cookie(self.features)):
            return NonceVerdict.STALE
        age = (int(now) - stamp) & _STAMP_MASK
        return NonceVerdict.VALID if age <= self.lifetime else NonceVerdict.STALE

    def _make(self, cookie: str, stamp: int, client: tuple[str, int]) -> str:
        text = f"{cookie}{stamp}|{client[0]}|{client[1]}".encode()
        code = self._hmac.seal(text)[:_CODE_BYTES]
        # 32 bits of the stamp, whose first 6 are zeros: the letter "A", which says nothing
        sealed = base64.b64encode(stamp.to_bytes(_STAMP_BYTES, "big") + code)[1:]
        return cookie + sealed.decode()


@cache
def _cookie(features: SecurityFeatures | None) -> str:
    if features is None:
        return ""
    return NONCE_COOKIE + base64.b64encode(features.to_bytes(_FEATURES_BYTES, "big")).decode()


def security_features(nonce: str) -> SecurityFeatures | None:
    """What a server's nonce says of its features; None when it has no cookie. RFC 8489 §9.2.

    Bits without a name stay in the value.
    """
    if not nonce.startswith(NONCE_COOKIE):
        return None
    start = len(NONCE_COOKIE)
    try:
        features = base64.b64decode(nonce[start : start + _FEATURES_LENGTH], validate=True)
    except ValueError:
        return None
    return (
        SecurityFeatures(int.from_bytes(features, "big"))
        if len(features) == _FEATURES_BYTES
        else None
    )
