"""Where a place is plugged into a segment, and how packets cross the link in between.

A link that only delays costs one step of the agenda for the whole way over a segment: up from one
place and down to the other. The ways are worked out once and forgotten when anything changes; what
is under way then is brought back to where it is at that time.
"""

import enum

from nat.fragments import split
from nat.links import LinkQuality, Wire
from nat.packets import (
    Address,
    Drop,
    DropReason,
    Fragment,
    IcmpError,
    IcmpKind,
    Packet,
    Protocol,
    wire_size,
)
from nat.segments import Segment as TcpSegment
from nat.simulator.errors import WorldError
from nat.simulator.network import Network, Receiver
from nat.simulator.segment import Exit, Segment


class Cutting(enum.Enum):
    """What a place cuts into pieces before a link that is too narrow for it."""

    ALL = "all"
    """As hosts do with what they send."""
    IPV4 = "IPv4"
    """As routers do (RFC 8200 §5)."""


class Way:
    """What becomes of a packet that enters a segment at one place for one address: a `Journey`.

    Attributes:
        delay_ns: nanoseconds until `action`.
        action: takes the packet at the end.
        down_ns: how many of them are on the way down from the segment.
        up: the link up to the segment, or None.
        exit: where it leaves the segment.
        forward: takes the packet at the segment, if the way has changed meanwhile.
    """

    __slots__ = ("action", "delay_ns", "down_ns", "exit", "forward", "up")

    def __init__(self, up: Wire | None, exit_: Exit, forward: Receiver) -> None:
        self.up = up
        self.exit = exit_
        self.forward = forward
        self.action: Receiver = exit_.receiver
        self.down_ns = exit_.down.latency_ns if exit_.down is not None else 0
        self.delay_ns = self.down_ns + (up.latency_ns if up is not None else 0)

    def is_plain(self, now_ns: int) -> bool:
        """Every packet takes this time, and none would overtake what is still under way.

        What goes step by step and is at the segment at the same time would be behind on the way
        down, therefore what is on the way up must be there before.
        """
        up, down = self.up, self.exit.down
        if up is not None and not (up.is_plain and up.last_ns < now_ns + up.latency_ns):
            return False
        if down is not None and not (down.is_plain and down.last_ns < now_ns + self.delay_ns):
            return False
        return self.delay_ns > 0

    def revise(self, when_ns: int, now_ns: int) -> tuple[int, Receiver]:
        """What to do with a packet that was to arrive at a time, now that something has changed."""
        middle = when_ns - self.down_ns
        down = self.exit.down
        if self.up is not None and middle > now_ns:
            self.up.last_ns = max(self.up.last_ns, middle)
            return middle, self.forward
        if down is not None:
            down.last_ns = max(down.last_ns, when_ns)
        return when_ns, self.exit.arrive


class Entrance:
    """Where packets enter a segment.

    Args:
        name: of the place.
        up: the link up to the segment, or None for a router, which is part of it.
    """

    def __init__(self, network: Network, name: str, segment: Segment, up: Wire | None) -> None:
        self.name = name
        self.segment = segment
        self.ways: dict[str, Way] = {}
        self._network = network
        self._up = up

    def send(self, packet: Packet, number: int) -> None:
        """Send a packet to whoever on the segment it is for."""
        way = self.ways.get(packet[2][0])
        if way is None and (self._up is None or self._up.is_plain):
            way = self.find_way(packet[2][0])
        if way is None:
            self._send_step_by_step(packet, number)
        else:
            network = self._network
            when = network.clock.now_ns + way.delay_ns
            network.agenda.add_journey(when, way, (packet, number))

    def find_way(self, host: str) -> Way | None:
        """The way to an address, if every packet takes the same."""
        segment = self.segment
        exit_ = segment.exit_for(host)
        if exit_ is None or segment.is_parted(self.name, exit_.name):
            return None
        way = Way(self._up, exit_, self._forward)
        if not way.is_plain(self._network.clock.now_ns):
            return None
        self._network.remember(self.ways)
        self.ways[host] = way
        return way

    def _send_step_by_step(self, packet: Packet, number: int) -> None:
        self._forward(packet, number)

    def _forward(self, packet: Packet, number: int) -> None:
        self.segment.forward(packet, number, self.name)


