"""Two ways to talk to a server: a hub without sockets whose time stands still, and raw websockets."""

import asyncio
import gc
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket

from signaling.backplane import Enter, Exit, MemoryBackplane, Relay, Revise
from signaling.hub import Hub
from signaling.messages import IceServer
from signaling.outputs import Close, Deliver, Output
from signaling.settings import Limits, Settings
from signaling.wire import encode

ICE = (IceServer(("stun:198.51.100.1:3478",)),)


class World:
    """A hub, its backplane, and what every session was sent, as decoded JSON."""

    def __init__(self, settings: Settings) -> None:
        self.now = 1000.0
        self.backplane = MemoryBackplane()
        self.hub = Hub(settings, ice=lambda sid: ICE)
        self.stuck: set[str] = set()
        self.closed: dict[str, Close] = {}
        self._inboxes: dict[str, list[dict]] = {}

    def connect(self, sid: str) -> None:
        self._inboxes[sid] = []
        self.carry_out(self.hub.receive_connection(sid, self.now))

    def say(self, sid: str, t: str, **fields: object) -> list[dict]:
        """Send a message, and take what its sender was sent since."""
        return self.send(sid, json.dumps({"t": t} | fields))

    def send(self, sid: str, frame: str | bytes) -> list[dict]:
        self.carry_out(self.hub.receive_frame(sid, frame, self.now))
        return self.take(sid)

    def take(self, sid: str) -> list[dict]:
        """Take what a session was sent since it was last asked."""
        taken, self._inboxes[sid] = self._inboxes[sid], []
        return taken

    def member(self, sid: str, *rooms: str, **hello: object) -> str:
        """Connect and join under the session's own id as the name; forget the answers."""
        self.connect(sid)
        self.say(sid, "hello", **{"peer": sid} | hello)
        for room in rooms:
            self.say(sid, "join", room=room)
        for inbox in self._inboxes.values():
            inbox.clear()
        return sid

    def disconnect(self, sid: str) -> None:
        self.carry_out(self.hub.receive_disconnect(sid))

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.carry_out(self.hub.handle_timer(self.now))

    def carry_out(self, outputs: list[Output]) -> None:
        work = deque(outputs)
        while work:
            match work.popleft():
                case Deliver(sid=sid) as delivery if sid in self.stuck and sid not in self.closed:
                    work.extend(self.hub.receive_overflow(delivery))
                case Deliver(sid=sid, message=message):
                    if sid not in self.closed:
                        self._inboxes[sid].append(json.loads(encode(message)))
                case Close(sid=sid) as close:
                    self.closed[sid] = close
                case (Enter() | Exit() | Revise() | Relay()) as order:
                    for report in self.backplane.carry(order):
                        work.extend(self.hub.receive_report(report))


@pytest.fixture
def make_world() -> Callable[..., World]:
    def make(**limits: float) -> World:
        return World(Settings(limits=Limits(**limits)))

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def call(world):
    """Alice and Bob in room r, Carol in a room of her own."""
    world.member("alice", "r")
    world.member("bob", "r")
    world.member("carol", "other")
    return world


@pytest.fixture
def no_collection() -> Iterator[None]:
    """No garbage collection while JSON is read to the end of the stack.

    One that starts down there has no room left for its callbacks (hypothesis has one), and Python
    reports the RecursionError of those as a failure of its own.
    """
    gc.disable()
    yield
    gc.enable()


class Wire:
    """A websocket that speaks JSON and nothing else."""

    def __init__(self, websocket: ClientConnection) -> None:
        self.websocket = websocket

    async def say(self, t: str, **fields: object) -> None:
        await self.websocket.send(json.dumps({"t": t} | fields))

    async def hear(self) -> dict:
        async with asyncio.timeout(5):
            return json.loads(await self.websocket.recv())

    async def ask(self, t: str, **fields: object) -> dict:
        await self.say(t, **fields)
        return await self.hear()

    async def close_code(self) -> int:
        """Read until the server closes, and say with which code."""
        async with asyncio.timeout(5):
            async for _ in _until_closed(self.websocket):
                pass
            await self.websocket.wait_closed()
        assert self.websocket.close_code is not None
        return self.websocket.close_code


async def _until_closed(websocket: ClientConnection) -> AsyncIterator[str | bytes]:
    from websockets.exceptions import ConnectionClosed

    try:
        while True:
            yield await websocket.recv()
    except ConnectionClosed:
        return


Dial = Callable[..., AbstractAsyncContextManager[Wire]]


@pytest.fixture
def dial() -> Dial:
    """Open raw websockets, with the right subprotocol unless another is asked for."""

    @asynccontextmanager
    async def dial_one(
        url: str, *, subprotocols: tuple[str, ...] | None = ("hairpin.v1",), **options: object
    ) -> AsyncIterator[Wire]:
        async with connect_websocket(
            url, subprotocols=subprotocols, compression=None, proxy=None, close_timeout=1, **options
        ) as websocket:
            yield Wire(websocket)

    return dial_one
