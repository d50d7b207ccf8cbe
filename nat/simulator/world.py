"""A world of hosts, LANs and NATs: how it is built, and how it changes."""

import dataclasses
import ipaddress
from collections.abc import Iterable
from typing import Any, Final

from nat.behavior import Behavior
from nat.links import INTERNET_QUALITY, LinkQuality
from nat.simulator.errors import WorldError
from nat.simulator.host import Host
from nat.simulator.links import Cutting, Port
from nat.simulator.nats import Middlebox, Nat
from nat.simulator.network import Network
from nat.simulator.resolver import Resolver
from nat.simulator.segment import HOMES, Segment
from nat.trace import DEFAULT_LIMIT, Events, PlaceKind

DEFAULT_START_SPREAD: Final = 0.1
"""Seconds within which hosts start their programs, each at a time of its own."""


class World:
    """Hosts on the internet and in LANs behind NATs.

    Args:
        seed: decides every random choice: ports, loss, jitter, and the random bytes of programs.
        trace_limit: events that the trace keeps at most; beyond that the oldest are forgotten, counted,
            and said to be. None keeps all, 0 none.

    Attributes:
        internet: the segment without a NAT before it.
        network: what all places share: the clock, the agenda, the trace.
        resolver: the names that hosts can look up.
    """

    def __init__(self, seed: int = 0, *, trace_limit: int | None = DEFAULT_LIMIT) -> None:
        self.seed = seed
        self.network = Network(seed, trace_limit)
        self.internet = Segment(self.network, "the internet")
        self.resolver = Resolver()
        self._hosts: list[Host] = []
        self._boxes: list[Middlebox] = []

    @property
    def hosts(self) -> tuple[Host, ...]:
        """All hosts, those behind NATs after those that began on the internet."""
        return (*self._hosts, *(host for box in self._boxes for host in box.hosts))

    @property
    def nats(self) -> tuple[Nat, ...]:
        """All NATs, in the order in which they were added."""
        return tuple(box for box in self._boxes if isinstance(box, Nat))

    @property
    def trace(self) -> Events:
        """What happened to each packet, in the order in which it happened: a sequence with questions."""
        trace = self.network.trace
        nats = {box.lan: box.name for box in self._boxes}
        for box in self._boxes:
            kind = PlaceKind.NAT if isinstance(box, Nat) else PlaceKind.FIREWALL
            trace.place(box.name, kind, box.external, nats.get(box.port.segment))
        for host in self.hosts:
            behind = nats.get(host.ports[0].segment) if host.ports else None
            trace.place(host.name, PlaceKind.HOST, host.addresses, behind)
        return trace.events

    def host(
        self, name: str, address: str | None = None, *, addresses: tuple[str, ...] = ()
    ) -> Host:
        """Add a host to the internet. Other hosts can look its name up.

        Args:
            address: its address; 198.51.100.1, .2, … if none is given.
            addresses: more of them, of either family.

        Raises:
            WorldError: a name or address is taken, or is none.
        """
        self.network.claim_name(name)
        host = Host(self.network, name)
        own = (address, *addresses) if address is not None else addresses
        host.attach(self.internet, *own)
        self.resolver.add(name, host.addresses)
        self._hosts.append(host)
        return host

    def nat(
        self,
        name: str,
        behavior: Behavior,
        *,
        external: str | tuple[str, ...] | None = None,
        lan: str = "192.168.1.0/24",
        inside: Middlebox | None = None,
    ) -> Nat:
        """Add a NAT with a LAN behind it.

        Args:
            external: its address or addresses outside; 203.0.113.1, .2, … if none is given.
            lan: the addresses behind it. Two NATs may have the same.
            inside: the NAT or firewall in whose LAN this one stands, or None for the internet.

        Raises:
            WorldError: a name or address is taken, is none, or is not in the outer LAN.
        """
        self.network.claim_name(name)
        outer = inside.lan if inside is not None else self.internet
        if external is None:
            external = outer.free_address(outer.prefix or HOMES)
        addresses = (external,) if isinstance(external, str) else external
        nat = Nat(self.network, name, _parse_lan(name, lan), behavior, addresses)
        self._connect(nat, outer).join(*addresses)
        return nat

    def _connect(self, box: Middlebox, outer: Segment) -> Port:
        port = Port(
            self.network,
            box.name,
            outer,
            box.receive_outside,
            INTERNET_QUALITY,
            cutting=Cutting.IPV4,
        )
        box.plug_in(port)
        self._boxes.append(box)
        return port

    def name(self, name: str, *addresses: str) -> None:
        """Give addresses another name that hosts can look up."""
        self.resolver.add(name, addresses)

    # what can change while programs run

    def link(
        self,
        place: Host | Middlebox,
        *,
        interface: str | None = None,
        up: LinkQuality | None = None,
        down: LinkQuality | None = None,
        **changes: Any,
    ) -> None:
        """Change the link by which a host or NAT is connected; what is not given stays.

        Args:
            interface: which link, if a host has several; otherwise the first one.
            up: what it does to packets from the place.
            down: what it does to packets to the place.
            changes: settings of `LinkQuality` for both directions: latency (at first 0.01 s on
                the internet and 0.0005 s in a LAN), jitter, reordering, loss, duplication,
                bandwidth, queue, mtu, cut.

        Raises:
            WorldError: it is impossible, or there is no such setting or interface.
        """
        port = place.port if isinstance(place, Middlebox) else place.node.port_of(interface)
        try:
            port.change(
                dataclasses.replace(up or port.up.quality, **changes),
                dataclasses.replace(down or port.down.quality, **changes),
            )
        except (TypeError, ValueError) as error:
            raise WorldError(f"the link of {place.name} cannot be so: {error}") from None

    def partition(self, one: Iterable[Host | Middlebox], other: Iterable[Host | Middlebox]) -> None:
        """Part places: those of one side and of the other no longer reach each other.

        Hosts in different LANs are parted where their ways meet, so all that is behind the same
        NATs is parted with them.

        Raises:
            WorldError: two of them have no network in common.
        """
        for here in one:
            for there in other:
                segment, near, far = self._meeting_of(here, there)
                segment.part({near}, {far})

    def heal(self) -> None:
        """End all partitions."""
        for segment in (self.internet, *(box.lan for box in self._boxes)):
            segment.heal()

    def _meeting_of(
        self, here: Host | Middlebox, there: Host | Middlebox
    ) -> tuple[Segment, str, str]:
        """The innermost segment that both stand on, themselves or with a NAT before them."""
        others = dict(self._stands(there))
        for segment, near in self._stands(here):
            if segment in others and others[segment] != near:
                return segment, near, others[segment]
        raise WorldError(f"{here.name} and {there.name} have no network in common")

    def _stands(self, place: Host | Middlebox) -> Iterable[tuple[Segment, str]]:
        """Segments, from the innermost outwards, and who stands there for a place."""
        if isinstance(place, Middlebox):
            yield place.lan, place.name
            yield from self._outwards(place.name, place.port.segment)
        else:
            for port in place.ports:
                yield from self._outwards(place.name, port.segment)

    def _outwards(self, name: str, segment: Segment) -> Iterable[tuple[Segment, str]]:
        yield segment, name
        for box in self._boxes:
            if box.lan is segment:
                yield from self._outwards(box.name, box.port.segment)


def _parse_lan(name: str, lan: str) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.IPv4Network(lan)
    except ValueError as error:
        raise WorldError(f"the LAN of {name} is not an IPv4 network: {error}") from None
    if network.num_addresses < 4:
        raise WorldError(f"the LAN of {name}, {network}, has no room for a NAT and a host")
    return network
