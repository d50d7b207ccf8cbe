"""A server that speaks enough of Redis' protocol for redis-py, with the stand-in behind it."""

import asyncio
from collections.abc import Iterable
from typing import Any

import hiredis

from signaling.nodes import scripts
from tests.signaling.nodes.standin import Store

SCRIPTS = {scripts.digest(name).encode(): name for name in scripts.NAMES}


class RespServer:
    """Listens on the host that it is started on; may be stopped, and started again with its memory."""

    def __init__(self, host: str, port: int = 6379) -> None:
        self.place = (host, port)
        self.store = Store("run1")
        self.runs = 1
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self._inboxes: dict[bytes, set[asyncio.StreamWriter]] = {}

    @property
    def url(self) -> str:
        return "redis://{}:{}".format(*self.place)

    async def start(self, *, empty: bool = False) -> None:
        if empty:
            self.store = Store("")
        self.runs += 1
        self.store.run = f"run{self.runs}"
        self._server = await asyncio.start_server(self._serve, *self.place)

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._connections:
            writer.transport.abort()
        self._inboxes.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = hiredis.Reader()
        self._connections.add(writer)
        try:
            while data := await reader.read(65536):
                parser.feed(data)
                while (command := parser.gets()) is not False:
                    writer.write(self._answer(command, writer))
        except OSError:
            pass
        finally:
            self._connections.discard(writer)
            for listening in self._inboxes.values():
                listening.discard(writer)
            writer.transport.abort()

    def _answer(self, command: list[bytes], writer: asyncio.StreamWriter) -> bytes:
        name, *args = command
        match name.upper():
            case b"EVALSHA":
                return self._evaluate(args)
            case b"PUBLISH":
                return encode(self._publish(*args))
            case b"SUBSCRIBE":
                self._inboxes.setdefault(args[0], set()).add(writer)
                return encode([b"subscribe", args[0], 1])
            case b"INFO":
                return encode(f"# Server\r\nrun_id:{self.store.run}\r\n".encode())
            case b"SET":
                self.store.values.setdefault(args[0].decode(), args[1])
                return b"+OK\r\n"
            case b"GET":
                return encode(self.store.values.get(args[0].decode()))
            case b"PING":
                listens = any(writer in each for each in self._inboxes.values())
                return encode([b"pong", b""]) if listens else b"+PONG\r\n"
            case _:
                return b"+OK\r\n"

    def _evaluate(self, args: list[bytes]) -> bytes:
        digest, _, _, prefix, run, node, life, arguments = args
        now = asyncio.get_running_loop().time()
        result, published = self.store.evaluate(
            SCRIPTS[digest], node.decode(), run.decode(), life.decode(), arguments, now
        )
        for name, letter in published:
            self._publish(prefix + b"inbox:" + name.encode(), letter)
        return encode(result)

    def _publish(self, channel: bytes, letter: bytes) -> int:
        listening = self._inboxes.get(channel, set())
        for writer in listening:
            writer.write(encode([b"message", channel, letter]))
        return len(listening)


def encode(value: Any) -> bytes:
    match value:
        case None:
            return b"$-1\r\n"
        case int():
            return b":%d\r\n" % value
        case str():
            return encode(value.encode())
        case bytes():
            return b"$%d\r\n%b\r\n" % (len(value), value)
        case Iterable():
            items = list(value)
            return b"*%d\r\n%b" % (len(items), b"".join(map(encode, items)))
        case _:
            raise AssertionError(value)
