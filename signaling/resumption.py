"""Tokens to come back with: which node has which session, and which use this is, signed.

A token is opaque to clients. It is good for one use; the session itself knows which uses are still
open (`Session.is_open_to`).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass

_SIGNATURE = 16


@dataclass(frozen=True, slots=True)
class Claimant:
    """What a genuine token says."""

    node: str
    sid: str
    generation: int


class Tokens:
    """Writes tokens and reads those that were written with the same key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Tokens(…)"

    def write(self, claimant: Claimant) -> str:
        """Sign a token."""
        said = f"{claimant.generation}|{claimant.sid}|{claimant.node}".encode()
        return urlsafe_b64encode(self._sign(said) + said).rstrip(b"=").decode()

    def read(self, token: str) -> Claimant | None:
        """Read a token; None if it is not genuine."""
        try:
            signed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (ValueError, NotBase64):
            return None
        signature, said = signed[:_SIGNATURE], signed[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._sign(said)):
            return None
        generation, sid, node = said.decode().split("|", 2)
        return Claimant(node, sid, int(generation))

    def _sign(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, "sha256")[:_SIGNATURE]
