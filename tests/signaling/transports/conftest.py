"""A listener over either transport with an echo above it, and a client that can break every rule."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from signaling.addresses import Addresses
from signaling.codes import CloseCode
from signaling.handshake import Admitted, Answer, Condition, Door, Opening
from signaling.settings import Limits, Settings
from signaling.transports.connection import Connection
from signaling.transports.listener import Listener, Transport

OPENING = (
    b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: hairpin.v1\r\n"
)


class Echo:
    """A shell that sends back what it hears, and keeps a diary."""

    def __init__(self) -> None:
        self.condition = Condition()
        self.connections: list[Connection] = []
        self.heard: list[str | bytes] = []
        self.ended: list[tuple[int, bool]] = []
        self.failures: list[str] = []
        self.slow: list[Connection] = []
        self.door: Door

    def answer(self, opening: Opening) -> Answer | Admitted:
        return self.door.answer(opening, 0.0)

    def opened(self, connection: Connection) -> None:
        connection.cid = f"c{len(self.connections)}"
        self.connections.append(connection)

    def received(self, connection: Connection, frame: str | bytes) -> None:
        self.heard.append(frame)
        self.send(connection, frame.encode() if isinstance(frame, str) else frame)

    def send(self, connection: Connection, frame: bytes) -> None:
        if not connection.send(frame):
            self.slow.append(connection)
            connection.close(CloseCode.SLOW_CONSUMER, "messages are not read fast enough")

    def closed(self, connection: Connection) -> None:
        self.ended.append((connection.close_code, connection.closed_by_us))

    def failed(self, connection: Connection) -> None:
        self.failures.append(connection.failure.why)


class Raw:
    """A client of the wire: whatever bytes it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def open(self, *headers: str, behind: bytes = b"") -> bytes:
        """Send the opening request, and give the head of the answer."""
        self.writer.write(
            OPENING + b"".join(h.encode() + b"\r\n" for h in headers) + b"\r\n" + behind
        )
        return await self.head()

    async def head(self) -> bytes:
        async with asyncio.timeout(20):
            return await self.reader.readuntil(b"\r\n\r\n")

    def frame(
        self, opcode: int, payload: bytes = b"", *, bits: int = 0x80, mask: bool = True
    ) -> None:
        self.writer.write(frame(opcode, payload, bits=bits, mask=mask))

    async def hear(self) -> tuple[int, bytes]:
        """Give the next frame: opcode and payload."""
        async with asyncio.timeout(20):
            first, length = await self.reader.readexactly(2)
            if length == 126:
                (length,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return first & 0x0F, await self.reader.readexactly(length)

    async def hear_close(self) -> int:
        """Give the code of the close frame, passing over what comes before."""
        while True:
            opcode, payload = await self.hear()
            if opcode == 8:
                return int.from_bytes(payload[:2], "big")

    async def rest(self) -> bytes:
        """Read until the other side hangs up, however it does."""
        async with asyncio.timeout(20):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


def frame(opcode: int, payload: bytes = b"", *, bits: int = 0x80, mask: bool = True) -> bytes:
    flag = 0x80 if mask else 0
    head = bytes((bits | opcode,))
    if len(payload) < 126:
        head += bytes((flag | len(payload),))
    elif len(payload) < 65536:
        head += bytes((flag | 126,)) + struct.pack("!H", len(payload))
    else:
        head += bytes((flag | 127,)) + struct.pack("!Q", len(payload))
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


class Stand:
    """A listener and its echo."""

    def __init__(self, listener: Listener, shell: Echo) -> None:
        self.listener = listener
        self.shell = shell

    @asynccontextmanager
    async def dial(self) -> AsyncIterator[Raw]:
        place = self.listener.places[0]
        assert isinstance(place, tuple)
        reader, writer = await asyncio.open_connection(*place)
        try:
            yield Raw(reader, writer)
        finally:
            writer.transport.abort()

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the loop turn until something is so."""
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.001)


@pytest.fixture(params=list(Transport), ids=lambda each: each.value)
def transport(request: pytest.FixtureRequest) -> Transport:
    return request.param


MakeStand = Callable[..., AbstractAsyncContextManager[Stand]]


@pytest.fixture
def make_stand(transport: Transport) -> MakeStand:
    @asynccontextmanager
    async def make(
        settings: Settings | None = None,
        tls: Callable[[], object] | None = None,
        **limits: float,
    ) -> AsyncIterator[Stand]:
        settings = settings or Settings(limits=Limits(**limits), close_timeout=0.2)
        shell = Echo()
        shell.door = Door(settings, Addresses(settings.limits), lambda: shell.condition)
        listener = Listener(settings, shell, shell.door, transport, tls)
        await listener.open([("127.0.0.1", 0)])
        try:
            yield Stand(listener, shell)
        finally:
            async with asyncio.timeout(20):
                await listener.close(CloseCode.SERVICE_RESTART, "the server is closing")
        assert len(listener) == 0

    return make


@pytest.fixture
def raw_frame() -> Callable[..., bytes]:
    return frame
