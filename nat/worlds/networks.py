"""Who has which address on which network of a plan, at one time of the world."""

import ipaddress
import itertools
from collections.abc import Collection, Iterator
from typing import Final

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

SERVERS: Final = ipaddress.IPv4Network("198.51.100.0/24")
"""RFC 5737 §3: TEST-NET-2; hosts on the internet get their addresses here."""
HOMES: Final = ipaddress.IPv4Network("203.0.113.0/24")
"""RFC 5737 §3: TEST-NET-3; NATs on the internet get their addresses here."""
_LOOKED_AT: Final = 100_000


class PlannedNetwork:
    """One network.

    Args:
        name: how the plan calls it.
        prefixes: the addresses it has, each with a router's name; none for the internet.

    Attributes:
        taken: who has which address.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.prefixes: list[IpNetwork] = []
        self.taken: dict[str, str] = {}

    def add(self, prefix: IpNetwork, router: str) -> None:
        """Give the network addresses; the router has the first of them."""
        self.prefixes.append(prefix)
        self.taken[str(first_address(prefix))] = router

    def refusal(self, address: str, owner: str) -> str | None:
        """Why somebody cannot have an address here, or None if it can."""
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            return f"{address!r} is not an IP address"
        if address != str(known):
            return f"write {address!r} as {str(known)!r}"
        if known.is_multicast or known.is_loopback or known.is_unspecified:
            return f"{address} is no address that a place can have"
        if self.prefixes and not any(known in prefix for prefix in self.prefixes):
            allowed = " or ".join(map(str, self.prefixes))
            return f"{address} is not on {self.name}; allowed there: {allowed}"
        other = self.taken.get(address)
        if other not in {None, owner}:
            return f"{address} is already {other}'s on {self.name}; allowed: one that nobody has"
        return None

    def claim(self, address: str, owner: str) -> str | None:
        """Take an address, or give the reason why not."""
        refusal = self.refusal(address, owner)
        if refusal is None:
            self.taken[address] = owner
        return refusal

    def release(self, owner: str) -> None:
        """Give back whatever somebody has here."""
        self.taken = {one: who for one, who in self.taken.items() if who != owner}

    def find_free(
        self,
        owner: str,
        *,
        public: IpNetwork,
        version: int | None = None,
        avoid: Collection[str] = (),
    ) -> list[str]:
        """Take a free address of every prefix, or of one family; none is found if all are taken.

        Args:
            public: where to look on the internet.
            version: 4 or 6, or None for both.
            avoid: what the owner has elsewhere.
        """
        found = []
        for prefix in self.prefixes or [public]:
            if version in {None, prefix.version}:
                for address in map(str, itertools.islice(hosts_of(prefix), _LOOKED_AT)):
                    if address not in self.taken and address not in avoid:
                        self.taken[address] = owner
                        found.append(address)
                        break
        return found


def first_address(prefix: IpNetwork) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address that the router of a network has."""
    return prefix.network_address + 1


def hosts_of(prefix: IpNetwork) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The addresses that hosts can have, the first ones first."""
    yield from prefix.hosts()


def parse_prefix(text: str) -> IpNetwork:
    """Read the addresses of a network.

    Raises:
        ValueError: they are none, or there is no room for a router and a host.
    """
    try:
        prefix = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"{error}; allowed: a network such as 192.168.1.0/24") from None
    if prefix.num_addresses < 4:
        raise ValueError(f"{prefix} has no room for a router and a host; allowed: at least a /30")
    return prefix
