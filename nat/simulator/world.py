"""A world of hosts, LANs and NATs: how it is built, and how it changes."""

import dataclasses
import ipaddress
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from nat.behavior import Behavior
from nat.firewall import STRICT
from nat.links import INTERNET_QUALITY, LinkQuality
from nat.nat64 import WELL_KNOWN
from nat.presets import PORT_RESTRICTED_CONE
from nat.simulator.clock import to_ns
from nat.simulator.errors import WorldError
from nat.simulator.host import Host
from nat.simulator.ipv6 import Firewall, Nat64
from nat.simulator.links import Cutting, Port
from nat.simulator.nats import Middlebox, Nat
from nat.simulator.network import Network
from nat.simulator.resolver import Resolver
from nat.simulator.segment import HOMES, IpNetwork, Segment
from nat.trace import DEFAULT_LIMIT, Events, PlaceKind

N = TypeVar("N", ipaddress.IPv4Network, ipaddress.IPv6Network, IpNetwork)

DEFAULT_START_SPREAD: Final = 0.1
"""Seconds within which hosts start their programs, each at a time of its own."""


class World:
    """Hosts on the internet and in LANs behind NATs.

    Args:
        seed: decides every random choice: ports, loss, jitter, and the random bytes of programs.
        start_spread: seconds within which `Host.start` starts a task, each at a random time of its
            own; 0 for at once. Peers that start at the same moment hide races.
        trace_limit: events that the trace keeps at most; beyond that the oldest are forgotten, counted,
            and said to be. None keeps all, 0 none.

    Attributes:
        internet: the segment without a NAT before it.
        network: what all places share: the clock, the agenda, the trace.
        resolver: the names that hosts can look up.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        start_spread: float = DEFAULT_START_SPREAD,
        trace_limit: int | None = DEFAULT_LIMIT,
    ) -> None:
        if not 0 <= start_spread < float("inf"):
            raise WorldError(f"start_spread must be 0 s or more, got {start_spread:g}")
        self.seed = seed
        self.network = Network(seed, trace_limit)
        self.network.start_spread = start_spread
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
    def boxes(self) -> tuple[Middlebox, ...]:
        """All NATs, firewalls and NAT64s, in the order in which they were added."""
        return tuple(self._boxes)

    @property
    def trace(self) -> Events:
        """What happened to each packet, in the order in which it happened: a sequence with questions."""
        trace = self.network.trace
        # where a NAT and a firewall stand before one LAN, the NAT counts
        boxes = sorted(self._boxes, key=lambda box: not isinstance(box, Firewall))
        before = {box.lan: box.name for box in boxes}
        for box in self._boxes:
            kind = PlaceKind.FIREWALL if isinstance(box, Firewall) else PlaceKind.NAT
            trace.place(box.name, kind, box.external, before.get(box.port.segment))
        for host in self.hosts:
            behind = before.get(host.ports[0].segment) if host.ports else None
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

    def unplugged_host(self, name: str) -> Host:
        """Add a host without an interface; `Host.attach` gives it some.

        Raises:
            WorldError: the name is taken.
        """
        self.network.claim_name(name)
        host = Host(self.network, name)
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
        outer = inside.lan if inside is not None else self.internet
        addresses = _addresses(outer, external)
        own = _parse_network(f"the LAN of {name}", lan, ipaddress.IPv4Network)
        self.network.claim_name(name)
        nat = Nat(self.network, name, own, behavior, addresses)
        self._connect(nat, outer).join(*addresses)
        return nat

    def firewall(
        self,
        name: str,
        prefix: str,
        behavior: Behavior = STRICT,
        *,
        lan: Middlebox | None = None,
        inside: Middlebox | None = None,
    ) -> Firewall:
        """Add a router with a stateful firewall and the network behind it.

        Args:
            prefix: the addresses behind it, such as "2001:db8:1::/64".
            behavior: `nat.firewall.STRICT` lets in only answers, `SIMPLE_SECURITY` is RFC 6092's.
            lan: a NAT whose LAN gets these addresses, too, so that its hosts have both families.
            inside: the NAT or firewall in whose LAN this one stands, or None for the internet.

        Raises:
            WorldError: the name is taken, or the addresses are none or in use.
        """
        network = _parse_network(f"the prefix of {name}", prefix, ipaddress.ip_network)
        outer = inside.lan if inside is not None else self.internet
        taken = outer.find_in(network)
        if taken is not None:
            raise WorldError(f"the prefix of {name}, {network}, contains {taken}")
        self.network.claim_name(name)
        shared = lan.lan if lan is not None else None
        firewall = Firewall(self.network, name, network, behavior, shared)
        self._connect(firewall, outer)
        return firewall

    def nat64(
        self,
        name: str,
        behavior: Behavior = PORT_RESTRICTED_CONE,
        *,
        external: str | tuple[str, ...] | None = None,
        lan: str = "2001:db8:64::/64",
        prefix: str = WELL_KNOWN,
        inside: Middlebox | None = None,
    ) -> Nat64:
        """Add a NAT64 and a LAN that has IPv6 only. Names are not translated (DNS64).

        Args:
            external: its IPv4 address or addresses outside; 203.0.113.1, .2, … if none is given.
            lan: the addresses behind it.
            prefix: under which hosts inside see IPv4 addresses; `Nat64.embed` gives them.
            inside: the NAT in whose LAN this one stands, or None for the internet.

        Raises:
            WorldError: a name or address is taken, is none, or is not in the outer LAN.
        """
        own = _parse_network(f"the LAN of {name}", lan, ipaddress.IPv6Network)
        self.network.claim_name(name)
        outer = inside.lan if inside is not None else self.internet
        addresses = _addresses(outer, external)
        nat = Nat64(self.network, name, own, behavior, addresses, prefix)
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

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Let something happen at a time of the run that comes, or of the run that lasts.

        Args:
            time: seconds of virtual time since the world began; if it has passed, at once.
            action: such as `nat.reboot`, called between two events of the network.
        """
        self.network.agenda.add(max(to_ns(time), self.network.clock.now_ns), action)

    def find_nat(self, name: str) -> Nat:
        """The NAT of a name.

        Raises:
            KeyError: there is none; the message lists those there are.
        """
        known = {nat.name: nat for nat in self.nats}
        if name not in known:
            raise KeyError(f"there is no NAT {name!r}; there are {', '.join(known) or 'none'}")
        return known[name]

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


def _addresses(outer: Segment, external: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if external is None:
        return (outer.free_address(outer.prefix or HOMES),)
    return (external,) if isinstance(external, str) else external


def _parse_network(what: str, text: str, kind: Callable[[str], N]) -> N:
    try:
        network = kind(text)
    except ValueError as error:
        word = {"IPv4Network": "an IPv4", "IPv6Network": "an IPv6"}.get(kind.__name__, "a")
        raise WorldError(f"{what} is not {word} network: {error}") from None
    if network.num_addresses < 4:
        raise WorldError(f"{what}, {network}, has no room for a router and a host")
    return network
