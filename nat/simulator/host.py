"""A host: the addresses it has, the sockets on it, and the code that runs there.

Which host code runs on is a context variable, so that unmodified code, and every task and timer it
starts, binds to "its" host.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self, TypeVar, assert_never
from typing import Protocol as Interface

from nat.fragments import Reassembler
from nat.packets import Address, DropReason, Fragment, IcmpEcho, IcmpError, Packet, Protocol
from nat.segments import RawSegment
from nat.simulator.errors import NoHostError, WorldError
from nat.simulator.links import Port
from nat.simulator.network import Network
from nat.simulator.node import DEFAULT_INTERFACE, Node
from nat.simulator.segment import Segment
from nat.simulator.tcp import TcpStack
from nat.simulator.udp import UdpStack

T = TypeVar("T")

_UDP: Final = Protocol.UDP

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


async def start_later(offset: float, coroutine: Coroutine[Any, Any, T]) -> T:
    """Sleep, then do what is to be done."""
    await asyncio.sleep(offset)
    return await coroutine


class Place(Interface):
    """What a host can be plugged into: a NAT or firewall, for the LAN behind it, or a segment."""

    @property
    def lan(self) -> Segment:
        """The segment."""


class Body(Interface):
    """What a host is in reality, where packets of the world go out to real sockets."""

    def receive(self, packet: Packet, number: int) -> None:
        """Take a packet that was sent to the host."""

    def rewire(self) -> None:
        """Follow a change of the host's interfaces."""


class Host:
    """A machine in the world. `Simulation.host` and `Nat.host` make them.

    Attributes:
        name: how the trace calls it.
        body: takes its packets instead of the sockets here, where the host is a real one, too.
        node: its addresses and its place in the network.
        udp: its UDP sockets.
        tcp: its TCP connections.
    """

    def __init__(self, network: Network, name: str) -> None:
        self.name = name
        self.body: Body | None = None
        self.node = Node(network, name, self.receive)
        self.udp = UdpStack(self.node)
        self.tcp = TcpStack(self.node)
        self._reassembler: Reassembler | None = None

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
        """Where its first interface is plugged in."""
        return self.node.port_of()

    @property
    def ports(self) -> tuple[Port, ...]:
        """Where all its interfaces are plugged in."""
        return tuple(one.port for one in self.node.attachments)

    # where it is

    def attach(self, place: Place, *addresses: str, interface: str = DEFAULT_INTERFACE) -> None:
        """Plug an interface into a LAN or the internet.

        Args:
            place: a NAT or firewall, or `Simulation.internet`.
            addresses: what the host has there; free ones if none are given.
            interface: its name, such as "wifi". One of that name is unplugged before.

        Raises:
            WorldError: an address is taken, is none, or does not belong there.
        """
        segment = place.lan
        node = self.node
        label = "" if interface == DEFAULT_INTERFACE else interface
        port = Port(node.network, self.name, segment, self.receive, segment.usual, label)
        others = [one for one in node.attachments if one.name != interface]
        elsewhere = [address for one in others for address in one.addresses]
        for address in addresses:
            if address in elsewhere:
                raise WorldError(f"{self.name} has {address} already, on another interface")
        node.plug_in(port, addresses or segment.free_addresses(elsewhere), interface)
        self._rewire()

    def move(self, place: Place, *addresses: str, interface: str = DEFAULT_INTERFACE) -> None:
        """Plug an interface into another network, while programs run.

        The host has other addresses then. Sockets that are bound to the old ones stay open, hear
        nothing, and cannot send (over IPv4: ENETUNREACH); sockets bound to any address use the new
        ones. What was on its way to the old address is lost.

        Raises:
            WorldError: there is no such interface, or an address is taken, is none, or does not
                belong there.
        """
        known = [one.name for one in self.node.attachments]
        if interface not in known:
            raise WorldError(f"{self.name} has no interface {interface!r}; it has {known}")
        self.attach(place, *addresses, interface=interface)

    def detach(self, interface: str = DEFAULT_INTERFACE) -> None:
        """Unplug an interface; its addresses are gone.

        Raises:
            KeyError: there is no such interface.
        """
        self.node.unplug(interface)
        self._rewire()

    def _rewire(self) -> None:
        if self.body is not None:
            self.body.rewire()

    # what runs there

    def start(
        self,
        group: asyncio.TaskGroup,
        coroutine: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        offset: float | None = None,
    ) -> asyncio.Task[T]:
        """Start a task of the group on this host, a little later than now.

        Peers that start at the same moment hide races, so each start has an offset of its own,
        which the seed decides.

        Args:
            offset: seconds until it starts; a random time within `World.start_spread` if none is
                given.
        """
        context = self.context()
        network = self.node.network
        if offset is None:
            offset = network.start_spread and (
                network.stream("start", self.name).random() * network.start_spread
            )
        if not offset:
            return group.create_task(coroutine, name=name or self.name, context=context)
        task = group.create_task(
            start_later(offset, coroutine), name=name or self.name, context=context
        )
        task.add_done_callback(lambda _: coroutine.close())
        return task

    def context(self) -> contextvars.Context:
        """A copy of the caller's context, but on this host."""
        context = contextvars.copy_context()
        context.run(_current.set, self)
        return context

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
        if self.body is not None:
            self.body.receive(packet, number)
        elif packet[0] is _UDP and packet[3].__class__ is not Fragment:  # nearly all there are
            self.udp.receive(packet, number)
        else:
            self.take(packet, number)

    def take(self, packet: Packet, number: int) -> None:
        """Give a packet to the sockets here, whatever body the host has."""
        match packet.protocol:
            case Protocol.UDP:
                if packet[3].__class__ is Fragment:
                    self._receive_piece(packet, number)
                else:
                    self.udp.receive(packet, number)
            case Protocol.TCP if packet[3].__class__ is RawSegment:
                detail = f"{self.name} is simulated, and speaks no real TCP"
                self.node.note_dropped(packet, number, DropReason.CLOSED_PORT, detail)
            case Protocol.TCP:
                self.tcp.receive(packet, number)
            case Protocol.ICMP:
                self._receive_icmp(packet, number)
            case unknown:
                assert_never(unknown)

    def _receive_icmp(self, packet: Packet, number: int) -> None:
        """RFC 1122 §3.2.2: errors go to whoever sent what they quote, and echoes are answered."""
        self.node.note_delivered(packet, number)
        payload = packet.payload
        if isinstance(payload, IcmpError):
            stack = self.tcp if payload.original.protocol is Protocol.TCP else self.udp
            stack.receive_error(payload)
        elif isinstance(payload, IcmpEcho) and not payload.reply:
            here = Address(packet.destination.host, 0)
            answer = replace(payload, reply=True)
            self.node.send(Packet(Protocol.ICMP, here, packet.source, answer))

    def _receive_piece(self, packet: Packet, number: int) -> None:
        if self._reassembler is None:
            self._reassembler = Reassembler()
        whole = self._reassembler.take(packet, self.node.network.clock.monotonic())
        if whole is not None:
            self.udp.receive(whole, number)

    def shut_down(self) -> None:
        """Forget all sockets, as at the end of a run."""
        self.udp.clear()
        self.tcp.clear()
        self._reassembler = None
