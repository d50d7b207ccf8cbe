"""Sockets that are drained, a bounded number of packets at a time.

All of them read into the same slots, which are never given away. Packets on live channels are forwarded from
the data path's table, those of one drain together; whatever else comes is copied and handed up.

The loops are written out, with what `route_to_peer` and `route_to_client` say in them, because here every call
is a few hundredths of a packet's cost; a test holds them to the same answers.
"""

import contextlib
import errno
import mmap
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, TypeAlias

from relay.counters import Counters, DropReason
from relay.datapath import CHANNEL_HEADER_SIZE, Route, RoutesToClient, RoutesToPeers, Source
from relay.errorqueue import read_errors
from relay.fragmentation import send_whole
from relay.sockets import bound_address, may_have_more
from relay.trains import Coupling, couple
from stunwire import Address, Icmp

PACKETS_PER_WAKE = 64
"""After so many packets the other sockets and the event loop get their turn, whatever still waits."""
_SLOT = CHANNEL_HEADER_SIZE + 65536
_HOST_AND_PORT: Final = 2
_NO_CHANNELS: dict[int, Route] = {}
ERRORS_OF_EARLIER_PACKETS = frozenset(
    {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EPROTO}
)
"""What ICMP errors become when a socket that keeps them is used next."""

Departure: TypeAlias = tuple[Route, memoryview]
"""A packet, and the route it takes."""


class PacketBuffer:
    """Room for all that one drain takes, which all sockets of one server share.

    A peer's packet is read behind room for the channel header, so that it goes on without being copied.

    Attributes:
        slots: for each packet of a drain, a view of its room, and of what is behind the channel header.
        coupling: how packets in several slots go out together.
        has_more: says whether a socket has something to read, or may have.

    Args:
        has_more: the same.
    """

    def __init__(self, has_more: Callable[[socket.socket], bool] = may_have_more) -> None:
        self.has_more = has_more
        whole = _zeros(PACKETS_PER_WAKE * _SLOT)
        views = [whole[at : at + _SLOT] for at in range(0, len(whole), _SLOT)]
        self.slots = tuple((view, view[CHANNEL_HEADER_SIZE:]) for view in views)
        self.coupling = Coupling()


def _zeros(size: int) -> memoryview:
    """Room that takes memory once it is written to; a `bytearray` writes its zeros itself, a millisecond long."""
    if sys.platform == "win32":
        return memoryview(bytearray(size))
    return memoryview(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE))


def plain_address(source: Source) -> Address | None:
    """Take host and port from what a socket says about a packet's source.

    None when the address has a scope: it means another host on another link, and replies cannot name it.
    """
    if len(source) == _HOST_AND_PORT:
        return Address(*source)
    host, port, _, scope = source
    return None if scope else Address(host, port)


class ClientSide(Protocol):
    """What leads to clients: a UDP listener, or one that clients connect to."""

    def send(self, data: bytes | memoryview, client: Address) -> None:
        """Send to a client; what cannot be sent is dropped and counted."""


class CoreSide(Protocol):
    """What takes packets and errors of relay sockets to the core."""

    def receive_from_peer(self, number: int, data: bytes, source: Address, now: float) -> None:
        """Take in what came to the relay socket of an allocation."""

    def receive_icmp(self, number: int, icmp: Icmp, target: Address, now: float) -> None:
        """Take in an ICMP error about a packet of an allocation."""


