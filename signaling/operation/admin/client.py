"""Ask a server over its admin socket, and wait for the answer."""

import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from signaling.faults import AdminError
from signaling.operation.admin.messages import (
    LONGEST_ANSWER,
    Answer,
    AskRooms,
    AskSessions,
    Refused,
    Request,
    Rooms,
    RoomStatus,
    Sessions,
    SessionStatus,
    decode_answer,
    encode,
)

DEADLINE = 10.0
_READ_SIZE = 64 * 1024

Wanted = TypeVar("Wanted", bound=Answer)


class AdminClient:
    """One connection to an admin socket, as long as its context lasts.

    Args:
        path: Of the socket.
        deadline: Seconds for each step.

    Raises:
        AdminError: On entry, when no server answers there; the text says why and what to do.
    """

    def __init__(self, path: Path, *, deadline: float = DEADLINE) -> None:
        self._path = path
        self._deadline = deadline
        self._rest = b""
        self._socket: socket.socket

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(self._deadline)
        try:
            self._socket.connect(str(self._path))
        except OSError as error:
            self._socket.close()
            raise AdminError(_why_not(self._path, error)) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def ask(self, request: Request, wanted: type[Wanted]) -> Wanted:
        """Send a request, and give its answer.

        Raises:
            AdminError: The server refused it, or did not answer as it should.
        """
        try:
            self._socket.sendall(encode(request))
        except OSError as error:
            raise self._failure(error) from error
        return self._hear(wanted)

    def rooms(self, room: str | None = None) -> Iterator[RoomStatus]:
        """Give every room, or the one of this name.

        Raises:
            AdminError: As `ask`.
        """
        page = self.ask(AskRooms(room=room), Rooms)
        yield from page.rooms
        while page.more:
            page = self._hear(Rooms)
            yield from page.rooms

    def sessions(self, peer: str | None = None) -> Iterator[SessionStatus]:
        """Give every session of the node, or those that bear this name.

        Raises:
            AdminError: As `ask`.
        """
        page = self.ask(AskSessions(peer=peer), Sessions)
        yield from page.sessions
        while page.more:
            page = self._hear(Sessions)
            yield from page.sessions

    def _hear(self, wanted: type[Wanted]) -> Wanted:
        try:
            line = self._read_line()
        except OSError as error:
            raise self._failure(error) from error
        try:
            answer = decode_answer(line)
        except ValueError as error:
            text = f"what answers at {self._path} is no server of ours: {error}"
            raise AdminError(text) from None
        if isinstance(answer, Refused):
            raise AdminError(answer.why)
        if not isinstance(answer, wanted):
            raise AdminError(f"expected {wanted.__name__} from {self._path}, got {answer!r}")
        return answer

    def _read_line(self) -> bytes:
        while b"\n" not in self._rest:
            data = self._socket.recv(_READ_SIZE)
            if not data:
                raise ConnectionResetError(0, "it closed the connection without an answer")
            self._rest += data
            if len(self._rest) > LONGEST_ANSWER:
                raise ConnectionResetError(0, "its answer is too long")
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _failure(self, error: OSError) -> AdminError:
        why = "no answer in time" if isinstance(error, TimeoutError) else error.strerror
        return AdminError(f"the server at {self._path}: {why or error}")


def _why_not(path: Path, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return (
                f"there is no socket at {path}. Is the server running, with --admin {path} "
                '(or admin = "…" in its file)?'
            )
        case ConnectionRefusedError():
            return f"no server answers at {path}; the one that made the socket is gone"
        case PermissionError():
            return (
                f"{path} belongs to somebody else. Ask as the user that runs the server, or as root"
            )
        case TimeoutError():
            return f"no server answers at {path} in time"
        case _:
            return f"cannot connect to {path}: {error.strerror or error}"
