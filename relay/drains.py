"""Sockets that are read until they are empty, a bounded number of packets at a time.

Both kinds read into one buffer that is never given away. Packets on live channels are forwarded from the
data path's table; whatever else comes is copied and handed up.
"""

import contextlib
import errno
import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

from relay.counters import Counters, DropReason
from relay.datapath import (
    CHANNEL_HEADER_SIZE,
    RoutesToClient,
    RoutesToPeers,
    route_to_client,
    route_to_peer,
)
from relay.errorqueue import read_errors
from relay.fragmentation import send_whole
from relay.sockets import bound_address
from stunwire import Address, Icmp

PACKETS_PER_WAKE = 64
"""After so many packets the event loop gets its turn, whatever still waits."""
_LARGEST_PACKET = 65536
_HOST_AND_PORT = 2
ERRORS_OF_EARLIER_PACKETS = frozenset(
    {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EPROTO}
)
"""What ICMP errors become when a socket that keeps them is used next."""
_CHANNEL_BITS = 0xC0
_CHANNEL_MARK = 0x40  # channel numbers begin with 0x40 to 0x7F; routes know which are bound

Clock: TypeAlias = Callable[[], float]


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


class ClientSide(Protocol):
    """What leads to clients: a UDP listener, or one that clients connect to."""

    def send(self, data: bytes | memoryview, client: Address) -> None:
        """Send to a client; what cannot be sent is dropped and counted."""


class RelaySocket:
    """One relayed transport address: packets from peers come in, packets to peers go out."""

    def __init__(
        self,
        opened: socket.socket,
        routes: RoutesToClient,
        *,
        listener: ClientSide,
        buffer: PacketBuffer,
        counters: Counters,
        clock: Clock,
        hand_up: Callable[[bytes, Address, float], None],
        hand_up_error: Callable[[Icmp, Address, float], None],
    ) -> None:
        self.socket = opened
        self._routes = routes
        self._listener = listener
        self._buffer = buffer
        self._counters = counters
        self._clock = clock
        self._hand_up = hand_up
        self._hand_up_error = hand_up_error

    def send(self, data: bytes | memoryview, peer: Address) -> None:
        """Send to a peer; what the system does not take is dropped and counted."""
        try:
            self.socket.sendto(data, peer)
        except OSError as error:
            self._send_again(partial(self.socket.sendto, data, peer), error)

    def send_whole(self, data: bytes, peer: Address) -> None:
        """Send what nobody may fragment; what is too large for its way is dropped and counted."""
        try:
            send_whole(self.socket, data, peer)
        except OSError as error:
            self._send_again(partial(send_whole, self.socket, data, peer), error)

    def _send_again(self, send: Callable[[], object], error: OSError) -> None:
        """Send once more where the error was not this packet's, but an ICMP error about an earlier one."""
        if error.errno in ERRORS_OF_EARLIER_PACKETS:
            with contextlib.suppress(OSError):
                send()
                return
        self._counters.drops[DropReason.SEND_FAILED] += 1

    def _read_errors(self, now: float) -> None:
        for target, icmp in read_errors(self.socket):
            self._hand_up_error(icmp, target, now)

    def drain(self) -> None:
        """Forward what peers sent, as channel data where there is a channel."""
        now = self._clock()
        packet, view, payload = self._buffer.packet, self._buffer.view, self._buffer.payload
        routes = self._routes
        receive = self.socket.recvfrom_into
        for taken in range(PACKETS_PER_WAKE):
            try:
                size, peer = receive(payload)
            except BlockingIOError:
                if not taken:  # what woke us can only be an error
                    self._read_errors(now)
                return
            except OSError:  # an earlier packet met an error, or the socket was closed by this loop
                if self.socket.fileno() < 0:
                    return
                self._read_errors(now)
                continue
            if len(peer) > _HOST_AND_PORT:
                peer = plain_address(peer)
                if peer is None:
                    self._counters.drops[DropReason.SCOPED_SOURCE] += 1
                    continue
            route = route_to_client(routes, peer, now)
            if route is None:
                self._hand_up(bytes(payload[:size]), Address(*peer), now)
                continue
            if route.allowance is not None and not route.allowance.take(size, now):
                self._counters.drops[DropReason.BANDWIDTH] += 1
                continue
            packet[0] = route.channel >> 8
            packet[1] = route.channel & 0xFF
            packet[2] = size >> 8
            packet[3] = size & 0xFF
            self._listener.send(view[: CHANNEL_HEADER_SIZE + size], route.five_tuple.client)
            usage = route.usage
            usage.to_client_packets += 1
            usage.to_client_bytes += size


class Listener:
    """One address that clients talk to."""

    def __init__(
        self,
        opened: socket.socket,
        *,
        routes: RoutesToPeers,
        relays: dict[int, RelaySocket],
        buffer: PacketBuffer,
        counters: Counters,
        clock: Clock,
        hand_up: Callable[[bytes, Address, Address, float], None],
    ) -> None:
        self.socket = opened
        self.address = bound_address(opened)
        self._routes = routes
        self._relays = relays
        self._buffer = buffer
        self._counters = counters
        self._clock = clock
        self._hand_up = hand_up

    def send(self, data: bytes | memoryview, client: Address) -> None:
        """Send to a client; what the system does not take is dropped and counted."""
        try:
            self.socket.sendto(data, client)
        except OSError:
            self._counters.drops[DropReason.SEND_FAILED] += 1

    def drain(self) -> None:
        """Forward what clients sent on live channels, and hand up everything else."""
        now = self._clock()
        packet, view = self._buffer.packet, self._buffer.view
        routes, relays = self._routes, self._relays
        receive = self.socket.recvfrom_into
        for _ in range(PACKETS_PER_WAKE):
            try:
                size, client = receive(view)
            except BlockingIOError:
                return
            except OSError:
                continue
            if len(client) > _HOST_AND_PORT:
                client = plain_address(client)
                if client is None:
                    self._counters.drops[DropReason.SCOPED_SOURCE] += 1
                    continue
            if packet[0] & _CHANNEL_BITS == _CHANNEL_MARK:
                route = route_to_peer(routes, packet, size, client, now)
                if route is not None:
                    length = packet[2] << 8 | packet[3]
                    if route.allowance is not None and not route.allowance.take(length, now):
                        self._counters.drops[DropReason.BANDWIDTH] += 1
                        continue
                    relays[route.allocation].send(view[4 : 4 + length], route.peer)
                    usage = route.usage
                    usage.to_peer_packets += 1
                    usage.to_peer_bytes += length
                    continue
            self._hand_up(bytes(view[:size]), Address(*client), self.address, now)
