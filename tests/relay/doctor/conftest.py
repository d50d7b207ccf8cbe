"""An examination without sockets: a relay core, clients and peers in one small world, and lines that fail as told."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from relay.doctor.instruments import Line, Peer, Trust
from relay.doctor.troubles import LineError, Trouble
from relay.fivetuple import FiveTuple, Transport
from relay.outputs import Output, SendToClient, SendToPeer
from stunwire import Address

HERE = "9.9.9.9"


@dataclass
class CoreLine:
    """A line to the core of a world."""

    lab: "Lab"
    five_tuple: FiveTuple
    came: deque[bytes] = field(default_factory=deque)

    async def send(self, frame: bytes) -> None:
        self.lab.sent += 1
        if self.five_tuple.transport is Transport.UDP:
            self.lab.play(self.lab.world.receive(frame, self.five_tuple.client))
        else:
            self.lab.play(self.lab.world.receive_frame(frame, self.five_tuple))

    async def receive(self, within: float) -> bytes | None:
        return self.came.popleft() if self.came else None

    async def close(self) -> None:
        self.lab.lines.pop(self.five_tuple)


@dataclass
class CorePeer:
    """A peer on the same host as the client."""

    lab: "Lab"
    port: int
    came: deque[tuple[bytes, Address]] = field(default_factory=deque)

    async def send(self, data: bytes, to: Address) -> None:
        for allocation in self.lab.world.relay.state.registry.all():
            if allocation.relayed == to and not self.lab.firewalled:
                source = Address(HERE, self.port)
                self.lab.play(self.lab.world.receive_from_peer(allocation.number, data, source))

    async def receive(self, within: float) -> tuple[bytes, Address] | None:
        return self.came.popleft() if self.came else None

    async def close(self) -> None:
        del self.lab.peers[self.port]


@dataclass
class Lab:
    """The instruments of an examination, played by a world.

    Attributes:
        firewalled: Nothing reaches relayed addresses from outside.
        nat_is_wrong: Packets of the relay come from where its sockets are bound.
        skew: How far the server's wall clock is ahead of ours.
        trouble: What every line comes to.
    """

    world: Any
    firewalled: bool = False
    nat_is_wrong: bool = False
    skew: float = 0.0
    trouble: Callable[[Transport, Trust], Trouble | None] = lambda transport, trust: None
    lines: dict[FiveTuple, CoreLine] = field(default_factory=dict)
    peers: dict[int, CorePeer] = field(default_factory=dict)
    sent: int = 0
    ports: Any = field(default_factory=lambda: count(40000))

    async def resolve(self, host: str, port: int) -> Address:
        if host.endswith(".invalid"):
            raise LineError(Trouble.UNRESOLVED)
        server: Address = self.world.settings.listen[0]
        return Address(server.host if host == "turn.example" else host, port)

    async def open_line(
        self, transport: Transport, server: Address, name: str, trust: Trust
    ) -> Line:
        trouble = self.trouble(transport, trust)
        if trouble is not None:
            raise LineError(trouble)
        client = Address(HERE, next(self.ports))
        line = CoreLine(self, FiveTuple(client, server, transport))
        self.lines[line.five_tuple] = line
        return line

    async def open_peer(self, server: Address) -> Peer:
        peer = CorePeer(self, next(self.ports))
        self.peers[peer.port] = peer
        return peer

    def transaction_id(self) -> bytes:
        made: bytes = self.world.transaction_id()
        return made

    def now(self) -> float:
        now: float = self.world.now
        return now

    def unix_now(self) -> float:
        unix_now: float = self.world.unix_now - self.skew
        return unix_now

    def play(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case SendToClient(five_tuple, data):
                    self.lines[five_tuple].came.append(data)
                case SendToPeer(number, peer, data):
                    self._pass_to_peer(number, peer, data)

    def _pass_to_peer(self, number: int, to: Address, data: bytes) -> None:
        registry = self.world.relay.state.registry
        sender = registry.get(number)
        bound = Address(sender.interface.bound, sender.port)
        if to.host == HERE and to.port in self.peers:
            source = bound if self.nat_is_wrong else sender.relayed
            self.peers[to.port].came.append((data, source))
        for other in registry.all():
            if Address(other.interface.bound, other.port) == to:
                self.play(self.world.receive_from_peer(other.number, data, bound))


@pytest.fixture
def make_lab(make_world: Any) -> Callable[..., Lab]:
    def make(lab: dict[str, Any] | None = None, **settings: Any) -> Lab:
        return Lab(make_world(**settings), **(lab or {}))

    return make


class ScriptedLine:
    """A line on which somebody answers as a function says; None for silence."""

    def __init__(self, answer: Callable[[bytes], bytes | LineError | None]) -> None:
        self._answer = answer
        self._came: deque[bytes | LineError | None] = deque()
        self.sent: list[bytes] = []
        self.waits: list[float] = []
        self.is_open = True

    async def send(self, frame: bytes) -> None:
        self.sent.append(frame)
        self._came.append(self._answer(frame))

    async def receive(self, within: float) -> bytes | None:
        self.waits.append(within)
        item = self._came.popleft() if self._came else None
        if isinstance(item, LineError):
            raise item
        return item

    async def close(self) -> None:
        self.is_open = False


@pytest.fixture
def scripted() -> type[ScriptedLine]:
    return ScriptedLine
