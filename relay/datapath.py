"""The data path: live channels as a table that is read for each packet.

This is the seam between the core and whatever forwards packets. The core tells a data path of each channel
that opens, gets another deadline or closes; the data path answers alone for packets on those channels, and
hands every other packet to the core. `Datapath` here is the plain one: dictionaries, read by the functions
below where clients come over streams, and by the drain loops of `relay/drains.py`.

The functions take the packet as it lies in the receive buffer and give the route, or None, which
means: ask the core.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from relay.bandwidth import Allowance
from relay.counters import Usage
from relay.fivetuple import FiveTuple, Transport
from stunwire import Address

CHANNEL_HEADER_SIZE = 4


@dataclass(slots=True, eq=False)
class Route:
    """One live channel: who is at each end, and until when.

    Args:
        allocation: number of the allocation the channel belongs to.
        five_tuple: where the client is.
        channel: its number.
        peer: the peer as the relay socket meets it.
        usage: what is counted for the allocation.
        expires: when the channel, its permission or its allocation ends, whichever is first.
        allowance: how many bytes may pass, which whoever forwards asks for each packet; None for no limit.
        client: the client's address out of the five-tuple, which is looked at for each packet.
    """

    allocation: int
    five_tuple: FiveTuple
    channel: int
    peer: Address
    usage: Usage
    expires: float
    allowance: Allowance | None = None
    client: Address = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.five_tuple.client


Source: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
"""Whom a packet is from, as a socket says it: IPv6 ones add flow and scope, both 0 where routes are."""
RoutesToPeers: TypeAlias = dict[Source, dict[int, Route]]
"""Client → channel number → route, for one listener."""
RoutesToClient: TypeAlias = dict[Source, Route]
"""Peer → route, for one relay socket."""


class Datapath:
    """Routes by client and channel for each listener, by peer for each allocation."""

    def __init__(self) -> None:
        self._to_peers: dict[tuple[Address, Transport], RoutesToPeers] = {}
        self._to_client: dict[int, RoutesToClient] = {}

    def routes_to_peers(
        self, server: Address, transport: Transport = Transport.UDP
    ) -> RoutesToPeers:
        """Return the live table of the listener for a transport at `server`."""
        return self._to_peers.setdefault((server, transport), {})

    def routes_to_client(self, allocation: int) -> RoutesToClient:
        """Return the live table of an allocation's relay socket."""
        return self._to_client.setdefault(allocation, {})

    def open(self, route: Route) -> None:
        """Add the route of a new channel."""
        client, server, transport = route.five_tuple
        routes = self.routes_to_peers(server, transport)
        channels = routes.get(client, {})
        channels[route.channel] = route
        routes.update(dict.fromkeys(_sources(client), channels))
        to_client = self.routes_to_client(route.allocation)
        to_client.update(dict.fromkeys(_sources(route.peer), route))

    def extend(self, route: Route, expires: float) -> None:
        """Give a route another deadline."""
        route.expires = expires

    def allow(self, route: Route, allowance: Allowance | None) -> None:
        """Give a route another allowance."""
        route.allowance = allowance

    def close(self, route: Route) -> None:
        """Take out the route of a channel that ended."""
        client, server, transport = route.five_tuple
        by_client = self.routes_to_peers(server, transport)
        channels = by_client.get(client, {})
        channels.pop(route.channel, None)
        to_client = self.routes_to_client(route.allocation)
        for source in _sources(route.peer):
            to_client.pop(source, None)
        if not channels:
            for source in _sources(client):
                by_client.pop(source, None)

    def forget(self, allocation: int) -> None:
        """Drop the tables of an allocation that ended and whose routes are closed."""
        self._to_client.pop(allocation, None)


def _sources(address: Address) -> tuple[Source, ...]:
    """List the forms in which sockets and streams name an address."""
    if ":" not in address.host:
        return (address,)
    return address, (*address, 0, 0)


def route_to_peer(
    routes: RoutesToPeers,
    packet: bytes | bytearray,
    size: int,
    client: Source,
    now: float,
) -> Route | None:
    """Find where channel data of `size` bytes from `client` goes."""
    if size < CHANNEL_HEADER_SIZE:
        return None
    channels = routes.get(client)
    if channels is None:
        return None
    route = channels.get(packet[0] << 8 | packet[1])
    if route is None or route.expires <= now:
        return None
    # RFC 8656 §12.6: the length field must not announce more than there is
    return None if (packet[2] << 8 | packet[3]) > size - CHANNEL_HEADER_SIZE else route


def route_to_client(routes: RoutesToClient, peer: Source, now: float) -> Route | None:
    """Find the channel on which a packet from `peer` goes to the client."""
    route = routes.get(peer)
    if route is None or route.expires <= now:
        return None
    return route
