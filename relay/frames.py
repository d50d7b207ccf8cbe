"""Where frames go that clients do not send as plain datagrams: on live channels, or to the core."""

from collections.abc import Callable, Mapping
from typing import Protocol

from relay.counters import Counters, DropReason
from relay.datapath import CHANNEL_HEADER_SIZE, RoutesToPeers, route_to_peer
from relay.fivetuple import FiveTuple
from stunwire import Address


class PeerSide(Protocol):
    """What leads to peers: a relay socket."""

    def send(self, data: bytes | memoryview, peer: Address) -> None:
        """Send to a peer; what cannot be sent is dropped and counted."""


class Forwarder:
    """Takes the frames of one listener's clients.

    Args:
        routes: live channels of the clients here.
        relays: relay sockets by allocation.
        counters: where drops are counted.
        hand_up: takes a frame that the data path does not forward.
    """

    def __init__(
        self,
        routes: RoutesToPeers,
        relays: Mapping[int, PeerSide],
        counters: Counters,
        hand_up: Callable[[bytes, FiveTuple, float], None],
    ) -> None:
        self._routes = routes
        self._relays = relays
        self._counters = counters
        self._hand_up = hand_up

    def take(self, frames: list[bytes], five_tuple: FiveTuple, now: float) -> None:
        """Forward what came on live channels, and hand up everything else."""
        for frame in frames:
            route = route_to_peer(self._routes, frame, len(frame), five_tuple.client, now)
            if route is None:
                self._hand_up(frame, five_tuple, now)
                continue
            length = frame[2] << 8 | frame[3]
            data = memoryview(frame)[CHANNEL_HEADER_SIZE : CHANNEL_HEADER_SIZE + length]
            if route.allowance is not None and not route.allowance.take(len(data), now):
                self._counters.drops[DropReason.BANDWIDTH] += 1
                continue
            self._relays[route.allocation].send(data, route.peer)
            usage = route.usage
            usage.to_peer_packets += 1
            usage.to_peer_bytes += len(data)
