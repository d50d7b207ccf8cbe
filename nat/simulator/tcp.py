"""TCP on a host: connections that come and go, and which of them gets a segment."""

import errno
from collections.abc import Callable

from nat.packets import Address, DropReason, Packet, Protocol
from nat.segments import Kind, Segment
from nat.simulator.connection import Connection
from nat.simulator.node import WILDCARDS, Node, overlaps

Accept = Callable[[Connection], None]
"""Gets a connection that was made to a listening address."""


class TcpStack:
    """All TCP connections and listeners of a host."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._connections: dict[tuple[Address, Address], Connection] = {}
        self._listeners: dict[Address, Accept] = {}

    def listen(self, address: Address, accept: Accept) -> Address:
        """Listen on an address; port 0 means any.

        Raises:
            OSError: it is in use or not the host's.
        """
        self.node.check_bindable(address.host)
        chosen = self.node.choose_port(address, self._is_listening)
        self._listeners[chosen] = accept
        return chosen

    def unlisten(self, address: Address) -> None:
        """Stop listening. Connections made stay."""
        self._listeners.pop(address, None)

    def connect(self, remote: Address, local: Address | None = None) -> Connection:
        """Begin a connection from a local address, or from whichever fits.

        Raises:
            OSError: the local address is not the host's or in use, or there is no way.
        """
        source = local or Address(self.node.source_for(remote.host), 0)
        self.node.check_bindable(source.host)
        if source.host in WILDCARDS:
            source = Address(self.node.source_for(remote.host), source.port)
        source = self.node.choose_port(source, lambda one: self._is_used(one, remote))
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

    def clear(self) -> None:
        """Forget everything, as at the end of a run."""
        for connection in self._connections.values():
            if connection.receiver is not None:
                connection.receiver.stream_forgotten()
        self._connections.clear()
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

    def _is_listening(self, address: Address) -> bool:
        return any(overlaps(address, other) for other in self._listeners)

    def _is_used(self, local: Address, remote: Address) -> bool:
        return (local, remote) in self._connections or self._is_listening(local)


def refused(remote: Address) -> ConnectionRefusedError:
    """The error of a connection that nobody accepts."""
    return ConnectionRefusedError(errno.ECONNREFUSED, f"Connection refused by {remote}")
