"""The addresses of this machine to gather from, the best first (RFC 8445 §5.1.1.1, RFC 8421 §4)."""

import enum
import fnmatch
import ipaddress
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ifaddr

from peer.configuration import Configuration

#: A machine with more, such as one that runs containers by the dozen, gathers from the best.
MOST_ADDRESSES: Final = 20
_LOOPBACK: Final = "127.0.0.1"


class InterfaceKind(enum.Enum):
    """What an interface is, judged by its name. The best for a call comes first."""

    WIRED = "wired"
    WIRELESS = "wireless"
    CELLULAR = "cellular"
    VIRTUAL = "virtual"
    TUNNEL = "tunnel"
    LOOPBACK = "loopback"


_NAMES: Final = (
    (InterfaceKind.LOOPBACK, ("lo", "lo[0-9]*", "loopback*")),
    (
        InterfaceKind.TUNNEL,
        ("tun*", "tap*", "utun*", "wg*", "ppp*", "ipsec*", "gif*", "sit*", "tailscale*", "zt*"),
    ),
    (
        InterfaceKind.VIRTUAL,
        ("docker*", "veth*", "br-*", "virbr*", "vmnet*", "vboxnet*", "bridge*", "cni*", "podman*"),
    ),
    (InterfaceKind.CELLULAR, ("wwan*", "rmnet*", "pdp_ip*")),
    (InterfaceKind.WIRELESS, ("wl*", "wi-fi*", "ath[0-9]*")),
)
_RANK: Final = {kind: rank for rank, kind in enumerate(InterfaceKind)}


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """An address of this machine.

    Attributes:
        host: As a socket is bound to it; a link-local one has its zone, as in `fe80::1%2`.
        interface: The interface's name, or `""` where the address was configured.
        kind: What the interface is.
    """

    host: str
    interface: str = ""
    kind: InterfaceKind = InterfaceKind.WIRED

    @property
    def version(self) -> int:
        """4 or 6."""
        return ipaddress.ip_address(self.host).version

    @property
    def is_link_local(self) -> bool:
        """Whether it can be reached from its own link alone."""
        return ipaddress.ip_address(self.host).is_link_local


def local_addresses(configuration: Configuration) -> tuple[LocalAddress, ...]:
    """The addresses to gather host candidates from, the one to prefer first.

    Those that the configuration names, in its order; or else those of the interfaces that it lets
    through; or else loopback. Cheap enough to be asked every second: it makes one system call.
    """
    if configuration.host_addresses is not None:
        named = (LocalAddress(host) for host in configuration.host_addresses)
        return tuple(one for one in named if one.version in configuration.ip_versions)
    found = in_order(
        one
        for one in _addresses(ifaddr.get_adapters())
        if one.version in configuration.ip_versions and passes(one.interface, configuration)
    )
    if found or 4 not in configuration.ip_versions:
        return found
    return (LocalAddress(_LOOPBACK, "lo", InterfaceKind.LOOPBACK),)


def passes(interface: str, configuration: Configuration) -> bool:
    """Whether an interface is among those to gather from.

    It must match one of the patterns, where there are any that do not begin with `!`, and none of
    those that do.
    """
    wanted = [one for one in configuration.interfaces if not one.startswith("!")]
    unwanted = [one[1:] for one in configuration.interfaces if one.startswith("!")]
    return (not wanted or _matches(interface, wanted)) and not _matches(interface, unwanted)


def in_order(addresses: Iterable[LocalAddress]) -> tuple[LocalAddress, ...]:
    """Sort by the kind of interface, and let IPv6 and IPv4 alternate within a kind.

    RFC 8421 §4: an address family that does not work then delays the checks by one pair and not by
    all of its pairs. Link-local addresses are left out unless there is nothing else: RFC 8445
    §5.1.1.1 forbids them beside addresses that prevent tracking, and whether an address does, the
    system does not tell.
    """
    usable = list(addresses)
    wider = [one for one in usable if not one.is_link_local]
    ranked = sorted(wider or usable, key=lambda one: _RANK[one.kind])
    groups = itertools.groupby(ranked, key=lambda one: one.kind)
    return tuple(one for _, group in groups for one in _alternate(list(group)))[:MOST_ADDRESSES]


def kind_of(interface: str) -> InterfaceKind:
    """What an interface is, by its name."""
    return next((kind for kind, names in _NAMES if _matches(interface, names)), InterfaceKind.WIRED)


def _matches(interface: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(interface.lower(), pattern.lower()) for pattern in patterns)


def _alternate(addresses: list[LocalAddress]) -> list[LocalAddress]:
    six = [one for one in addresses if one.version == 6]
    four = [one for one in addresses if one.version == 4]
    return [one for pair in itertools.zip_longest(six, four) for one in pair if one is not None]


def _addresses(adapters: Iterable[Any]) -> Iterable[LocalAddress]:
    """What `ifaddr` tells, without loopback and without what is no candidate."""
    for adapter in adapters:
        name = str(adapter.nice_name)
        for ip in adapter.ips:
            host = _host(ip.ip)
            if _is_candidate(host):
                yield LocalAddress(host, name, kind_of(name))


def _host(told: Any) -> str:
    """An address as a socket takes it: IPv6 comes with flow and scope."""
    if isinstance(told, str):
        return told
    host, _, scope = told
    bare = str(host).partition("%")[0]
    return f"{bare}%{scope}" if ipaddress.ip_address(bare).is_link_local and scope else bare


def _is_candidate(host: str) -> bool:
    """RFC 8445 §5.1.1.1: no loopback, no IPv4-compatible, IPv4-mapped or site-local IPv6 address."""
    address = ipaddress.ip_address(host)
    if address.is_loopback or address.is_unspecified:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    is_compatible = int(address) >> 32 == 0
    return not (is_compatible or address.ipv4_mapped is not None or address.is_site_local)