class Port(Entrance):
    """Where a place is plugged into a segment: a link, up to the segment and down from it.

    Args:
        name: of the place.
        receiver: takes packets that came down the link, and their numbers.
        quality: of the link, in both directions.
        interface: which of its links it is, if the place has several.
        cutting: what the place cuts into pieces before a narrow link.

    Attributes:
        addresses: what the place has on the segment.
    """

    def __init__(
        self,
        network: Network,
        name: str,
        segment: Segment,
        receiver: Receiver,
        quality: LinkQuality,
        interface: str = "",
        cutting: Cutting = Cutting.ALL,
    ) -> None:
        label = (name, interface) if interface else (name,)

        def wire(direction: str) -> Wire:
            return Wire(
                ".".join(label),
                quality,
                lambda purpose: network.stream("link", *label, direction, purpose),
            )

        up = wire("up")
        super().__init__(network, name, segment, up)
        self.up = up
        self.down = wire("down")
        self.addresses: tuple[str, ...] = ()
        self.receiver = receiver
        self._cutting = cutting

    @property
    def quality(self) -> LinkQuality:
        """The quality of the way up."""
        return self.up.quality

    def join(self, *addresses: str) -> None:
        """Take addresses on the segment: all of them, or none.

        Raises:
            WorldError: one is taken, is none, or does not belong here.
        """
        self.renumber(*self.addresses, *addresses)

    def renumber(self, *addresses: str) -> None:
        """Take other addresses on the segment, and give back those from before.

        Raises:
            WorldError: one is taken, is none, or does not belong here; then nothing changes.
        """
        new = [address for address in addresses if address not in self.addresses]
        try:
            for address in new:
                self.segment.join(address, self)
        except WorldError:
            self.segment.leave(self, *new)
            raise
        self.segment.leave(self, *(one for one in self.addresses if one not in addresses))
        self.addresses = addresses

    def change(self, up: LinkQuality, down: LinkQuality | None = None) -> None:
        """Give the link another quality, from now on; the same in both directions, or two."""
        self._network.change_ways()
        self.up.change(up)
        self.down.change(down or up)

    def unplug(self) -> None:
        """Take the place off the segment; what is still on its way down is lost."""
        self.receiver = self._lose
        self._network.change_ways()
        self.segment.leave(self, *self.addresses)
        self.addresses = ()
        self._network.forget(self.ways)

    def deliver(self, packet: Packet, number: int) -> None:
        """From the segment down to the place."""
        self._cross(self.down, self.arrive, packet, number, Cutting.IPV4)

    def arrive(self, packet: Packet, number: int) -> None:
        """At the place."""
        self.receiver(packet, number)

    def _send_step_by_step(self, packet: Packet, number: int) -> None:
        self._cross(self.up, self._forward, packet, number, self._cutting)

    def _cross(
        self, wire: Wire, onward: Receiver, packet: Packet, number: int, cutting: Cutting
    ) -> None:
        """Over one direction of the link, in pieces if it is too large.

        TCP of the simulator is never too large; real TCP learns what would have fitted.
        """
        mtu = wire.quality.mtu
        if mtu is None or isinstance(packet.payload, TcpSegment) or wire_size(packet) <= mtu:
            self._cross_whole(wire, onward, packet, number)
            return
        pieces = _cut(wire, packet, mtu, cutting)
        if isinstance(pieces, Drop):
            self._drop(packet, number, pieces)
            return
        for piece in pieces:
            self._cross_whole(wire, onward, piece, number)

    def _cross_whole(self, wire: Wire, onward: Receiver, packet: Packet, number: int) -> None:
        network = self._network
        now, before = network.clock.now_ns, wire.last_ns
        fate = wire.cross(wire_size(packet) if wire.is_sized else 0, now)
        if isinstance(fate, Drop):
            self._drop(packet, number, fate)
            return
        for arrival in fate:
            if arrival == now > before:  # otherwise something may still have to go before it
                onward(packet, number)
            else:
                network.agenda.add(arrival, onward, packet, number)

    def _drop(self, packet: Packet, number: int, drop: Drop) -> None:
        trace = self._network.trace
        trace.dropped(self.name, packet, number, drop)
        if drop.reply is not None:
            self._forward(drop.reply, trace.sent(self.name, drop.reply))

    def _lose(self, packet: Packet, number: int) -> None:
        gone = Drop(DropReason.NO_ROUTE, f"{self.name} has left {self.segment.name}")
        self._network.trace.dropped(self.name, packet, number, gone)


def _cut(wire: Wire, packet: Packet, mtu: int, cutting: Cutting) -> list[Packet] | Drop:
    """The pieces of a packet, or why it is not cut."""
    six = ":" in packet.destination.host
    may_be_cut = not packet.dont_fragment and not (six and cutting is Cutting.IPV4)
    if may_be_cut and packet.protocol is Protocol.UDP and isinstance(packet.payload, bytes):
        return split(packet, mtu, wire.next_identification())
    detail = f"{wire_size(packet)} bytes do not fit through {mtu} on the link of {wire.name}"
    return Drop(DropReason.TOO_BIG, detail, _too_big(packet, mtu))


def _too_big(packet: Packet, mtu: int) -> Packet | None:
    """RFC 1191 §4, RFC 4443 §3.2: the sender learns what would have fitted."""
    about_an_error = isinstance(packet.payload, IcmpError)
    later_piece = isinstance(packet.payload, Fragment) and packet.payload.offset > 0
    if about_an_error or later_piece:
        return None
    source, destination = packet.destination.host, packet.source.host
    error = IcmpError(packet, IcmpKind.PACKET_TOO_BIG, mtu)
    return Packet(Protocol.ICMP, Address(source, 0), Address(destination, 0), error)
