"""Who may relay, and what proves them: a password, or the keys that are made from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, Self, TypeAlias

from relay.errors import SettingsError
from stunwire import PasswordHash, long_term_key, userhash

MD5_LENGTH, SHA256_LENGTH = 16, 32
LONGEST_NAME = 508
"""RFC 8489 §14.3: a user name has "fewer than 509 octets"."""


@dataclass(frozen=True, slots=True)
class Password:
    """A password in plain text.

    Raises:
        SettingsError: it is empty.
    """

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.text:
            raise SettingsError("expected a password, got an empty one")

    def key(self, username: str, realm: str, algorithm: PasswordHash) -> bytes:
        """The long-term key."""
        return long_term_key(username, realm, self.text, algorithm)


@dataclass(frozen=True, slots=True)
class Keys:
    """Long-term keys (RFC 8489 §18.5.1), so that nobody has to keep the password they were made from.

    They are good for one name in one realm. Who has them can relay, and can only guess the password.

    Args:
        md5: 16 bytes.
        sha256: 32 bytes; None refuses clients that take up SHA-256 (few do).

    Raises:
        SettingsError: a key of another length.
    """

    md5: bytes = field(repr=False)
    sha256: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if len(self.md5) != MD5_LENGTH:
            raise SettingsError(f"expected an MD5 key of 16 bytes, got {len(self.md5)}")
        if self.sha256 is not None and len(self.sha256) != SHA256_LENGTH:
            raise SettingsError(f"expected a SHA-256 key of 32 bytes, got {len(self.sha256)}")

    def key(self, username: str, realm: str, algorithm: PasswordHash) -> bytes | None:  # noqa: ARG002 - as of a password
        """The long-term key; None when it is not known."""
        return self.md5 if algorithm is PasswordHash.MD5 else self.sha256


Proof: TypeAlias = Password | Keys


def make_keys(username: str, realm: str, password: str) -> Keys:
    """Make the long-term keys of a user."""
    return Keys(*(long_term_key(username, realm, password, one) for one in _BOTH))


_BOTH = (PasswordHash.MD5, PasswordHash.SHA256)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may relay, as a hook tells it.

    Args:
        proof: what proves the user.
        allocations: so many may live at once; None for `Limits.allocations_per_user`.

    Raises:
        SettingsError: fewer than no allocations.
    """

    proof: Proof
    allocations: int | None = None

    def __post_init__(self) -> None:
        if self.allocations is not None and self.allocations < 0:
            raise SettingsError(f"expected 0 or more allocations, got {self.allocations}")


class NoUser(Enum):
    """Why a name that was asked for comes without a user."""

    UNKNOWN = "there is no such user"
    UNAVAILABLE = "nobody could say"
    OVERDUE = "nobody said in time"


Answer: TypeAlias = User | NoUser


class UserHook(Protocol):
    """Where users come from that neither the settings nor a file name: a database, another service."""

    async def find(self, username: str, realm: str) -> User | None:
        """Find a user; None when there is none of that name.

        Whatever it raises means that nobody can say now; the text of a `HookError` goes to the log. It is
        cancelled when it takes too long.

        Args:
            username: as a stranger sent it, who has proven nothing but his address.
            realm: the relay's.
        """


Packed: TypeAlias = str | bytes
"""A password, or the bytes of one key after the other."""


def pack(proof: Proof) -> Packed:
    """Pack a proof into one object that the garbage collector need not look at.

    A hundred thousand that it does look at have it stop everything for tenths of a second.
    """
    return proof.text if isinstance(proof, Password) else proof.md5 + (proof.sha256 or b"")


def unpack(packed: Packed) -> Proof:
    """Undo `pack`."""
    if isinstance(packed, str):
        return Password(packed)
    return Keys(packed[:MD5_LENGTH], packed[MD5_LENGTH:] or None)


class UserList:
    """What a users file says; it never changes.

    Args:
        packed: proofs by user name.
        realm: for the hashes of the names.
    """

    def __init__(self, packed: Mapping[str, Packed] | None = None, realm: str = "") -> None:
        self._packed = packed or {}
        self._name_of_hash = {userhash(name, realm): name for name in self._packed}

    @classmethod
    def of(cls, proofs: Mapping[str, Proof], realm: str) -> Self:
        """Make a list of proofs."""
        return cls({name: pack(proof) for name, proof in proofs.items()}, realm)

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def find(self, username: str) -> Proof | None:
        """What proves a user; None when there is none of that name."""
        packed = self._packed.get(username)
        return None if packed is None else unpack(packed)

    def name_of(self, hashed: bytes) -> str | None:
        """The user name behind a USERHASH (RFC 8489 §14.4); None when there is none."""
        return self._name_of_hash.get(hashed)


NOBODY = UserList()