class PacketSocket:
    """A UDP socket, and what its next drain expects.

    A read that finds nothing costs a third of relaying a packet. So after as many packets as the last drain
    found, a drain asks whether there are more, which is cheaper. Where packets come in bursts, they are
    gathered to go out together; elsewhere each goes out before the next is read.

    Args:
        opened: the socket, bound and non-blocking.
        buffer: what it reads into.
        counters: where drops are counted.
    """

    __slots__ = ("_buffer", "_counters", "_expected", "_gathers", "_sendto", "socket")

    def __init__(self, opened: socket.socket, buffer: PacketBuffer, counters: Counters) -> None:
        self.socket = opened
        self._sendto = opened.sendto
        self._buffer = buffer
        self._counters = counters
        self._expected = 1
        self._gathers = False

    def drain(self, now: float) -> int:
        """Take packets off the socket, a bounded number; return how many came."""
        raise NotImplementedError

    def send(self, data: bytes | memoryview, target: Address) -> None:
        """Send one packet; what the system does not take is dropped and counted."""
        try:
            self._sendto(data, target)
        except OSError as error:
            self._send_again(partial(self._sendto, data, target), error)

    def send_train(self, packets: list[memoryview], target: Address) -> None:
        """Send packets of one size, together if that can be."""
        if len(packets) > 1 and self._buffer.coupling.send(self.socket, packets, target):
            return
        for packet in packets:
            self.send(packet, target)

    def _send_again(self, send: Callable[[], object], error: OSError) -> None:
        """Send once more where the error was not this packet's, but an ICMP error about an earlier one."""
        if error.errno in ERRORS_OF_EARLIER_PACKETS:
            with contextlib.suppress(OSError):
                send()
                return
        self._counters.drops[DropReason.SEND_FAILED] += 1

    def _note(self, taken: int, repeats: int) -> int:
        """Note how many packets came, and how many of them took the route of the one before."""
        self._expected = taken or 1
        self._gathers = repeats > taken // 2
        return taken

    def _address(self, source: Source) -> Address | None:
        """Give the address of a packet's source; None, and counted, when nobody could answer it."""
        plain = plain_address(source)
        if plain is None:
            self._counters.drops[DropReason.SCOPED_SOURCE] += 1
        return plain


class RelaySocket(PacketSocket):
    """One relayed transport address: packets from peers come in, packets to peers go out.

    Args:
        number: of the allocation.
        opened: the socket.
        routes: where packets from which peers go.
        listener: what leads to the client.
        core_side: takes what has no route.
        buffer: what it reads into.
        counters: where drops are counted.
    """

    __slots__ = ("_core_side", "_number", "_routes", "_way")

    def __init__(
        self,
        number: int,
        opened: socket.socket,
        routes: RoutesToClient,
        *,
        listener: ClientSide,
        core_side: CoreSide,
        buffer: PacketBuffer,
        counters: Counters,
    ) -> None:
        super().__init__(opened, buffer, counters)
        self._number = number
        self._routes = routes
        self._core_side = core_side
        self.lead_to(listener)

    def lead_to(self, listener: ClientSide) -> None:
        """Send to the client through `listener` from now on."""
        self._way = listener

    def send_whole(self, data: bytes, peer: Address) -> None:
        """Send what nobody may fragment; what is too large for its way is dropped and counted."""
        try:
            send_whole(self.socket, data, peer)
        except OSError as error:
            self._send_again(partial(send_whole, self.socket, data, peer), error)

    def drain(self, now: float) -> int:
        """Forward what peers sent, as channel data where there is a channel; return how many packets came."""
        routes, receive, way = self._routes, self.socket.recvfrom_into, self._way
        buffer, expected, gathers = self._buffer, self._expected, self._gathers
        taken = repeats = 0
        last: Route | None = None
        outgoing: list[Departure] = []
        for view, payload in buffer.slots:
            if taken == expected and not buffer.has_more(self.socket):
                break
            try:
                size, peer = receive(payload)
            except OSError as error:
                if self._is_over(error, taken, now):
                    break
                continue
            taken += 1
            route = routes.get(peer)
            if route is None or route.expires <= now:
                self._forward(outgoing)
                self._hand_up(bytes(payload[:size]), peer, now)
                continue
            if route.allowance is not None and not route.allowance.take(size, now):
                self._counters.drops[DropReason.BANDWIDTH] += 1
                continue
            view[0] = route.channel >> 8
            view[1] = route.channel & 0xFF
            view[2] = size >> 8
            view[3] = size & 0xFF
            if route is last:
                repeats += 1
            last = route
            if gathers:
                outgoing.append((route, view[: size + CHANNEL_HEADER_SIZE]))
            else:
                way.send(view[: size + CHANNEL_HEADER_SIZE], route.client)
            usage = route.usage
            usage.to_client_packets += 1
            usage.to_client_bytes += size
        if outgoing:
            self._forward(outgoing)
        return self._note(taken, repeats)

    def _forward(self, outgoing: list[Departure]) -> None:
        """Send what has gathered to its clients."""
        if not outgoing:
            return
        way = self._way
        if isinstance(way, PacketSocket):
            for route, train in couple(outgoing, self._buffer.coupling.room):
                way.send_train(train, route.client)
        else:
            for route, packet in outgoing:
                way.send(packet, route.client)
        outgoing.clear()

    def _hand_up(self, data: bytes, source: Source, now: float) -> None:
        peer = self._address(source)
        if peer is not None:
            self._core_side.receive_from_peer(self._number, data, peer, now)

    def _is_over(self, error: OSError, taken: int, now: float) -> bool:
        """Say whether the drain has come to its end; errors of earlier packets are told on the way."""
        is_empty = isinstance(error, BlockingIOError)
        if is_empty and taken:
            return True
        if self.socket.fileno() < 0:  # closed because of what this drain found
            return True
        for target, icmp in read_errors(self.socket):  # if nothing came, they are what woke us
            self._core_side.receive_icmp(self._number, icmp, target, now)
        return is_empty


