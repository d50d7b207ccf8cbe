"""Two ways to talk to a server: a hub without sockets whose time stands still, and raw websockets."""

import asyncio
import datetime as dt
import functools
import gc
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket

from signaling.backplane import MemoryBackplane
from signaling.gate import Admit, Authenticate, OpenGate
from signaling.hub.hub import Hub
from signaling.journal import Noted
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import Order as DeskOrder
from signaling.matchmaking.ledger.dealings import Report as DeskReport
from signaling.messages import IceServer
from signaling.outputs import Close, Deliver, Output
from signaling.server import Server
from signaling.server import serve as serve_signaling
from signaling.settings import Limits, Settings
from signaling.tls import TlsFiles
from signaling.transports.listener import Transport

ICE = (IceServer(("stun:198.51.100.1:3478",)),)


class World:
    """A hub, its backplane, and what every connection was sent, as decoded JSON.

    A message's number (`seq`) is looked at here and taken out: each session has them from 1 on.
    """

    def __init__(self, settings: Settings, queues: Sequence[Queue] = ()) -> None:
        self.now = 1000.0
        self.backplane = MemoryBackplane()
        self.gate = OpenGate()
        self.hub = Hub(settings, ice=lambda sid, region: ICE, queues=queues)
        self.desk: list[DeskOrder] = []
        self.stuck: set[str] = set()
        self.closed: dict[str, Close] = {}
        self.noted: list[Noted] = []
        self.seqs: dict[str, int] = {}
        self._inboxes: dict[str, list[dict]] = {}

    def connect(self, cid: str) -> None:
        self._inboxes[cid] = []
        self.carry_out(self.hub.receive_connection(cid, "198.51.100.7", self.now))

    def say(self, cid: str, t: str, **fields: object) -> list[dict]:
        """Send a message, and take what its sender was sent since."""
        return self.send(cid, json.dumps({"t": t} | fields))

    def send(self, cid: str, frame: str | bytes) -> list[dict]:
        self.carry_out(self.hub.receive_frame(cid, frame, self.now))
        return self.take(cid)

    def hear(self, report: DeskReport) -> None:
        """Let the desk report."""
        self.carry_out(self.hub.receive_desk_report(report, self.now))

    def ordered(self) -> list[DeskOrder]:
        """Take what the desk was asked since it was last looked at."""
        taken, self.desk = self.desk, []
        return taken

    def take(self, cid: str) -> list[dict]:
        """Take what a connection was sent since it was last asked."""
        taken, self._inboxes[cid] = self._inboxes[cid], []
        return taken

    def member(self, cid: str, *rooms: str, **hello: object) -> str:
        """Connect and join under the session's own id as the name; forget the answers."""
        self.connect(cid)
        self.say(cid, "hello", **{"peer": cid} | hello)
        for room in rooms:
            self.say(cid, "join", room=room)
        for inbox in self._inboxes.values():
            inbox.clear()
        return cid

    def disconnect(self, cid: str, code: int = 1006) -> None:
        self.carry_out(self.hub.receive_disconnect(cid, code, self.now))

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.carry_out(self.hub.handle_timer(self.now))

    def carry_out(self, outputs: list[Output]) -> None:
        work = deque(outputs)
        while work:
            match work.popleft():
                case Deliver(cid, frame):
                    work.extend(self._deliver(cid, frame))
                case Close(cid=cid) as close:
                    self.closed[cid] = close
                case Noted() as noted:
                    self.noted.append(noted)
                case (Authenticate() | Admit()) as asked:
                    for answer in self.gate.carry(asked):
                        work.extend(self.hub.receive_gate_report(answer, self.now))
                case order if isinstance(order, DeskOrder):
                    self.desk.append(order)
                case order:
                    for report in self.backplane.carry(order):
                        work.extend(self.hub.receive_report(report, self.now))

    def _deliver(self, cid: str, frame: bytes) -> list[Output]:
        if cid in self.closed:
            return []
        if cid in self.stuck:
            return self.hub.receive_overflow(cid, frame, self.now)
        message = json.loads(frame)
        seq = message.pop("seq", None)
        if message["t"] == "welcome":
            self.seqs[cid] = 0
        if seq is not None:
            assert self.seqs[cid] in (0, seq - 1)
            self.seqs[cid] = seq
        self._inboxes[cid].append(message)
        return []


@pytest.fixture
def make_world() -> Callable[..., World]:
    def make(**limits: float) -> World:
        return World(Settings(limits=Limits(**limits), resume_key=b"key"))

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
        async with asyncio.timeout(20):
            return json.loads(await self.websocket.recv())

    async def ask(self, t: str, **fields: object) -> dict:
        await self.say(t, **fields)
        return await self.hear()

    async def close_code(self) -> int:
        """Read until the server closes, and say with which code."""
        async with asyncio.timeout(20):
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


def _write_certificate(files: TlsFiles, name: str, password: bytes | None = None) -> None:
    """Make a key and a certificate that it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2099))
        .sign(key, hashes.SHA256())
    )
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    encryption = (
        serialization.NoEncryption()
        if password is None
        else serialization.BestAvailableEncryption(password)
    )
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )


@pytest.fixture
def write_certificate() -> Callable[..., None]:
    return _write_certificate


@pytest.fixture(params=list(Transport), ids=lambda each: each.value)
def serve(request: pytest.FixtureRequest) -> Callable[..., AbstractAsyncContextManager[Server]]:
    """Run a server, once over each transport."""
    return functools.partial(serve_signaling, transport=request.param)
