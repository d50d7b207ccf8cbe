"""UDP on a host: which socket gets a packet, and what happens to one that no socket wants."""

import errno
from typing import Final, assert_never
from typing import Protocol as Interface

from nat.packets import Address, DropReason, IcmpError, IcmpKind, Packet, Protocol
from nat.simulator.errorqueue import ErrorQueue
from nat.simulator.node import WILDCARDS, Node, is_loopback, overlaps

MAX_DATAGRAM: Final = 65507
"""Bytes that fit into one datagram over IPv4."""
_UDP: Final = Protocol.UDP
_new: Final = tuple.__new__  # of a named tuple it takes half as long


class DatagramReceiver(Interface):
    """The face of a UDP socket: an asyncio transport, or an object like `socket.socket`."""

    def datagram_arrived(self, data: bytes, source: Address) -> bool:
        """Take a datagram; False if there is no room for it."""

    def error_arrived(self, error: OSError) -> None:
        """Learn of an ICMP error. Only sockets do that are connected, or keep errors."""


class UdpSocket:
    """One UDP socket of a host.

    Attributes:
        bound: its address, or None.
        peer: whom it is connected to, or None.
        receiver: takes what comes.
        sources: from where it sends to each address, until something changes.
        errors: ICMP errors that are kept, where the program wants them; None elsewhere.
        dont_fragment: whether what it sends must not be cut into pieces (RFC 791 §3.1).
    """

    def __init__(self, stack: "UdpStack", receiver: DatagramReceiver) -> None:
        self.bound: Address | None = None
        self.peer: Address | None = None
        self.receiver = receiver
        self.sources: dict[str, Address] = {}
        self.errors: ErrorQueue | None = None
        self.dont_fragment = False
        self._stack = stack
        self._node_send = stack.node.send

    def bind(self, address: Address) -> None:
        """Bind to an address of the host; port 0 means any.

        Raises:
            OSError: it is bound already, or the address is in use or not the host's.
        """
        if self.bound is not None:
            raise OSError(errno.EINVAL, f"Invalid argument: already bound to {self.bound}")
        self.bound = self._stack.bind(address, self)

    def connect(self, peer: Address) -> None:
        """Send to one peer only, and hear only it."""
        local = self._stack.node.source_for(peer.host)
        if self.bound is None:
            self.bind(Address(local, 0))
        assert self.bound is not None
        if self.bound.host in WILDCARDS:
            self.bound = self._stack.rebind(self.bound, Address(local, self.bound.port))
        self.sources.clear()
        self.peer = peer

    def send(self, data: bytes, destination: Address | None = None) -> None:
        """Send a datagram to the destination, or else to the connected peer.

        Raises:
            OSError: there is no destination, no way to it, or the datagram is too large.
        """
        target = destination or self.peer
        if target is None:
            raise OSError(errno.EDESTADDRREQ, "Destination address required")
        if len(data) > MAX_DATAGRAM:
            raise OSError(errno.EMSGSIZE, f"Message too long: {len(data)} > {MAX_DATAGRAM} bytes")
        source = self.sources.get(target[0])
        if source is None:
            source = self._stack.source_of(self, target)
        self._node_send(_new(Packet, (_UDP, source, target, data, self.dont_fragment)))

    def close(self) -> None:
        """Free the address."""
        if self.bound is not None:
            self._stack.release(self.bound)
            self.bound = None
            self._stack.node.network.forget(self.sources)


