"""A recorder between clients and a server: it passes on what both say, and keeps every frame."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State
from websockets.typing import Subprotocol

from signaling.messages import PATH, SUBPROTOCOL
from signaling.schema.jsonschema import Side


@dataclass(slots=True)
class Recorder:
    """What was said, in order, and the place to connect to instead of the server's."""

    url: str = ""
    frames: list[tuple[Side, str | bytes]] = field(default_factory=list)

    def said(self, side: Side) -> list[str]:
        """The text frames of one side."""
        return [each for who, each in self.frames if who is side and isinstance(each, str)]


Socket = ClientConnection | ServerConnection


@contextlib.asynccontextmanager
async def record(url: str) -> AsyncIterator[Recorder]:
    """Stand between a server and its clients for as long as the context lasts."""
    recorder = Recorder()

    async def pass_on(side: Side, source: Socket, sink: Socket) -> None:
        try:
            while True:
                frame = await source.recv()
                recorder.frames.append((side, frame))
                await sink.send(frame)
        except ConnectionClosed:
            if source.close_code in {None, 1005, 1006}:
                sink.transport.abort()  # it was cut, so it is cut for the other, too
            elif sink.state is State.OPEN:
                await sink.close(source.close_code or 1000, source.close_reason or "")

    async def stand_between(near: ServerConnection) -> None:
        async with (
            connect_websocket(
                url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                proxy=None,
                max_size=None,
            ) as far,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(pass_on(Side.CLIENT, near, far))
            group.create_task(pass_on(Side.SERVER, far, near))

    async with serve_websockets(
        stand_between,
        "127.0.0.1",
        0,
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        compression=None,
        max_size=None,
        close_timeout=1,
    ) as listening:
        host, port = next(iter(listening.sockets)).getsockname()[:2]
        recorder.url = f"ws://{host}:{port}{PATH}"
        yield recorder
