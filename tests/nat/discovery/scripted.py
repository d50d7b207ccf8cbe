"""A world for a diagnosis whose answers are written by hand, in virtual time."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nat.discovery.network import Datagram, StreamEndpoint
from nat.discovery.surroundings import Interface
from nat.simulator import Simulation
from stunwire import Address, DecodeError, Family, Message, XorMappedAddress, decode

SERVER = Address("198.51.100.1", 3478)
OTHER = Address("198.51.100.2", 3479)
HOME = "192.168.1.2"
OUTSIDE = "203.0.113.1"


@dataclass(frozen=True)
class Reply:
    """What comes back: after how long, from where, and to which socket if not the one that asked."""

    data: bytes
    after: float = 0.02
    source: Address | None = None
    to: int | None = None


Answering = Callable[[Message, Address, Address], Iterable[Reply | OSError]]
"""What comes of a request to an address from a local one; an error comes at once."""


def plain(request: Message, target: Address, local: Address) -> list[Reply]:
    """Answer as a simple server behind which the port stays."""
    mapped = XorMappedAddress(Address(OUTSIDE, local.port))
    return [Reply(request.success(mapped).encode())]


def silent(request: Message, target: Address, local: Address) -> list[Reply]:
    return []


class ScriptedUdp:
    """A socket in a scripted world."""

    def __init__(self, world: "ScriptedNetwork", local: Address) -> None:
        self.local = local
        self.is_closed = False
        self._world = world
        self._queue: asyncio.Queue[Datagram | OSError] = asyncio.Queue()

    def send(self, data: bytes, target: Address) -> None:
        if self.is_closed:
            raise OSError("closed")
        self._world.sent.append((asyncio.get_running_loop().time(), self.local, target, data))
        for reply in self._answers(data, target):
            if isinstance(reply, OSError):
                raise reply
            self._world.deliver(reply, target, self)

    def _answers(self, data: bytes, target: Address) -> Iterable[Reply | OSError]:
        """Nobody answers what is no STUN."""
        try:
            request = decode(data)
        except DecodeError:
            return []
        return self._world.answering(request, target, self.local)

    def hear(self, what: Datagram | OSError) -> None:
        if not self.is_closed:
            self._queue.put_nowait(what)

    async def receive(self) -> Datagram:
        what = await self._queue.get()
        if isinstance(what, OSError):
            raise what
        return what

    def close(self) -> None:
        self.is_closed = True
        self._queue.put_nowait(OSError("closed"))


@dataclass
class ScriptedNetwork:
    """The world; `answering` may be changed at any time."""

    answering: Answering = plain
    names: dict[str, list[Address]] = field(default_factory=dict)
    places: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    sockets: list[ScriptedUdp] = field(default_factory=list)
    sent: list[tuple[float, Address, Address, bytes]] = field(default_factory=list)
    refusal: OSError | None = None
    _ports: Any = field(default_factory=lambda: itertools.count(40000))

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        if host not in self.names:
            raise OSError(f"{host} does not resolve")
        return self.names[host]

    async def services(self, name: str) -> Sequence[tuple[str, int]]:
        if name not in self.places:
            raise OSError(f"{name} does not resolve")
        return self.places[name]

    async def open_udp(
        self,
        towards: Address,
        *,
        port: int = 0,
        interface: str = "",
        source: str = "",
        dont_fragment: bool = False,
    ) -> ScriptedUdp:
        if self.refusal is not None:
            raise self.refusal
        opened = ScriptedUdp(self, Address(HOME, port or next(self._ports)))
        self.sockets.append(opened)
        return opened

    async def open_stream(
        self,
        target: Address,
        *,
        tls: str | None = None,
        port: int = 0,
        interface: str = "",
        source: str = "",
    ) -> StreamEndpoint:
        raise ConnectionRefusedError("connection refused")

    def interfaces(self) -> Sequence[Interface]:
        return (Interface(name="eth0", addresses=(HOME,), is_default=True),)

    def router_print(self, router: str) -> str | None:
        return None

    def gateway(self, family: Family) -> str | None:
        return "192.168.1.1" if family is Family.IPV4 else None

    def deliver(self, reply: Reply, target: Address, asker: ScriptedUdp) -> None:
        loop = asyncio.get_running_loop()
        goal = asker if reply.to is None else self.sockets[reply.to]
        at = loop.time() + reply.after
        datagram = Datagram(reply.data, reply.source or target, at)
        loop.call_at(at, goal.hear, datagram)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run in virtual time."""
    return Simulation().run(work)
