"""A small HTTP server of our own for webhooks: it answers as a test says, and remembers what it was asked."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    line: str
    headers: dict[str, str]
    body: bytes


def http(status: int, body: bytes, *headers: str) -> bytes:
    """An answer after which the connection stays."""
    lines = (f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*lines, "", "")).encode() + body


Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[bytes | None]]


@dataclass
class WebServer:
    """What it was asked, over how many connections; `answer` gives the bytes, or None to hang up."""

    answer: Answer
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *rest = head.decode().split("\r\n")[:-2]
                headers = {name.lower(): value for name, value in (one.split(": ") for one in rest)}
                body = await reader.readexactly(int(headers["content-length"]))
                asked = Asked(line, headers, body)
                self.asked.append(asked)
                answer = await self._answer_or_hang_up(asked, reader, writer)
                if answer is None:
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_connections -= 1
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer_or_hang_up(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        answering = asyncio.ensure_future(self.answer(asked, writer))
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
            return answering.result() if answering.done() else None
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.wait((answering, leaving))


@asynccontextmanager
async def web_server(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[WebServer]:
    """Serve on a port of 127.0.0.1 that the system chooses; who is still connected at the end is cut off."""
    web = WebServer(answer)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(web.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    web.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.sockets[0].getsockname()[1]}/turn-users"
    try:
        yield web
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5)
        await server.wait_closed()
