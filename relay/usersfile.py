"""The users file: one user a line, with a password or with keys, read again when it has changed.

::

    # everything behind the second colon is the password
    alice:password:wonderland
    # made by `hairpin relay key bob --realm example.org`: MD5 and SHA-256 of name:realm:password, in hexadecimal
    bob:keys:example.org:5f4d…:9a1b…

A name has no colon, and neither `#` nor a space begins it. Whoever writes the file while a relay runs writes
another one and renames it, so that nobody reads half of it.
"""

import codecs
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from relay.errors import UsersFileError
from relay.users import LONGEST_NAME, Keys, Packed, Password, Proof, UserList, pack
from stunwire import PreparationError, opaque_string

MOST_BYTES = 128 * 1024 * 1024
MOST_USERS = 500_000

_EXPECTED = "expected NAME:password:PASSWORD or NAME:keys:REALM:MD5:SHA256"
_MD5_DIGITS, _SHA256_DIGITS = 32, 64
_NO_KEY = "-"
_Stamp = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class UsersRead:
    """What came of reading a users file.

    Args:
        users: who is in it.
        warning: why it is not as safe as it should be; None when it is.
    """

    users: UserList
    warning: str | None = None


class UsersFile:
    """A users file, and what it looked like when it was read last.

    Args:
        path: where it is.
        realm: the relay's realm.
    """

    def __init__(self, path: Path, realm: str) -> None:
        self.path = path
        self._realm = realm
        self._stamp: _Stamp = None

    def has_changed(self) -> bool:
        """Say whether the file is another than the one that was read last."""
        return _look(self.path) != self._stamp

    def read(self) -> UsersRead:
        """Read the file.

        Raises:
            UsersFileError: it cannot be read or used; the text names the file and the line.
        """
        self._stamp = _look(self.path)  # before reading: what changes meanwhile is seen as a change
        try:
            with open(self.path, "rb", opener=_open_at_once) as file:
                mode = os.fstat(file.fileno()).st_mode
                if not stat.S_ISREG(mode):
                    raise UsersFileError(f"{self.path}: expected a file, got something else")
                text = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise UsersFileError(f"{self.path}: {error.strerror or error}") from error
        try:
            users = decode_users(text, self._realm)
        except UsersFileError as error:
            raise UsersFileError(f"{self.path}: {error}") from error
        return UsersRead(users, _warning(self.path, mode))


def decode_users(text: bytes, realm: str) -> UserList:
    """Decode a users file.

    Raises:
        UsersFileError: a line cannot be meant; the text has its number, and no password.
    """
    if len(text) > MOST_BYTES:
        raise UsersFileError(f"expected at most {MOST_BYTES} bytes, got more")
    proofs: dict[str, Packed] = {}
    # line by line, so that no step takes long: packets wait while one lasts
    for number, line in enumerate(io.BytesIO(text.removeprefix(codecs.BOM_UTF8)), 1):
        try:
            _read_line(line.rstrip(b"\r\n"), realm, proofs)
        except (UsersFileError, PreparationError) as error:
            raise UsersFileError(f"line {number}: {error}") from error
    return UserList(proofs, realm)


def encode_keys(name: str, realm: str, keys: Keys) -> str:
    """Write the line of a user with keys.

    Raises:
        UsersFileError: the name cannot stand in a users file.
    """
    sha256 = _NO_KEY if keys.sha256 is None else keys.sha256.hex()
    return f"{check_name(name)}:keys:{realm}:{keys.md5.hex()}:{sha256}"


def check_name(name: str) -> str:
    """Bring a user name into form (RFC 8265 §4.2), as clients do before they send it.

    Raises:
        UsersFileError: it cannot stand in a users file.
    """
    try:
        prepared = _in_form(name) if name else name
    except PreparationError as error:
        raise UsersFileError(f"in the name: {error}") from error
    if not prepared or prepared[0] in "# " or prepared[-1] == " " or ":" in prepared:
        raise UsersFileError("expected a name without a colon, '#' before or space around it")
    if len(prepared) > LONGEST_NAME or len(prepared.encode()) > LONGEST_NAME:
        raise UsersFileError(f"expected a name of at most {LONGEST_NAME} bytes, got more")
    return prepared


def _read_line(line: bytes, realm: str, proofs: dict[str, Packed]) -> None:
    if not line or line.startswith(b"#"):
        return
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise UsersFileError("expected UTF-8, got other bytes") from error
    name, proof = _decode_line(text, realm)
    if name in proofs:
        raise UsersFileError(f"expected every name once, got {name!r} again")
    if len(proofs) >= MOST_USERS:
        raise UsersFileError(f"expected at most {MOST_USERS} users, got more")
    proofs[name] = pack(proof)


def _decode_line(line: str, realm: str) -> tuple[str, Proof]:
    name, _, rest = line.partition(":")
    kind, colon, value = rest.partition(":")
    if colon and kind == "password":
        return check_name(name), _password(value)
    if colon and kind == "keys":
        return check_name(name), _keys(value, realm)
    raise UsersFileError(f"{_EXPECTED}, got something else")  # which may be a password


def _password(text: str) -> Password:
    if not text:
        raise UsersFileError("expected a password, got an empty one")
    try:
        return Password(_in_form(text))
    except PreparationError as error:
        raise UsersFileError("expected a password without control characters") from error


def _keys(text: str, realm: str) -> Keys:
    fields = text.rsplit(":", 2)
    if len(fields) != len(("realm", "md5", "sha256")):
        raise UsersFileError(f"{_EXPECTED}, got fewer fields")
    theirs, md5, sha256 = fields
    if theirs != realm:
        raise UsersFileError(f"expected keys for the realm {realm!r}, got some for {theirs!r}")
    return Keys(
        _hexadecimal(md5, _MD5_DIGITS, "MD5"),
        None if sha256 == _NO_KEY else _hexadecimal(sha256, _SHA256_DIGITS, "SHA-256"),
    )


def _hexadecimal(text: str, digits: int, what: str) -> bytes:
    if len(text) == digits:
        try:
            key = bytes.fromhex(text)
        except ValueError:
            pass
        else:
            if len(key) * 2 == digits:  # `fromhex` passes over spaces
                return key
    raise UsersFileError(f"expected {digits} hexadecimal digits of {what}, got something else")


def _in_form(text: str) -> str:
    return text if text.isascii() and text.isprintable() else opaque_string(text)


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever writes to a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def _look(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _warning(path: Path, mode: int) -> str | None:
    if mode & stat.S_IWOTH:
        return f"{path} can be written by everybody on this machine: chmod o= {path}"
    if mode & stat.S_IROTH:
        return f"{path} can be read by everybody on this machine: chmod o= {path}"
    return None
