"""Room tokens: for a short while each lets one connection more into the room of a match, under its player's name.

A token is opaque to clients. Whoever holds the server's resume key can write and read it: so every node can.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from signaling.codes import ErrorCode
from signaling.wire import Refusal

PREFIX: Final = "hairpin-room."
"""What a room token begins with; no JSON Web Token does."""
LIFETIME: Final = 600.0
"""Seconds that a token is good for."""
_LEEWAY: Final = 5.0
"""Seconds by which the clocks of nodes may differ."""
_PURPOSE: Final = b"hairpin.v1 room token"
_SIGNATURE: Final = 32
_UNKNOWN: Final = "the room token is not of this server, or has been changed"


class RoomGrant(msgspec.Struct, frozen=True, array_like=True):
    """What a token allows: to play `match` in `room` as `peer`; `players` is how many it has."""

    room: str
    peer: str
    match: str
    subject: str
    players: int


class _Signed(msgspec.Struct, frozen=True, array_like=True):
    expires: float
    grant: RoomGrant


WriteToken: TypeAlias = Callable[[RoomGrant], str | None]
"""Writes a room token as of now; None where there is no key for it."""


class RoomTokens:
    """Writes room tokens, and reads those that were written with the same key.

    Args:
        key: The server's resume key; room tokens are signed with one that is derived from it.
    """

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, _PURPOSE, "sha256")

    def __repr__(self) -> str:
        return "RoomTokens(…)"

    def write(self, grant: RoomGrant, unix_now: float) -> str:
        """Sign a token that is good from now on for `LIFETIME`."""
        said = msgspec.json.encode(_Signed(round(unix_now + LIFETIME, 3), grant))
        signed = urlsafe_b64encode(self._sign(said) + said).rstrip(b"=")
        return PREFIX + signed.decode()

    def read(self, token: str, unix_now: float) -> RoomGrant | Refusal:
        """Read a token, or say why it is good for nothing."""
        said = self._genuine(token)
        if said is None:
            return Refusal(ErrorCode.UNAUTHORIZED, _UNKNOWN)
        try:
            signed = msgspec.json.decode(said, type=_Signed)
        except msgspec.DecodeError:  # of another version, as the signature is right
            return Refusal(ErrorCode.UNAUTHORIZED, _UNKNOWN)
        if signed.expires + _LEEWAY <= unix_now:
            return Refusal(ErrorCode.EXPIRED, "the room token has expired")
        return signed.grant

    def _genuine(self, token: str) -> bytes | None:
        encoded = token.removeprefix(PREFIX)
        try:
            signed = urlsafe_b64decode((encoded + "=" * (-len(encoded) % 4)).encode("ascii"))
        except (ValueError, binascii.Error):
            return None
        signature, said = signed[:_SIGNATURE], signed[_SIGNATURE:]
        return said if hmac.compare_digest(signature, self._sign(said)) else None

    def _sign(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, "sha256")


def is_room_token(text: str | None) -> bool:
    """Say whether something means to be a room token."""
    return text is not None and text.startswith(PREFIX)
