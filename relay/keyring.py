"""Credentials that were proven before, so that their next proof costs one HMAC and no look-ups."""

from typing import NamedTuple

from relay.credentials import Credential
from stunwire import Integrity, IntegrityKey, PasswordHash

PROVEN_AT_HAND = 4096


class Proven(NamedTuple):
    """A credential, and until when it is good (Unix time); None for ever."""

    credential: Credential
    expires: float | None


class Keyring:
    """Proven credentials by user name, in a table of bounded size; the oldest makes room.

    Nobody gets in by asking: only who has proven a password does. And nobody learns who is in: a name that is not
    costs the HMAC, too, with a key that fits nothing.

    Args:
        size: how many are kept.
    """

    def __init__(self, size: int = PROVEN_AT_HAND) -> None:
        self._size = size
        self._proven: dict[tuple[str, PasswordHash, Integrity], Proven] = {}

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._proven)

    def find(self, username: str, algorithm: PasswordHash, integrity: Integrity) -> Proven | None:
        """Return what a user proved with this hash, and protects requests with in this way."""
        return self._proven.get((username, algorithm, integrity))

    def keep(self, proven: Proven, algorithm: PasswordHash) -> None:
        """Keep what was proven."""
        credential = proven.credential
        self._proven[credential.username, algorithm, credential.key.algorithm] = proven
        if len(self._proven) > self._size:
            del self._proven[next(iter(self._proven))]


FITS_NOTHING = {integrity: IntegrityKey(b"", integrity) for integrity in Integrity}
"""Keys that no password makes."""