class Listener(PacketSocket):
    """One address that clients talk to.

    Args:
        opened: the socket.
        routes: where channel data of which clients goes.
        relays: the relay sockets, by allocation.
        buffer: what it reads into.
        counters: where drops are counted.
        hand_up: takes what has no route.
    """

    __slots__ = ("_receive", "_relays", "_routes", "address")

    def __init__(
        self,
        opened: socket.socket,
        *,
        routes: RoutesToPeers,
        relays: dict[int, RelaySocket],
        buffer: PacketBuffer,
        counters: Counters,
        hand_up: Callable[[bytes, Address, Address, float], None],
    ) -> None:
        super().__init__(opened, buffer, counters)
        self.address = bound_address(opened)
        self._routes = routes
        self._relays = relays
        self._receive = hand_up

    def drain(self, now: float) -> int:
        """Forward what clients sent on live channels, hand up everything else; return how many packets came."""
        routes, receive, relays = self._routes, self.socket.recvfrom_into, self._relays
        buffer, expected, gathers = self._buffer, self._expected, self._gathers
        taken = repeats = 0
        last: Route | None = None
        outgoing: list[Departure] = []
        for view, payload in buffer.slots:
            if taken == expected and not buffer.has_more(self.socket):
                break
            try:
                size, client = receive(view)
            except BlockingIOError:
                break
            except OSError:
                continue
            taken += 1
            length = view[2] << 8 | view[3]
            route = routes.get(client, _NO_CHANNELS).get(view[0] << 8 | view[1])
            if route is None or route.expires <= now or length > size - CHANNEL_HEADER_SIZE:
                self._forward(outgoing)
                self._hand_up(bytes(view[:size]), client, now)
                continue
            if route.allowance is not None and not route.allowance.take(length, now):
                self._counters.drops[DropReason.BANDWIDTH] += 1
                continue
            if route is last:
                repeats += 1
            last = route
            if gathers:
                outgoing.append((route, payload[:length]))
            else:
                relays[route.allocation].send(payload[:length], route.peer)
            usage = route.usage
            usage.to_peer_packets += 1
            usage.to_peer_bytes += length
        if outgoing:
            self._forward(outgoing)
        return self._note(taken, repeats)

    def _forward(self, outgoing: list[Departure]) -> None:
        """Send what has gathered to its peers."""
        if not outgoing:
            return
        relays = self._relays
        for route, train in couple(outgoing, self._buffer.coupling.room):
            relays[route.allocation].send_train(train, route.peer)
        outgoing.clear()

    def _hand_up(self, data: bytes, source: Source, now: float) -> None:
        client = self._address(source)
        if client is not None:
            self._receive(data, client, self.address, now)
