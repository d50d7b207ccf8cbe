"""The unix socket that an admin protocol is spoken on: a line of bytes in, lines of bytes out, with bounds and deadlines."""

import asyncio
import contextlib
import enum
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from operating.kind import Kind
from operating.place import Place

MOST_CONNECTIONS = 16
LONGEST_REQUEST = 4096
"""Bytes of a request with the end of its line."""
DEADLINE = 30.0
"""Seconds for a request to come, for its answer to be found, and for a line of that to be read."""


PAUSE = 1.0
"""Seconds until somebody is accepted again, once no more files may be open."""


class Complaint(enum.Enum):
    """Why the listener itself refuses."""

    TOO_LONG = enum.auto()
    TOO_MANY = enum.auto()
    TOO_LATE = enum.auto()
    OUR_FAULT = enum.auto()


Answering: TypeAlias = Callable[[bytes], Awaitable[Iterable[bytes]]]


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is spoken.

    Args:
        answer: From a line to lines. What it raises is our own fault.
        refuse: Makes the line that says why somebody is refused.
        logger: Is told what `answer` has raised.
        event: In these words.
    """

    answer: Answering
    refuse: Callable[[Complaint, str], bytes]
    logger: logging.Logger
    event: str


@asynccontextmanager
async def serve(
    path: Path, kind: Kind, protocol: Protocol, *, deadline: float = DEADLINE
) -> AsyncIterator[None]:
    """Answer requests as long as the context lasts; the socket is gone afterwards.

    Args:
        path: Of the socket; its directory is made if it is missing, for the owner alone.

    Raises:
        Exception: The kind's error, on entry, when the socket cannot be had.
    """
    place = Place(path, kind)
    connections = _Connections(place.socket, kind, protocol, deadline)
    try:
        connections.listen()
        try:
            yield
        finally:
            await connections.close()
    finally:
        place.close()


class _Connections:
    """The connections there are, each with a task.

    They are accepted here and not by asyncio's server, which forgets one that is being accepted while it closes:
    whoever asked would wait until the garbage is collected.
    """

    def __init__(
        self,
        listening: socket.socket,
        kind: Kind,
        protocol: Protocol,
        deadline: float,
        *,
        pause: float = PAUSE,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listening = listening
        self._kind = kind
        self._protocol = protocol
        self._deadline = deadline
        self._open: dict[asyncio.Task[None], socket.socket] = {}
        self._pause = pause
        self._later: asyncio.TimerHandle | None = None

    def listen(self) -> None:
        """Begin to accept."""
        self._listening.listen(MOST_CONNECTIONS)
        self._loop.add_reader(self._listening, self._accept)

    async def close(self) -> None:
        """Accept no more, break off all there are, and wait until they are."""
        self._loop.remove_reader(self._listening)
        if self._later is not None:
            self._later.cancel()
        opened = dict(self._open)
        for task in opened:
            task.cancel()
        await asyncio.gather(*opened, return_exceptions=True)
        await asyncio.sleep(0)
        for connection in opened.values():
            connection.close()  # a task that has not begun does not do it

    def _accept(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:  # no more files may be open: whoever waits goes on waiting
            self._loop.remove_reader(self._listening)
            self._later = self._loop.call_later(
                self._pause, self._loop.add_reader, self._listening, self._accept
            )
            return
        connection.setblocking(False)
        if len(self._open) >= MOST_CONNECTIONS:
            self._turn_away(connection)
            return
        task = self._loop.create_task(self._serve(connection))
        self._open[task] = connection
        task.add_done_callback(self._open.pop)

    def _turn_away(self, connection: socket.socket) -> None:
        why = f"expected at most {MOST_CONNECTIONS} connections at once"
        with connection, contextlib.suppress(OSError):
            connection.send(self._protocol.refuse(Complaint.TOO_MANY, why))

    async def _serve(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=connection, limit=LONGEST_REQUEST)
        try:
            while line := await self._read(reader):
                for part in await self._answered(line):
                    writer.write(part)
                    async with asyncio.timeout(self._deadline):
                        await writer.drain()
        except asyncio.LimitOverrunError:
            why = f"expected a line of at most {LONGEST_REQUEST} bytes"
            writer.write(self._protocol.refuse(Complaint.TOO_LONG, why))
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

    async def _answered(self, line: bytes) -> Iterable[bytes]:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._protocol.answer(line)
        except TimeoutError:
            why = "no answer could be found in time"
            return (self._protocol.refuse(Complaint.TOO_LATE, why),)
        except Exception:  # our own fault: it must not end what else the server does
            self._protocol.logger.exception(self._protocol.event)
            why = f"something went wrong; the {self._kind.noun}'s log says more"
            return (self._protocol.refuse(Complaint.OUR_FAULT, why),)
