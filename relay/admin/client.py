"""Ask a relay over its admin socket, and wait for the answer."""

import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from relay.admin.messages import (
    LONGEST_ANSWER,
    Answer,
    AskSessions,
    Refused,
    Request,
    Sessions,
    SessionStatus,
    decode_answer,
    encode,
)
from relay.errors import AdminError

DEADLINE = 10.0
_READ_SIZE = 64 * 1024

Wanted = TypeVar("Wanted", bound=Answer)


class AdminClient:
    """One connection to an admin socket, as long as its context lasts.

    Args:
        path: of the socket.
        deadline: seconds for each step.

    Raises:
        AdminError: on entry, when no relay answers there; the text says why and what to do.
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
            AdminError: the relay refused it, or did not answer as it should.
        """
        try:
            self._socket.sendall(encode(request))
            line = self._read_line()
        except OSError as error:
            why = "no answer in time" if isinstance(error, TimeoutError) else error.strerror
            raise AdminError(f"the relay at {self._path}: {why or error}") from error
        try:
            answer = decode_answer(line)
        except ValueError as error:
            raise AdminError(f"what answers at {self._path} is no relay of ours: {error}") from None
        if isinstance(answer, Refused):
            raise AdminError(answer.why)
        if not isinstance(answer, wanted):
            raise AdminError(f"expected {wanted.__name__} from {self._path}, got {answer!r}")
        return answer

    def sessions(self, *, user: str | None, client: str | None) -> Iterator[SessionStatus]:
        """Give every session, page after page; those that begin or end meanwhile may be missing.

        Raises:
            AdminError: as `ask`.
        """
        after: int | None = 0
        while after is not None:
            page = self.ask(AskSessions(user=user, client=client, after=after), Sessions)
            yield from page.sessions
            after = page.next

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


def _why_not(path: Path, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return (
                f"there is no socket at {path}. Is the relay running, with --admin {path} "
                '(or admin = "…" in its file)?'
            )
        case ConnectionRefusedError():
            return f"no relay answers at {path}; the one that made the socket is gone"
        case PermissionError():
            return (
                f"{path} belongs to somebody else. Ask as the user that runs the relay, or as root"
            )
        case TimeoutError():
            return f"no relay answers at {path} in time"
        case _:
            return f"cannot connect to {path}: {error.strerror or error}"