class UdpStack:
    """All UDP sockets of a host."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._sockets: dict[Address, UdpSocket] = {}
        self._found: dict[Address, UdpSocket] = {}

    def bind(self, address: Address, socket: UdpSocket) -> Address:
        """Give a socket its address."""
        self.node.check_bindable(address.host)
        chosen = self.node.choose_port(address, self._is_taken)
        self._sockets[chosen] = socket
        self._found.clear()
        return chosen

    def rebind(self, old: Address, new: Address) -> Address:
        """Move a socket from the wildcard to one address, as connecting does."""
        socket = self._sockets[new] = self._sockets.pop(old)
        socket.sources.clear()
        self._found.clear()
        return new

    def release(self, address: Address) -> None:
        """Free an address."""
        self._sockets.pop(address, None)
        self._found.clear()

    def clear(self) -> None:
        """Forget all sockets, as at the end of a run."""
        for socket in self._sockets.values():
            self.node.network.forget(socket.sources)
        self._sockets.clear()
        self._found.clear()

    def source_of(self, socket: UdpSocket, destination: Address) -> Address:
        """From where a socket sends to an address, for it to remember; it is bound if it is not.

        Raises:
            OSError: there is no way from its address to that one.
        """
        if socket.bound is None:
            socket.bind(Address(WILDCARDS[":" in destination.host], 0))
        source = socket.bound
        assert source is not None
        if source.host in WILDCARDS:
            source = Address(self.node.source_for(destination.host), source.port)
        elif is_loopback(source.host) and not self.node.owns(destination.host):
            raise OSError(errno.EINVAL, f"Invalid argument: {source} cannot reach {destination}")
        self.node.network.remember(socket.sources)
        socket.sources[destination.host] = source
        return source

    def receive(self, packet: Packet, number: int) -> None:
        """Give a packet to its socket, or note why nobody got it."""
        _, source, destination, data, _ = packet
        node = self.node
        socket = self._found.get(destination) or self._find(destination)
        if socket is None:
            detail = f"{node.name} has no socket at {destination}"
            node.note_dropped(packet, number, DropReason.CLOSED_PORT, detail)
            self._refuse(packet)
        elif socket.peer is not None and socket.peer != source:
            detail = f"the socket at {destination} is connected to {socket.peer}"
            node.note_dropped(packet, number, DropReason.NOT_CONNECTED, detail)
        elif socket.receiver.datagram_arrived(data, source):
            node.note_delivered(packet, number)
        else:
            detail = f"{destination} is read too slowly"
            node.note_dropped(packet, number, DropReason.BUFFER_FULL, detail)

    def receive_error(self, error: IcmpError) -> None:
        """An ICMP error about a datagram of ours: tell the socket if it is connected, or keeps errors."""
        original = error.original
        socket = self._find(original.source)
        told = error_of(error)
        if socket is None or told is None:
            return
        if socket.errors is not None and socket.peer in {None, original.destination}:
            socket.errors.keep(error, told.errno or 0)
        elif socket.peer != original.destination:
            return
        socket.receiver.error_arrived(told)

    def _find(self, address: Address) -> UdpSocket | None:
        socket = self._sockets.get(address)
        if socket is None:
            socket = self._sockets.get(Address(WILDCARDS[":" in address[0]], address[1]))
        if socket is not None:
            self._found[address] = socket
        return socket

    def _refuse(self, packet: Packet) -> None:
        """RFC 1122 §4.1.3.1: no socket, so an ICMP "port unreachable" goes back."""
        answer = IcmpError(packet)
        source = Address(packet.destination[0], 0)
        self.node.send(Packet(Protocol.ICMP, source, Address(packet.source[0], 0), answer))

    def _is_taken(self, address: Address) -> bool:
        hosts = {address.host, WILDCARDS[":" in address.host]}
        if any(Address(host, address.port) in self._sockets for host in hosts):
            return True
        return address.host in WILDCARDS and any(
            overlaps(address, other) for other in self._sockets
        )


def error_of(error: IcmpError) -> OSError | None:
    """What a connected socket hears of an ICMP error; None for one that may pass, as Linux has it."""
    about = error.original.destination
    match error.kind:
        case IcmpKind.PORT_UNREACHABLE:
            return ConnectionRefusedError(errno.ECONNREFUSED, f"Connection refused by {about}")
        case IcmpKind.PROHIBITED:
            return OSError(errno.EHOSTUNREACH, f"No route to host: {about} is out of bounds")
        case IcmpKind.PACKET_TOO_BIG:
            return OSError(errno.EMSGSIZE, f"Message too long: {error.mtu} bytes fit to {about}")
        case IcmpKind.HOST_UNREACHABLE | IcmpKind.TIME_EXCEEDED:
            return None
        case unknown:
            assert_never(unknown)
