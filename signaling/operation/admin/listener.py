"""The unix socket that the admin protocol is spoken on: for its owner (and its group, if the umask says so), with bounds and deadlines."""

import asyncio
import contextlib
import logging
import os
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from signaling.faults import AdminError
from signaling.operation.admin.messages import LONGEST_REQUEST, Refused, encode

MOST_CONNECTIONS = 16
DEADLINE = 30.0
"""Seconds for a request to come, for its answer to be found, and for a line of that to be read."""
_LOOK = 1.0
_OTHERS = 0o117
"""What the mode of the socket leaves out besides the umask: 0600 with 0077, 0660 with 0007."""

logger = logging.getLogger("signaling.admin")

Answering: TypeAlias = Callable[[bytes], Awaitable[Iterator[bytes]]]


@asynccontextmanager
async def serve_admin(
    path: Path, answer: Answering, *, deadline: float = DEADLINE
) -> AsyncIterator[None]:
    """Answer requests as long as the context lasts; the socket is gone afterwards.

    Args:
        path: Of the socket; its directory is made if it is missing, for the owner alone.
        answer: From a line to lines.

    Raises:
        AdminError: On entry, when the socket cannot be had; the text says why and what to do.
    """
    listening = _open(path)
    ours = _inode(path)
    connections = _Connections(answer, deadline)
    try:
        server = await asyncio.start_unix_server(
            connections.accept, sock=listening, limit=LONGEST_REQUEST
        )
        try:
            yield
        finally:
            server.close()
            await connections.close()
    finally:
        listening.close()
        _take_away(path, ours)


class _Connections:
    """The connections there are, each with a task."""

    def __init__(self, answer: Answering, deadline: float) -> None:
        self._answer = answer
        self._deadline = deadline
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._closed = False

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin to answer a connection."""
        if self._closed:
            writer.transport.abort()
            return
        if len(self._open) >= MOST_CONNECTIONS:
            why = f"expected at most {MOST_CONNECTIONS} connections at once"
            writer.write(encode(Refused(why=why)))
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._open[task] = writer
        task.add_done_callback(self._open.pop)

    async def close(self) -> None:
        """Break off all, and wait until they are."""
        await asyncio.sleep(0)  # so that those that are being accepted are known
        self._closed = True
        opened = dict(self._open)
        for task, writer in opened.items():
            task.cancel()
            writer.transport.abort()  # a task that has not begun does not do it
        await asyncio.gather(*opened, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await self._read(reader):
                for part in await self._answered(line):
                    writer.write(part)
                    async with asyncio.timeout(self._deadline):
                        await writer.drain()
        except asyncio.LimitOverrunError:
            why = f"expected a line of at most {LONGEST_REQUEST} bytes"
            writer.write(encode(Refused(why=why)))
        except (TimeoutError, ConnectionError, asyncio.CancelledError):
            writer.transport.abort()  # whoever it was does not listen any more, or is not to be waited for
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        """Read one line; empty at the end."""
        try:
            async with asyncio.timeout(self._deadline):
                return await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return b""

    async def _answered(self, line: bytes) -> Iterator[bytes]:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._answer(line)
        except TimeoutError:
            return iter((encode(Refused(why="no answer could be found in time")),))
        except Exception:  # our own fault: it must not end every session
            logger.exception("signaling.admin.failed")
            return iter((encode(Refused(why="something went wrong; the server's log says more")),))


def _open(path: Path) -> socket.socket:
    """Bind the socket, in the place of one that nobody answers on any more."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_directory(path.parent)
        _clear(path)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(_OTHERS)  # never, not for a moment, is the socket anybody's
        os.umask(_OTHERS | before)
        try:
            opened.bind(str(path))
        except BaseException:
            opened.close()
            raise
        finally:
            os.umask(before)
    except OSError as error:
        raise AdminError(f"cannot serve at {path}: {error.strerror or error}") from error
    opened.setblocking(False)
    return opened


def _inode(path: Path) -> int:
    return path.stat().st_ino


def _take_away(path: Path, ours: int) -> None:
    """Take the socket's name away, unless another server has it by now."""
    with contextlib.suppress(OSError):
        if _inode(path) == ours:
            path.unlink()


def _check_directory(directory: Path) -> None:
    mode = directory.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise AdminError(
            f"cannot serve in {directory}: everybody may write there, and so put another socket in "
            f"its place. Choose another directory, or take the right away: chmod o-w {directory}"
        )


def _clear(path: Path) -> None:
    """Take away a socket that a server left behind."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise AdminError(f"cannot serve at {path}: something is there that is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_LOOK)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except TimeoutError:
            pass  # somebody is there, and busy
    raise AdminError(f"cannot serve at {path}: another server answers there. Choose another path")
