"""Files that come over a member's channel `files`, as the video chat sends them (docs/video-chat.md).

Text is what is to be done, bytes are pieces: four bytes that number the file, and what comes next of it. Each file is
taken as it is offered, and written under another name until it is whole.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from hairpin.calling.names import another, file_name
from hairpin.console import amount

LABEL = "files"
#: The largest file that is taken, and how many at once from one member.
LARGEST, AT_ONCE = 4 << 30, 4
_TELL = 1 << 19
_LONGEST_TEXT = 4096
_NUMBER = 4
_UNFINISHED = ".part"
_FREE = 64 << 20  # stays free on the disk


@dataclass(slots=True)
class _Incoming:
    """One that is on its way."""

    name: str
    size: int
    part: Path
    file: BinaryIO
    moved: int = 0
    told: int = 0
    hash: Any = field(default_factory=hashlib.sha256)


class Files:
    """One member's files.

    Args:
        directory: Where they are saved.
        say: Sends a text on the channel.
        tell: Tells the user what became of a file.
    """

    def __init__(
        self, directory: Path, say: Callable[[str], None], tell: Callable[[str], None]
    ) -> None:
        self._directory = directory
        self._say = say
        self._tell = tell
        self._incoming: dict[int, _Incoming] = {}

    def take(self, message: str | bytes) -> None:
        """Take in a message; what makes no sense is passed over."""
        if isinstance(message, bytes):
            self._piece(message)
            return
        said = _read(message)
        match said.get("t"):
            case "offer":
                self._offered(said)
            case "end" if said["id"] in self._incoming:
                self._ended(said["id"], said.get("sha256"))
            case "stop" if said["id"] in self._incoming:
                self._drop(said["id"], "was taken back")

    def close(self) -> None:
        """Nothing more comes."""
        for number in tuple(self._incoming):
            self._drop(number, "did not come whole")

    def _offered(self, said: dict[str, Any]) -> None:
        number, size = said["id"], said.get("size")
        name = said.get("name")
        saved_as = file_name(name if isinstance(name, str) else "")
        refusal = self._refusal(number, size)
        if refusal is None:
            assert isinstance(size, int)
            refusal = self._open(number, saved_as, size)
        if refusal is None:
            self._send("take", number)
        else:
            self._send("leave", number)
            self._tell(f"{saved_as} is not taken: {refusal}.")

    def _refusal(self, number: int, size: object) -> str | None:
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            return "its size makes no sense"
        if number in self._incoming or len(self._incoming) >= AT_ONCE:
            return f"{AT_ONCE} are on their way"
        if size > LARGEST:
            return f"it has {amount(size)}, and {amount(LARGEST)} is the most"
        try:
            free = shutil.disk_usage(self._directory).free
        except OSError as error:
            return error.strerror or str(error)
        if size + _FREE > free:
            return f"it has {amount(size)}, and the disk has {amount(free)} left"
        return None

    def _open(self, number: int, name: str, size: int) -> str | None:
        try:
            part = self._directory / another(f"{name}{_UNFINISHED}", _Existing(self._directory))
            file = part.open("xb")
        except OSError as error:
            return error.strerror or str(error)
        self._incoming[number] = _Incoming(name, size, part, file)
        return None

    def _piece(self, data: bytes) -> None:
        number = int.from_bytes(data[:_NUMBER], "big")
        incoming = self._incoming.get(number)
        if incoming is None:
            return  # pieces that were on their way when it was stopped
        piece = data[_NUMBER:]
        if incoming.moved + len(piece) > incoming.size:
            self._fail(number, "more came than was offered")
            return
        try:
            incoming.file.write(piece)
        except OSError as error:
            self._fail(number, error.strerror or str(error))
            return
        incoming.hash.update(piece)
        incoming.moved += len(piece)
        if incoming.moved - incoming.told >= _TELL or incoming.moved == incoming.size:
            incoming.told = incoming.moved
            self._send("got", number, size=incoming.moved)

    def _ended(self, number: int, sha256: object) -> None:
        incoming = self._incoming[number]
        if incoming.moved != incoming.size or incoming.hash.hexdigest() != sha256:
            self._fail(number, "it is not what was offered")
            return
        try:
            incoming.file.close()
            name = another(incoming.name, _Existing(self._directory))
            incoming.part.rename(self._directory / name)
        except OSError as error:
            self._fail(number, error.strerror or str(error))
            return
        del self._incoming[number]
        self._send("done", number, ok=True)
        self._tell(f"{self._directory / name} is saved ({amount(incoming.size)}).")

    def _fail(self, number: int, why: str) -> None:
        self._send("done", number, ok=False)
        self._drop(number, f"is not saved: {why}")

    def _drop(self, number: int, what: str) -> None:
        incoming = self._incoming.pop(number)
        incoming.file.close()
        incoming.part.unlink(missing_ok=True)
        self._tell(f"{incoming.name} {what}.")

    def _send(self, kind: str, number: int, **more: object) -> None:
        self._say(json.dumps({"t": kind, "id": number, **more}))


class _Existing:
    """The names in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __contains__(self, name: object) -> bool:
        return os.path.lexists(self._directory / str(name))


def refusing(message: str | bytes) -> str | None:
    """What a member is told who offers a file where none are saved."""
    if isinstance(message, str) and (said := _read(message)).get("t") == "offer":
        return json.dumps({"t": "leave", "id": said["id"]})
    return None


def _read(message: str) -> dict[str, Any]:
    try:
        said = json.loads(message) if len(message) <= _LONGEST_TEXT else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    number = said.get("id")
    fits = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1 << 32
    return said if fits else {}
