"""Ask a server over its admin socket, a line at a time, and wait for the answer."""

import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from operating.kind import Kind

DEADLINE = 10.0
_READ_SIZE = 64 * 1024

Wanted = TypeVar("Wanted")


class Refusal(Protocol):
    """The answer of a server that says no."""

    @property
    def why(self) -> str:
        """For people."""


class LineClient:
    """One connection to an admin socket, as long as its context lasts.

    Args:
        path: Of the socket.
        longest: Bytes of a line of an answer.
        deadline: Seconds for each step.

    Raises:
        Exception: The kind's error, on entry, when no server answers there; the text says why and what to do.
    """

    def __init__(self, path: Path, kind: Kind, *, longest: int, deadline: float = DEADLINE) -> None:
        self.path = path
        self._kind = kind
        self._longest = longest
        self._deadline = deadline
        self._rest = b""
        self._socket: socket.socket

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(self._deadline)
        try:
            self._socket.connect(str(self.path))
        except OSError as error:
            self._socket.close()
            raise self._kind.error(_why_not(self.path, self._kind.noun, error)) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def say(self, line: bytes) -> None:
        """Send a request.

        Raises:
            Exception: The kind's error: it could not be sent.
        """
        try:
            self._socket.sendall(line)
        except OSError as error:
            raise self._failure(error) from error

    def hear(self) -> bytes:
        """Wait for one line of an answer.

        Raises:
            Exception: The kind's error: none came in time, or none that is a line.
        """
        try:
            return self._read_line()
        except OSError as error:
            raise self._failure(error) from error

    def hear_as(
        self,
        wanted: type[Wanted],
        decode: Callable[[bytes], object],
        refused: type[Refusal],
    ) -> Wanted:
        """Wait for an answer of one kind.

        Args:
            decode: Makes an answer of a line; a ValueError says that it is none.
            refused: Is what comes where the server says no.

        Raises:
            Exception: The kind's error: the server refused it, or did not answer as it should.
        """
        try:
            answer = decode(self.hear())
        except (ValueError, RecursionError) as error:  # the latter of what is nested too deeply
            text = f"what answers at {self.path} is no {self._kind.noun} of ours: {error}"
            raise self._kind.error(text) from None
        if isinstance(answer, refused):
            raise self._kind.error(answer.why)
        if not isinstance(answer, wanted):
            raise self._kind.error(f"expected {wanted.__name__} from {self.path}, got {answer!r}")
        return answer

    def _read_line(self) -> bytes:
        while b"\n" not in self._rest:
            data = self._socket.recv(_READ_SIZE)
            if not data:
                raise ConnectionResetError(0, "it closed the connection without an answer")
            self._rest += data
            if len(self._rest) > self._longest:
                raise ConnectionResetError(0, "its answer is too long")
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _failure(self, error: OSError) -> Exception:
        why = "no answer in time" if isinstance(error, TimeoutError) else error.strerror
        return self._kind.error(f"the {self._kind.noun} at {self.path}: {why or error}")


def _why_not(path: Path, noun: str, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return (
                f"there is no socket at {path}. Is the {noun} running, with --admin {path} "
                '(or admin = "…" in its file)?'
            )
        case ConnectionRefusedError():
            return f"no {noun} answers at {path}; the one that made the socket is gone"
        case PermissionError():
            return (
                f"{path} belongs to somebody else. Ask as the user that runs the {noun}, or as root"
            )
        case TimeoutError():
            return f"no {noun} answers at {path} in time"
        case _:
            return f"cannot connect to {path}: {error.strerror or error}"
