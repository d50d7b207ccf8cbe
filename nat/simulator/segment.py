"""Places that reach each other without a NAT: the internet, or one LAN."""

import ipaddress
import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from typing import Protocol as Interface

from nat.links import INTERNET_QUALITY, LAN_QUALITY, LinkQuality, Wire
from nat.packets import Drop, DropReason, Packet
from nat.simulator.errors import WorldError
from nat.simulator.network import Network, Receiver

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

SERVERS: Final = ipaddress.ip_network("198.51.100.0/24")
"""RFC 5737 §3: TEST-NET-2; hosts on the internet get their addresses here."""
HOMES: Final = ipaddress.ip_network("203.0.113.0/24")
"""RFC 5737 §3: TEST-NET-3; NATs on the internet get their addresses here."""


@dataclass(frozen=True, slots=True)
class Exit:
    """Where packets leave a segment.

    Attributes:
        name: of the place.
        down: the link down to it, or None for a router, which is part of the segment.
        receiver: takes them.
        deliver: takes them at the near end of the link.
        arrive: takes them at the far end, even if the place has left meanwhile.
    """

    name: str
    down: Wire | None
    receiver: Receiver
    deliver: Receiver
    arrive: Receiver


class Member(Interface):
    """A place that is plugged in.

    Attributes:
        name: how the trace calls it.
        down: the link down to it.
        receiver: takes packets that came down the link.
    """

    name: str
    down: Wire
    receiver: Receiver

    def deliver(self, packet: Packet, number: int) -> None:
        """Take a packet down the link."""

    def arrive(self, packet: Packet, number: int) -> None:
        """Take a packet that came down the link, even if the place has left meanwhile."""


