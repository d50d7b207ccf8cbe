"""Wires between places: links with latency, jitter and loss, and segments that route on them."""

import functools
import ipaddress
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol as Interface

from nat.packets import Drop, DropReason, Packet
from nat.simulator.clock import Agenda, Clock, to_ns
from nat.simulator.errors import WorldError
from nat.simulator.randomness import stream
from nat.simulator.trace import Trace

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """What a link does to packets, in each direction alike.

    Args:
        latency: seconds one way.
        jitter: up to so many seconds more, evenly spread; packets are never reordered.
        loss: share of packets lost, from 0 to 1.
    """

    latency: float
    jitter: float = 0.0
    loss: float = 0.0

    def __post_init__(self) -> None:
        if self.latency < 0 or self.jitter < 0 or not 0 <= self.loss <= 1:
            raise WorldError(
                "a link needs latency >= 0, jitter >= 0 and 0 <= loss <= 1, got"
                f" {self.latency:g}, {self.jitter:g} and {self.loss:g}"
            )


class Network:
    """What all places of a world share: the clock, the agenda, the trace and the seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.clock = Clock()
        self.agenda = Agenda()
        self.trace = Trace(self.clock)
        self._names: set[str] = set()
        self._streams: dict[tuple[str, ...], random.Random] = {}

    def claim_name(self, name: str) -> None:
        """Take a name for a place; the trace and the random streams know it by that name.

        Raises:
            WorldError: the name is empty or taken.
        """
        if not name or name in self._names:
            raise WorldError(f"a place needs a name that no other has, got {name!r}")
        self._names.add(name)

    def stream(self, *purpose: str) -> random.Random:
        """The random stream for a purpose, always the same one."""
        if purpose not in self._streams:
            self._streams[purpose] = stream(self.seed, *purpose)
        return self._streams[purpose]


class _Wire:
    """One direction of a link."""

    def __init__(self, network: Network, purpose: tuple[str, str], quality: LinkQuality) -> None:
        self._network = network
        self._purpose = ("link", *purpose)
        self._last_ns = 0
        self.change(quality)

    def change(self, quality: LinkQuality) -> None:
        self._latency_ns = to_ns(quality.latency)
        self._jitter_ns = to_ns(quality.jitter)
        self._loss = quality.loss

    def cross_ns(self) -> int | None:
        """When a packet that enters now comes out at the far end, or None if it is lost."""
        if self._loss and self._network.stream(*self._purpose).random() < self._loss:
            return None
        arrival = self._network.clock.now_ns + self._latency_ns
        if self._jitter_ns:
            share = self._network.stream(*self._purpose).random()
            arrival += round(share * self._jitter_ns)
        self._last_ns = arrival = max(arrival, self._last_ns)
        return arrival


Receiver = Callable[[Packet, int], None]


class Port:
    """Where a place is plugged into a segment: a link, up to the segment and down from it.

    Args:
        receiver: takes packets that came down the link, and their numbers.
    """

    def __init__(
        self,
        network: Network,
        name: str,
        segment: "Segment",
        receiver: Receiver,
        quality: LinkQuality,
    ) -> None:
        self.name = name
        self.quality = quality
        self.segment = segment
        self._network = network
        self._receiver = receiver
        self._up = _Wire(network, (name, "up"), quality)
        self._down = _Wire(network, (name, "down"), quality)

    def change(self, quality: LinkQuality) -> None:
        """Give the link another quality, from now on."""
        self.quality = quality
        self._up.change(quality)
        self._down.change(quality)

    def send(self, packet: Packet, number: int) -> None:
        """From the place up to the segment."""
        self._cross(self._up, self.segment.forward, packet, number)

    def deliver(self, packet: Packet, number: int) -> None:
        """From the segment down to the place."""
        self._cross(self._down, self._receiver, packet, number)

    def _cross(self, wire: _Wire, onward: Receiver, packet: Packet, number: int) -> None:
        network = self._network
        arrival = wire.cross_ns()
        if arrival is None:
            lost = Drop(DropReason.LOST, f"the link of {self.name} loses {self.quality.loss:.1%}")
            network.trace.dropped(self.name, packet, number, lost)
        elif arrival == network.clock.now_ns:
            onward(packet, number)
        else:
            network.agenda.add(arrival, onward, packet, number)


class Gateway(Interface):
    """The way out of a segment."""

    def receive_inside(self, packet: Packet, number: int) -> None:
        """Take a packet for somewhere else."""


class Segment:
    """Places that reach each other without a NAT: the internet, or one LAN.

    Args:
        prefix: the addresses of a LAN, or None for the internet, where any address may be.
    """

    def __init__(self, network: Network, name: str, prefix: IpNetwork | None = None) -> None:
        self.name = name
        self.prefix = prefix
        self.gateway: Gateway | None = None
        self._network = network
        self._members: dict[str, Port] = {}
        self._is_inside = functools.cache(self._contains)

    def join(self, address: str, port: Port) -> None:
        """Plug in a place at an address.

        Raises:
            WorldError: the address is taken, is none, or does not belong here.
        """
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            raise WorldError(f"{address!r} of {port.name} is not an IP address") from None
        if address != str(known):
            raise WorldError(f"write {address!r} of {port.name} as {str(known)!r}")
        if address in self._members:
            other = self._members[address].name
            raise WorldError(f"{address} of {port.name} is already {other}'s on {self.name}")
        if self.prefix is not None and known not in self.prefix:
            raise WorldError(f"{address} of {port.name} is not in {self.prefix} of {self.name}")
        self._members[address] = port

    def is_taken(self, address: str) -> bool:
        """Tell whether somebody has this address."""
        return address in self._members

    def forward(self, packet: Packet, number: int) -> None:
        """Pass a packet to whom it is for, or to the gateway."""
        host = packet.destination[0]
        port = self._members.get(host)
        if port is not None:
            port.deliver(packet, number)
        elif self.gateway is not None and not self._is_inside(host):
            self.gateway.receive_inside(packet, number)
        else:
            nobody = Drop(DropReason.NO_ROUTE, f"nobody has {host} on {self.name}")
            self._network.trace.dropped(self.name, packet, number, nobody)

    def _contains(self, host: str) -> bool:
        """Tell whether an address must be found on this segment: its own, or another family's."""
        address = ipaddress.ip_address(host)
        if self.prefix is None or address.version != self.prefix.version:
            return True
        return address in self.prefix or address.is_multicast
