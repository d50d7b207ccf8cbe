"""Sockets that are drained, a bounded number of packets at a time.

Both kinds read into one buffer that is never given away. Packets on live channels are forwarded from the
data path's table; whatever else comes is copied and handed up.

The loops are written out, with what `route_to_peer` and `route_to_client` say in them, because here every call
is a few hundredths of a packet's cost; a test holds them to the same answers.
"""

import contextlib
import errno
import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

from relay.counters import Counters, DropReason
from relay.datapath import CHANNEL_HEADER_SIZE, Route, RoutesToClient, RoutesToPeers
from relay.errorqueue import read_errors
from relay.fragmentation import send_whole
from relay.sockets import bound_address
from stunwire import Address, Icmp

PACKETS_PER_WAKE = 64
"""After so many packets the event loop gets its turn, whatever still waits."""
_AT_ONCE, _TIME_FOR_ONE = 1e-4, 1e-5
"""Seconds: what tells a drain that is called again at once, and what one packet takes."""
_LARGEST_PACKET = 65536
_HOST_AND_PORT = 2
_NO_CHANNELS: dict[int, Route] = {}
ERRORS_OF_EARLIER_PACKETS = frozenset(
    {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EPROTO}
)
"""What ICMP errors become when a socket that keeps them is used next."""

Source: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
"""Whom a packet is from, as a socket says it: IPv6 ones add flow and scope."""


class PacketBuffer:
    """The buffer that all sockets of one server read into, one packet at a time.

    A peer's packet is read behind room for the channel header, so that it goes on without being copied.
    """

    def __init__(self) -> None:
        self.packet = bytearray(CHANNEL_HEADER_SIZE + _LARGEST_PACKET)
        self.view = memoryview(self.packet)
        self.payload = self.view[CHANNEL_HEADER_SIZE:]


def plain_address(source: tuple[str, int, int, int]) -> tuple[str, int] | None:
    """Take host and port from what an IPv6 socket says about a packet's source.

    None when the address has a scope: it means another host on another link, and replies cannot name it.
    """
    host, port, _, scope = source
    return None if scope else (host, port)


