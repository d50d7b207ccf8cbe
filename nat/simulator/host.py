"""A host: the addresses it has, the sockets on it, and the code that runs there.

Which host code runs on is a context variable, so that unmodified code, and every task and timer it
starts, binds to "its" host.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Coroutine
from types import TracebackType
from typing import Any, Final, Self, TypeVar, assert_never

from nat.packets import Packet, Protocol
from nat.simulator.errors import NoHostError
from nat.simulator.network import Network, Port
from nat.simulator.node import Node
from nat.simulator.tcp import TcpStack
from nat.simulator.udp import UdpStack

T = TypeVar("T")

_current: Final[contextvars.ContextVar["Host"]] = contextvars.ContextVar("current_host")
_entered: Final[contextvars.ContextVar[tuple[contextvars.Token["Host"], ...]]] = (
    contextvars.ContextVar("entered_hosts", default=())
)


def current_host() -> "Host":
    """The host on which the calling code runs.

    Raises:
        NoHostError: it runs on none.
    """
    host = _current.get(None)
    if host is None:
        raise NoHostError(
            "this code runs on no host: start it with host.start(group, coroutine), await"
            " host.run(coroutine), or write `with host:` around it"
        )
    return host


def host_in(context: contextvars.Context | None = None) -> "Host | None":
    """The host of a context, or of the calling code; None where there is none."""
    return _current.get(None) if context is None else context.get(_current)


class Host:
    """A machine in the world. `Simulation.host` and `Nat.host` make them.

    Attributes:
        name: how the trace calls it.
        node: its addresses and its place in the network.
        udp: its UDP sockets.
        tcp: its TCP connections.
    """

    def __init__(self, network: Network, name: str, addresses: tuple[str, ...]) -> None:
        self.name = name
        self.node = Node(network, name, addresses, self.receive)
        self.udp = UdpStack(self.node)
        self.tcp = TcpStack(self.node)

    def __repr__(self) -> str:
        return f"<Host {self.name} {' '.join(self.addresses)}>"

    @property
    def addresses(self) -> tuple[str, ...]:
        """All its addresses; the first of a family is the source of what it sends."""
        return self.node.addresses

    @property
    def address(self) -> str:
        """The first address."""
        return self.node.addresses[0]

    @property
    def port(self) -> Port:
        """Where it is plugged in."""
        return self.node.port

    def start(
        self,
        group: asyncio.TaskGroup,
        coroutine: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
    ) -> asyncio.Task[T]:
        """Start a task of the group on this host."""
        context = contextvars.copy_context()
        context.run(_current.set, self)
        return group.create_task(coroutine, name=name or self.name, context=context)

    async def run(self, awaitable: Awaitable[T]) -> T:
        """Run a coroutine on this host and wait for it."""
        with self:
            return await awaitable

    def __enter__(self) -> Self:
        _entered.set((*_entered.get(), _current.set(self)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        *rest, token = _entered.get()
        _current.reset(token)
        _entered.set(tuple(rest))

    def receive(self, packet: Packet, number: int) -> None:
        """Take a packet that was sent to this host."""
        match packet.protocol:
            case Protocol.UDP:
                self.udp.receive(packet, number)
            case Protocol.TCP:
                self.tcp.receive(packet, number)
            case Protocol.ICMP:
                self.node.note_delivered(packet, number)
                self.udp.receive_error(packet.payload.original)
            case unknown:
                assert_never(unknown)

    def shut_down(self) -> None:
        """Forget all sockets, as at the end of a run."""
        self.udp.clear()
        self.tcp.clear()
