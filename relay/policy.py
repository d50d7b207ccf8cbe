"""Which peers the relay may talk to: a deny table, an allow list, and the relay's own addresses.

The rules:

1. An address is turned into an integer once, and an IPv4 address in IPv6 clothes becomes that IPv4 address
   first. Every comparison is one between integers.
2. The relay's own listeners are never peers. Its own relay addresses are, on ports that are allocated at
   that moment, because two clients of one relay reach each other that way; whatever else the machine runs
   on those addresses stays out of reach, in the relay port range, too.
3. An allow list wins over a deny list; both win over the table; `Reach.LOCAL` opens the rows marked local.

`ipaddress` only parses here: its `is_global` is True for `::127.0.0.1`, `64:ff9b::7f00:1` and others, and
differs between Python releases.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from relay.errors import SettingsError
from relay.interfaces import PeerTransport, RelayInterface, family_of, is_wildcard
from stunwire import Address, Family

MEMORY_OF_VERDICTS = 4096


class Reach(Enum):
    """How far peers may be."""

    PUBLIC = "public"
    """Only peers on the public internet."""
    LOCAL = "local"
    """Also loopback, private (RFC 1918, RFC 6598) and unique local (RFC 4193) addresses."""


class Canonical(NamedTuple):
    """An IP address as a version (4 or 6) and an integer."""

    version: int
    value: int


class Block(NamedTuple):
    """A range of addresses, both ends included, and what it is."""

    version: int
    first: int
    last: int
    name: str
    local: bool


_IN_IPV6_CLOTHES = (
    (int(ipaddress.IPv6Address("::ffff:0:0")) >> 32, "IPv4-mapped, RFC 4291 §2.5.5.2"),
    (int(ipaddress.IPv6Address("::")) >> 32, "IPv4-compatible, RFC 4291 §2.5.5.1"),
    (int(ipaddress.IPv6Address("::ffff:0:0:0")) >> 32, "IPv4-translated, RFC 2765 §2.1"),
    (int(ipaddress.IPv6Address("64:ff9b::")) >> 32, "well-known NAT64 prefix, RFC 6052 §2.1"),
)
_CLOTHES = frozenset(prefix for prefix, _ in _IN_IPV6_CLOTHES)
_IPV6_LOOPBACK = 1


def canonical(host: str) -> Canonical:
    """Turn an IP address in text form into the one integer that policy compares.

    Raises:
        ValueError: `host` is not an IP address.
    """
    parsed = ipaddress.ip_address(host)
    return _undress(Canonical(parsed.version, int(parsed)))


def _undress(address: Canonical) -> Canonical:
    version, value = address
    if version == 6 and value >> 32 in _CLOTHES and value > _IPV6_LOOPBACK:
        return Canonical(4, value & 0xFFFF_FFFF)
    return address


def block(cidr: str, name: str, *, local: bool = False) -> Block:
    """Read a network in CIDR notation (or a single address).

    Raises:
        SettingsError: `cidr` is not a network, or has host bits set.
    """
    try:
        network = ipaddress.ip_network(cidr)
    except ValueError as error:
        raise SettingsError(
            f"expected a network such as 10.0.0.0/8, got {cidr!r}: {error}"
        ) from error
    first = Canonical(network.version, int(network.network_address))
    last = Canonical(network.version, int(network.broadcast_address))
    if network.version == 6 and network.prefixlen >= 96:
        first, last = _undress(first), _undress(last)
    if first.version != last.version:  # ::/96 itself: its first address stays an IPv6 one
        first = Canonical(last.version, 0)
    return Block(first.version, first.value, last.value, name, local)


def _table(rows: Iterable[tuple[str, str]], *, local: bool) -> tuple[Block, ...]:
    return tuple(block(cidr, name, local=local) for cidr, name in rows)


LOCAL_BLOCKS = _table(
    (
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared (carrier-grade NAT)"),
        ("127.0.0.0/8", "loopback"),
        ("172.16.0.0/12", "private"),
        ("192.168.0.0/16", "private"),
        ("::1/128", "loopback"),
        ("fc00::/7", "unique local"),
    ),
    local=True,
)
"""What `Reach.LOCAL` opens. Link-local is not among them: cloud metadata services live there."""

DENIED_BLOCKS = LOCAL_BLOCKS + _table(
    (
        ("0.0.0.0/8", "this network"),
        ("169.254.0.0/16", "link-local"),
        ("192.0.0.0/24", "IETF protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "6to4 relay anycast"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("64:ff9b:1::/48", "local-use NAT64"),
        ("100::/64", "discard only"),
        ("2001::/23", "IETF protocol assignments (Teredo, ORCHID, benchmarking)"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),  # RFC 8656 §21.4
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    ),
    local=False,
)
"""What is denied unless it is allowed."""

TUNNEL_BLOCKS = _table((("2001::/32", "Teredo"), ("2002::/16", "6to4")), local=False)
"""RFC 8656 §21.4: clients from there get nothing, lest packets go round between relay and tunnel."""

_GLOBAL_UNICAST_IPV6 = block("2000::/3", "global unicast")


_LOOPBACKS = (canonical("127.0.0.1"), canonical("::1"))


class BlockSet:
    """Blocks that can be asked, in logarithmic time, which of them holds an address."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks: dict[int, list[Block]] = {4: [], 6: []}
        for row in blocks:
            self._blocks[row.version].append(row)
        for version, rows in self._blocks.items():
            self._blocks[version] = _without_nested(
                sorted(rows, key=lambda row: (row.first, -row.last))
            )
        self._firsts = {v: [row.first for row in rows] for v, rows in self._blocks.items()}

    def find(self, address: Canonical) -> Block | None:
        """Return the block that holds `address`, if one does."""
        position = bisect_right(self._firsts[address.version], address.value) - 1
        if position < 0:
            return None
        row = self._blocks[address.version][position]
        return row if address.value <= row.last else None


