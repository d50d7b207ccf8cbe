"""TCP on a host: connections that come and go, and which of them gets a segment."""

import enum
import errno
from collections.abc import Callable

from nat.packets import Address, DropReason, IcmpError, IcmpKind, Packet, Protocol
from nat.segments import Kind, Segment
from nat.simulator.connection import Connection
from nat.simulator.node import WILDCARDS, Node, overlaps
from nat.simulator.udp import error_of

Accept = Callable[[Connection], None]
"""Gets a connection that was made to a listening address."""


class Sharing(enum.Enum):
    """Whether others may have the same local address: SO_REUSEPORT."""

    ALONE = "alone"
    SHARED = "shared"


class TcpStack:
    """All TCP connections and listeners of a host."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._connections: dict[tuple[Address, Address], Connection] = {}
        self._bound: dict[Address, list[Sharing]] = {}
        self._listeners: dict[Address, Accept] = {}

    def bind(self, address: Address, sharing: Sharing = Sharing.ALONE) -> Address:
        """Take a local address; port 0 means any.

        Raises:
            OSError: it is in use or not the host's.
        """
        self.node.check_bindable(address.host)
        chosen = self.node.choose_port(address, lambda one: self._is_bound(one, sharing))
        self._bound.setdefault(chosen, []).append(sharing)
        return chosen

    def release(self, address: Address) -> None:
        """Give a local address back. Connections from it stay."""
        holders = self._bound.get(address, [])
        if len(holders) > 1:
            holders.pop()
        else:
            self._bound.pop(address, None)

    def listen(self, address: Address, accept: Accept) -> None:
        """Accept connections to an address that was taken."""
        self._listeners[address] = accept

    def unlisten(self, address: Address) -> None:
        """Stop listening. Connections made stay."""
        self._listeners.pop(address, None)

    def connect(self, remote: Address, local: Address | None = None) -> Connection:
        """Begin a connection from an address that was taken, or from whichever fits.

        Raises:
            OSError: there is no way, or such a connection is there already.
        """
        if local is None:
            source = Address(self.node.source_for(remote.host), 0)
            source = self.node.choose_port(source, lambda one: self._is_used(one, remote))
        else:
            host = self.node.source_for(remote.host) if local.host in WILDCARDS else local.host
            source = Address(host, local.port)
            if (source, remote) in self._connections:
                raise OSError(errno.EADDRINUSE, f"Address already in use: {source} to {remote}")
        connection = self._add(source, remote)
        connection.open()
        return connection

    def receive(self, packet: Packet, number: int) -> None:
        """Give a segment to its connection or listener; answer with a reset if there is none."""
        _, source, destination, segment, _ = packet
        connection = self._connections.get((destination, source))
        if connection is None:
            connection = self._accept(packet)
        if connection is not None:
            self.node.note_delivered(packet, number)
            connection.receive(segment)
            return
        detail = f"{self.node.name} has no connection or listener at {destination}"
        self.node.note_dropped(packet, number, DropReason.CLOSED_PORT, detail)
        if segment.kind is not Kind.RESET:
            reset = Segment(Kind.RESET)
            self.node.send(Packet(Protocol.TCP, destination, source, reset))

    def receive_error(self, error: IcmpError) -> None:
        """An ICMP error ends a connection on its way; one that is made lives on (RFC 1122 §4.2.3.9)."""
        original = error.original
        connection = self._connections.get((original.source, original.destination))
        if connection is not None and error.kind is not IcmpKind.PACKET_TOO_BIG:
            text = f"No route to host: {error.kind.value}, {original.destination}"
            connection.give_up(error_of(error) or OSError(errno.EHOSTUNREACH, text))

    def clear(self) -> None:
        """Forget everything, as at the end of a run."""
        self._connections.clear()
        self._bound.clear()
        self._listeners.clear()

    def _accept(self, packet: Packet) -> Connection | None:
        """A connection for a SYN to an address on which somebody listens."""
        if packet.payload.kind is not Kind.SYN:
            return None
        accept = self._listeners.get(packet.destination)
        if accept is None:
            host, port = packet.destination
            accept = self._listeners.get(Address(WILDCARDS[":" in host], port))
        if accept is None:
            return None
        connection = self._add(packet.destination, packet.source)
        connection.when_established = accept
        return connection

    def _add(self, local: Address, remote: Address) -> Connection:
        connection = Connection(self.node, local, remote, self._remove)
        self._connections[local, remote] = connection
        return connection

    def _remove(self, connection: Connection) -> None:
        self._connections.pop((connection.local, connection.remote), None)

    def _is_bound(self, address: Address, sharing: Sharing) -> bool:
        return any(
            overlaps(address, other)
            and not (sharing is Sharing.SHARED and set(holders) == {sharing})
            for other, holders in self._bound.items()
        )

    def _is_used(self, local: Address, remote: Address) -> bool:
        return (local, remote) in self._connections or self._is_bound(local, Sharing.ALONE)