class Segment:
    """A network whose places reach each other.

    Args:
        name: in words, for the trace.
        prefix: the addresses of a LAN, or None for the internet, where any address may be.

    Attributes:
        usual: the quality of links to it, unless something else is said.
        router6: the address of its firewall of IPv6, where that answers for itself.
    """

    def __init__(self, network: Network, name: str, prefix: IpNetwork | None = None) -> None:
        self.name = name
        self.usual: LinkQuality = INTERNET_QUALITY if prefix is None else LAN_QUALITY
        self.router6: str | None = None
        self._prefixes: tuple[IpNetwork, ...] = () if prefix is None else (prefix,)
        self._network = network
        self._members: dict[str, Member] = {}
        self._routes: list[tuple[IpNetwork, Exit]] = []
        self._next_free: dict[IpNetwork, int] = {}
        self._exits: dict[str, Exit | None] = {}
        self._parted: list[tuple[frozenset[str], frozenset[str]]] = []

    @property
    def lan(self) -> "Segment":
        """Itself: a host can be plugged into it as into the LAN of a NAT."""
        return self

    @property
    def prefix(self) -> IpNetwork | None:
        """The addresses of a LAN, or None for the internet."""
        return self._prefixes[0] if self._prefixes else None

    @property
    def prefixes(self) -> tuple[IpNetwork, ...]:
        """The addresses of a LAN, one family after the other; none for the internet."""
        return self._prefixes

    @property
    def router(self) -> str | None:
        """The address of the NAT of a LAN, whether it answers there or not; None elsewhere."""
        lan = self.prefix
        has_way_out = any(towards.version == 4 for towards, _ in self._routes)
        return str(lan[1]) if lan is not None and lan.version == 4 and has_way_out else None

    # who is there

    def join(self, address: str, member: Member) -> None:
        """Plug in a place at an address.

        Raises:
            WorldError: the address is taken, is none, or does not belong here.
        """
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            raise WorldError(f"{address!r} of {member.name} is not an IP address") from None
        if address != str(known):
            raise WorldError(f"write {address!r} of {member.name} as {str(known)!r}")
        if address in self._members:
            other = self._members[address].name
            raise WorldError(f"{address} of {member.name} is already {other}'s on {self.name}")
        if self._prefixes and not any(known in one for one in self._prefixes):
            prefixes = " or ".join(map(str, self._prefixes))
            raise WorldError(f"{address} of {member.name} is not in {prefixes} of {self.name}")
        for towards, exit_ in self._routes:
            if towards.prefixlen and known in towards:
                message = f"{address} of {member.name} is in {towards}, which is {exit_.name}'s"
                raise WorldError(message)
        self._members[address] = member
        self._network.change_ways()

    def join_group(self, group: str, member: Member) -> None:
        """Give a place the packets to a multicast address; a group has one member here."""
        self._members[group] = member
        self._network.change_ways()

    def leave(self, member: Member, *addresses: str) -> None:
        """Give back addresses; those that are another's stay as they are."""
        for address in addresses:
            if self._members.get(address) is member:
                del self._members[address]
        self._network.change_ways()

    def add_prefix(self, prefix: IpNetwork) -> None:
        """Give a LAN more addresses.

        Raises:
            WorldError: it has some of that family, or it is the internet.
        """
        if not self._prefixes or any(one.version == prefix.version for one in self._prefixes):
            raise WorldError(f"{self.name} cannot have {prefix}, too: one of each family in a LAN")
        self._prefixes = (*self._prefixes, prefix)
        self._network.change_ways()

    def add_route(self, towards: IpNetwork, exit_: Exit) -> None:
        """Send packets for a range of addresses to a router; the smallest range counts."""
        self._routes.append((towards, exit_))
        self._routes.sort(key=lambda route: route[0].prefixlen, reverse=True)
        self._network.change_ways()

    def is_taken(self, address: str) -> bool:
        """Tell whether somebody has this address."""
        return address in self._members

    def find_in(self, prefix: IpNetwork) -> str | None:
        """An address that somebody has in a range, or a range of a router that overlaps it."""
        for towards, exit_ in self._routes:
            if towards.prefixlen and overlap(towards, prefix):
                return f"{towards} of {exit_.name}"
        for address, member in self._members.items():
            if ipaddress.ip_address(address) in prefix:
                return f"{address} of {member.name}"
        return None

    def free_addresses(self, avoid: Collection[str] = ()) -> tuple[str, ...]:
        """An address of each family of a LAN that nobody has.

        Args:
            avoid: addresses that will not do.

        Raises:
            WorldError: none is left.
        """
        if not self._prefixes:
            return (self.free_address(SERVERS, avoid),)
        return tuple(self.free_address(prefix, avoid) for prefix in self._prefixes)

    def free_address(self, among: IpNetwork, avoid: Collection[str] = ()) -> str:
        """An address of a range that nobody has; in a LAN the first one is the router's.

        Args:
            avoid: addresses that will not do.

        Raises:
            WorldError: none is left.
        """
        first = 2 if among in self._prefixes else 1
        last = among.num_addresses - 2
        hint = self._next_free.get(among, first)
        for number in itertools.chain(range(hint, last + 1), range(first, min(hint, last + 1))):
            address = str(among[number])
            if address not in self._members and address not in avoid:
                self._next_free[among] = number + 1
                return address
        raise WorldError(f"{self.name} has no free address in {among}: give one")

    # where packets go

    def exit_for(self, host: str) -> Exit | None:
        """Where packets for an address leave, or None if nobody here has it or knows the way."""
        if host not in self._exits:
            self._network.remember(self._exits)
            self._exits[host] = self._find_exit(host)
        return self._exits[host]

    def _find_exit(self, host: str) -> Exit | None:
        member = self._members.get(host)
        if member is not None:
            return Exit(member.name, member.down, member.receiver, member.deliver, member.arrive)
        address = ipaddress.ip_address(host)
        if address.is_multicast:
            return None
        own = max((one.prefixlen for one in self._prefixes if address in one), default=-1)
        for towards, exit_ in self._routes:
            if address in towards:
                return exit_ if towards.prefixlen > own else None
        return None

    def forward(self, packet: Packet, number: int, sender: str) -> None:
        """Pass a packet to whom it is for, or to a router.

        Args:
            sender: the place here that it comes from.
        """
        host = packet.destination[0]
        exit_ = self.exit_for(host)
        if exit_ is None:
            drop = Drop(DropReason.NO_ROUTE, f"nobody has {host} on {self.name}")
        elif self.is_parted(sender, exit_.name):
            detail = f"{sender} and {exit_.name} are parted on {self.name}"
            drop = Drop(DropReason.LINK_DOWN, detail)
        else:
            exit_.deliver(packet, number)
            return
        self._network.trace.dropped(self.name, packet, number, drop)

    # partitions

    def part(self, one: Iterable[str], other: Iterable[str]) -> None:
        """Let the places of one side and of the other reach each other no more."""
        self._parted.append((frozenset(one), frozenset(other)))
        self._network.change_ways()

    def heal(self) -> None:
        """End all partitions."""
        self._parted.clear()
        self._network.change_ways()

    def is_parted(self, one: str, other: str) -> bool:
        """Tell whether a partition stands between two places."""
        return any(
            (one in here and other in there) or (one in there and other in here)
            for here, there in self._parted
        )


def overlap(one: IpNetwork, other: IpNetwork) -> bool:
    """Tell whether two networks have an address in common."""
    return one.version == other.version and one.overlaps(other)