ToClient: TypeAlias = Callable[[bytes | memoryview, Address], object]


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
    """A UDP socket, and how many packets its next drain takes before the other sockets have their turn.

    A read that finds nothing costs half as much as relaying a packet. So a drain does not read until there is
    nothing: it stops after as many packets as the last one found, and takes twice as many when it is called
    again at once, because some were left.

    Args:
        opened: the socket, bound and non-blocking.
        buffer: what it reads into.
        counters: where drops are counted.
    """

    __slots__ = ("_again_until", "_buffer", "_counters", "_limit", "sendto", "socket")

    def __init__(self, opened: socket.socket, buffer: PacketBuffer, counters: Counters) -> None:
        self.socket = opened
        self.sendto = opened.sendto
        self._buffer = buffer
        self._counters = counters
        self._limit = 1
        self._again_until = 0.0

    def drain(self, now: float) -> int:
        """Take packets off the socket, a bounded number; return how many came."""
        raise NotImplementedError

    def _take_limit(self, now: float) -> int:
        if now < self._again_until and self._limit < PACKETS_PER_WAKE:
            self._limit *= 2
        return self._limit

    def _note_full(self, now: float) -> int:
        """Note that as many packets came as were wanted, so that there may be more."""
        self._again_until = now + _AT_ONCE + self._limit * _TIME_FOR_ONE
        return self._limit

    def _note_end(self, taken: int) -> int:
        """Note that there were no more packets than these."""
        self._limit = taken or 1
        return taken

    def _plain(self, source: tuple[str, int, int, int]) -> tuple[str, int] | None:
        """Give the plain address of an IPv6 source; None, and counted, when nobody could answer it."""
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

    __slots__ = ("_core_side", "_number", "_routes", "_to_client")

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
        self._to_client: ToClient = (
            listener.sendto if isinstance(listener, Listener) else listener.send
        )

    def send(self, data: bytes | memoryview, peer: Address) -> None:
        """Send to a peer; what the system does not take is dropped and counted."""
        try:
            self.sendto(data, peer)
        except OSError as error:
            self.send_again(partial(self.sendto, data, peer), error)

    def send_whole(self, data: bytes, peer: Address) -> None:
        """Send what nobody may fragment; what is too large for its way is dropped and counted."""
        try:
            send_whole(self.socket, data, peer)
        except OSError as error:
            self.send_again(partial(send_whole, self.socket, data, peer), error)

    def send_again(self, send: Callable[[], object], error: OSError) -> None:
        """Send once more where the error was not this packet's, but an ICMP error about an earlier one."""
        if error.errno in ERRORS_OF_EARLIER_PACKETS:
            with contextlib.suppress(OSError):
                send()
                return
        self._counters.drops[DropReason.SEND_FAILED] += 1

    def drain(self, now: float) -> int:
        """Forward what peers sent, as channel data where there is a channel; return how many packets came."""
        packet, view, payload = self._buffer.packet, self._buffer.view, self._buffer.payload
        routes, send, receive = self._routes, self._to_client, self.socket.recvfrom_into
        for taken in range(self._take_limit(now)):
            try:
                size, peer = receive(payload)
            except OSError as error:
                if self._is_over(error, taken, now):
                    return self._note_end(taken)
                continue
            route = routes.get(peer)
            if route is None and len(peer) > _HOST_AND_PORT:
                peer = self._plain(peer)
                if peer is None:
                    continue
                route = routes.get(peer)
            if route is None or route.expires <= now:
                data = bytes(payload[:size])
                self._core_side.receive_from_peer(self._number, data, Address(*peer), now)
                continue
            if route.allowance is not None and not route.allowance.take(size, now):
                self._counters.drops[DropReason.BANDWIDTH] += 1
                continue
            packet[0] = route.channel >> 8
            packet[1] = route.channel & 0xFF
            packet[2] = size >> 8
            packet[3] = size & 0xFF
            try:
                send(view[: size + CHANNEL_HEADER_SIZE], route.client)
            except OSError:
                self._counters.drops[DropReason.SEND_FAILED] += 1
            usage = route.usage
            usage.to_client_packets += 1
            usage.to_client_bytes += size
        return self._note_full(now)

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
    """One address that clients talk to."""

    __slots__ = ("_hand_up", "_relays", "_routes", "address")

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
        self._hand_up = hand_up

    def send(self, data: bytes | memoryview, client: Address) -> None:
        """Send to a client; what the system does not take is dropped and counted."""
        try:
            self.sendto(data, client)
        except OSError:
            self._counters.drops[DropReason.SEND_FAILED] += 1

    def drain(self, now: float) -> int:
        """Forward what clients sent on live channels, hand up everything else; return how many packets came."""
        packet, view = self._buffer.packet, self._buffer.view
        routes, relays, receive = self._routes, self._relays, self.socket.recvfrom_into
        for taken in range(self._take_limit(now)):
            try:
                size, client = receive(view)
            except BlockingIOError:
                return self._note_end(taken)
            except OSError:
                continue
            channel, length = packet[0] << 8 | packet[1], packet[2] << 8 | packet[3]
            route = routes.get(client, _NO_CHANNELS).get(channel)
            if route is None and len(client) > _HOST_AND_PORT:
                client = self._plain(client)
                if client is None:
                    continue
                route = routes.get(client, _NO_CHANNELS).get(channel)
            if route is None or route.expires <= now or length > size - CHANNEL_HEADER_SIZE:
                self._hand_up(bytes(view[:size]), Address(*client), self.address, now)
                continue
            if route.allowance is not None and not route.allowance.take(length, now):
                self._counters.drops[DropReason.BANDWIDTH] += 1
                continue
            relay, data = relays[route.allocation], view[4 : 4 + length]
            try:
                relay.sendto(data, route.peer)
            except OSError as error:
                relay.send_again(partial(relay.sendto, data, route.peer), error)
            usage = route.usage
            usage.to_peer_packets += 1
            usage.to_peer_bytes += length
        return self._note_full(now)