def _without_nested(rows: list[Block]) -> list[Block]:
    """Drop blocks inside other blocks: CIDR blocks nest or are disjoint, they never overlap in part."""
    kept: list[Block] = []
    for row in rows:
        if not kept or row.first > kept[-1].last:
            kept.append(row)
    return kept


@dataclass(frozen=True, slots=True)
class PeerPolicy:
    """Who may be a peer.

    Args:
        reach: `Reach.LOCAL` is the one switch that opens loopback and private networks.
        allow: networks (CIDR) that are allowed whatever the rest says.
        deny: further networks (CIDR) to deny.

    Raises:
        SettingsError: an entry is not a network.
    """

    reach: Reach = Reach.PUBLIC
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for cidr in (*self.allow, *self.deny):
            block(cidr, "listed")


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """The relay's own transport addresses, which policy treats apart.

    Args:
        listeners: where clients talk to the relay.
        interfaces: where relayed transport addresses are, bound and announced.
        is_allocated: says of a UDP port whether it is one of the relay's own just now.
        is_allocated_over_tcp: says it of a TCP port.
    """

    listeners: tuple[Address, ...]
    interfaces: Collection[RelayInterface]
    is_allocated: Callable[[int], bool]
    is_allocated_over_tcp: Callable[[int], bool] = lambda _: False


def tunnel_of(host: str) -> str | None:
    """Name the tunnel between IPv4 and IPv6 that a client's address belongs to, if it does."""
    if family_of(host) is Family.IPV4:
        return None
    row = _TUNNELS.find(canonical(host))
    return None if row is None else row.name


class PeerGate:
    """A policy made ready to be asked: an answer is None (come in) or the objection in words.

    Args:
        policy: the policy.
        own: the relay's own addresses.
        only_listed_over_tcp: whether it takes an allowed network to be a peer over TCP.
    """

    def __init__(
        self, policy: PeerPolicy, own: OwnAddresses, *, only_listed_over_tcp: bool = False
    ) -> None:
        self._only_listed_over_tcp = only_listed_over_tcp
        self._allowed = BlockSet(block(cidr, "allowed") for cidr in policy.allow)
        self._denied = BlockSet(block(cidr, f"denied network {cidr}") for cidr in policy.deny)
        self._opened = BlockSet(LOCAL_BLOCKS if policy.reach is Reach.LOCAL else ())
        self._table = BlockSet(DENIED_BLOCKS)
        self._relay_hosts = frozenset(
            canonical(host) for face in own.interfaces for host in (face.bound, face.announced)
        )
        self._listeners = frozenset(self._all_listeners(own.listeners))
        self._listener_hosts = frozenset(host for host, _ in self._listeners)
        self._is_allocated = {
            PeerTransport.UDP: own.is_allocated,
            PeerTransport.TCP: own.is_allocated_over_tcp,
        }
        self._judged: Callable[[str], _Verdict] = lru_cache(MEMORY_OF_VERDICTS)(self._judge)

    def objection_to_host(self, host: str) -> str | None:
        """Say why a permission for `host` must not be given; its ports are judged packet by packet."""
        verdict = self._judged(host)
        if verdict.address in self._relay_hosts:
            return None
        return verdict.objection

    def objection(self, peer: Address, transport: PeerTransport = PeerTransport.UDP) -> str | None:
        """Say why no packet may go to `peer` or come from it."""
        host, port = peer
        if not port:
            return "port 0"
        verdict = self._judged(host)
        if (verdict.address, port) in self._listeners:
            return "the relay's own listener"
        if verdict.address in self._relay_hosts and self._is_allocated[transport](port):
            return None
        if transport is PeerTransport.TCP and self._only_listed_over_tcp and not verdict.is_listed:
            return "in no network that is allowed over TCP"
        return verdict.objection

    def _all_listeners(self, listeners: tuple[Address, ...]) -> Iterator[tuple[Canonical, int]]:
        """Name every listener; one on a wildcard is on all the addresses that are known to be here."""
        for host, port in listeners:
            yield canonical(host), port
            if is_wildcard(host):
                yield from ((here, port) for here in (*self._relay_hosts, *_LOOPBACKS))

    def _judge(self, host: str) -> _Verdict:
        try:
            address = canonical(host)
        except ValueError:
            return _Verdict(None, "not an IP address")
        is_listed = bool(self._allowed.find(address) or self._opened.find(address))
        return _Verdict(address, self._objection_to_address(address), is_listed)

    def _objection_to_address(self, address: Canonical) -> str | None:
        if self._allowed.find(address):
            return None
        if row := self._denied.find(address):
            return row.name
        if self._opened.find(address):
            return None
        if row := self._table.find(address):
            return row.name
        if address in self._relay_hosts or address in self._listener_hosts:
            return "the relay's own address"
        if address.version == 6 and not _holds(_GLOBAL_UNICAST_IPV6, address):
            return "not global unicast"
        return None


class _Verdict(NamedTuple):
    address: Canonical | None
    objection: str | None
    is_listed: bool = False


_TUNNELS = BlockSet(TUNNEL_BLOCKS)


def _holds(row: Block, address: Canonical) -> bool:
    return row.first <= address.value <= row.last
