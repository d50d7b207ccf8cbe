"""The unix socket that the admin protocol is spoken on: for its owner alone, with bounds and deadlines."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from relay.admin.messages import LONGEST_REQUEST, Complaint, Refused, encode
from relay.admin.place import Place

MOST_CONNECTIONS = 16
DEADLINE = 30.0
"""Seconds for a request to come, and for an answer to be read."""

logger = logging.getLogger("hairpin.relay.admin")


@asynccontextmanager
async def serve_admin(
    path: Path, answer: Callable[[bytes], Awaitable[bytes]], *, deadline: float = DEADLINE
) -> AsyncIterator[None]:
    """Answer requests as long as the context lasts; the socket is gone afterwards.

    Args:
        path: of the socket; its directory is made if it is missing, for the owner alone.
        answer: from a line to a line.
        deadline: seconds for a request to come, and for an answer to be read.

    Raises:
        AdminError: on entry, when the socket cannot be had; the text says why and what to do.
    """
    place = Place(path)
    connections = _Connections(answer, deadline)
    try:
        server = await asyncio.start_unix_server(
            connections.accept, sock=place.socket, limit=LONGEST_REQUEST
        )
        try:
            yield
        finally:
            server.close()
            await connections.close()
    finally:
        place.close()


class _Connections:
    """The connections there are, each with a task."""

    def __init__(self, answer: Callable[[bytes], Awaitable[bytes]], deadline: float) -> None:
        self._answer = answer
        self._deadline = deadline
        self._open: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin to answer a connection."""
        if len(self._open) >= MOST_CONNECTIONS:
            why = f"expected at most {MOST_CONNECTIONS} connections at once"
            writer.write(encode(Refused(complaint=Complaint.BUSY, why=why)))
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        """Break off all, and wait until they are."""
        tasks = tuple(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await self._read(reader):
                writer.write(await self._answered(line))
                async with asyncio.timeout(self._deadline):
                    await writer.drain()
        except asyncio.LimitOverrunError:
            why = f"expected a line of at most {LONGEST_REQUEST} bytes"
            writer.write(encode(Refused(complaint=Complaint.BAD_REQUEST, why=why)))
        except (TimeoutError, ConnectionError):
            pass  # whoever it was does not listen any more
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        """Read one line; empty at the end."""
        try:
            async with asyncio.timeout(self._deadline):
                return await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return b""

    async def _answered(self, line: bytes) -> bytes:
        try:
            return await self._answer(line)
        except Exception:  # our own fault: it must not end every call that is relayed
            logger.exception("relay.admin.failed")
            return encode(Refused(complaint=Complaint.INTERNAL, why="the relay's log says more"))
