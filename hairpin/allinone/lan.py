"""The address of this machine that others in its network reach, chosen among those that it has."""

import contextlib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import ifaddr

from operating.ways import source_towards

# Bridges, containers, virtual machines and tunnels: a phone does not reach them.
_VIRTUAL: Final = (
    "docker",
    "br-",
    "veth",
    "virbr",
    "vmnet",
    "vboxnet",
    "lxc",
    "cni",
    "podman",
    "tun",
    "tap",
    "wg",
    "utun",
)
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")
#: Of a network for documentation (RFC 5737): the way to it is that to the internet.
_SOMEWHERE: Final = ("198.51.100.1", 9)


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface, and the IPv4 networks that it stands in."""

    name: str
    addresses: tuple[ipaddress.IPv4Interface, ...]


@dataclass(frozen=True, slots=True)
class Lan:
    """Where this machine is in its network.

    Attributes:
        address: What others reach it at.
        beside: Another address of this machine in the same network, if it has one.
        others: Its addresses in other networks, for whoever meant one of those.
    """

    address: str
    beside: str | None = None
    others: tuple[str, ...] = ()


def find() -> Lan | None:
    """Look at this machine; None if it is in no private network."""
    return choose(interfaces(), routed())


def choose(found: Sequence[Interface], routed: str | None) -> Lan | None:
    """Choose the address that others in the network most likely reach.

    Addresses of the internet are never chosen: whoever wants to serve there says so.

    Args:
        found: The interfaces of this machine.
        routed: The address that packets to the internet leave from.
    """
    usable = [(each, it) for it in found for each in it.addresses if _is_of_a_lan(each.ip)]
    usable.sort(key=lambda one: (str(one[0].ip) != routed, one[1].name.startswith(_VIRTUAL)))
    if not usable:
        return None
    best, where = usable[0]
    beside = [
        each for each in where.addresses if each.ip != best.ip and each.network == best.network
    ]
    others = [
        each for each, it in usable[1:] if each not in beside and not it.name.startswith(_VIRTUAL)
    ]
    return Lan(str(best.ip), _first(beside), tuple(str(each.ip) for each in others))


def interfaces() -> list[Interface]:
    """List the interfaces of this machine."""
    return [
        Interface(
            adapter.name,
            tuple(
                ipaddress.IPv4Interface(f"{each.ip}/{each.network_prefix}")
                for each in adapter.ips
                if isinstance(each.ip, str)
            ),
        )
        for adapter in ifaddr.get_adapters()
    ]


def routed() -> str | None:
    """Give the address that packets to the internet leave from."""
    with contextlib.suppress(OSError):
        return source_towards(_SOMEWHERE)
    return None


def is_of_this_machine_alone(host: str) -> bool:
    """Say whether nobody else reaches an address; names are taken to be reached."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_of_a_lan(address: ipaddress.IPv4Address) -> bool:
    if address.is_loopback or address.is_link_local or address.is_unspecified:
        return False
    return address.is_private or address in _SHARED


def _first(addresses: Iterable[ipaddress.IPv4Interface]) -> str | None:
    return next((str(each.ip) for each in addresses), None)
