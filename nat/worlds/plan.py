"""The plan of a world: what there is and what will happen, free of whoever plays it.

The simulator, the kernel lab and the TUN lab build the same world from one plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from nat.behavior import Behavior
from nat.firewall import STRICT
from nat.links import LinkQuality
from nat.presets import PORT_RESTRICTED_CONE

INTERNET: Final = "internet"
"""The network that is always there. Every other network is called as the NAT before it."""
DEFAULT_LAN: Final = "192.168.1.0/24"
DEFAULT_LAN_OF_NAT64: Final = "2001:db8:64::/64"
DEFAULT_INTERFACE: Final = "eth0"
DEFAULT_START_SPREAD: Final = 0.1
"""Seconds within which the programs of a world start, each at a time of its own."""


@dataclass(frozen=True, slots=True)
class NatPlan:
    """A NAT, and the LAN behind it, which is called as the NAT is.

    Args:
        name: how the trace calls it.
        behavior: what it does.
        network: the network on its outside: the internet, or the LAN of another NAT.
        external: its addresses there; a free one if there are none.
        lan: the addresses behind it. The NAT has the first one.
        nat64: if it is a NAT64, the prefix under which its LAN sees IPv4 addresses (RFC 6052). The
            LAN is one of IPv6 then.
    """

    name: str
    behavior: Behavior = PORT_RESTRICTED_CONE
    network: str = INTERNET
    external: tuple[str, ...] = ()
    lan: str = DEFAULT_LAN
    nat64: str = ""


@dataclass(frozen=True, slots=True)
class FirewallPlan:
    """A router with a stateful firewall that translates nothing, and the network behind it.

    Args:
        name: how the trace calls it.
        prefix: the addresses behind it, of either family; the firewall has the first one.
        network: the network on its outside.
        lan: the NAT whose LAN it serves, too, or "" for a network of its own.
        behavior: what it does; of a NAT's behaviour, what is said about filters and timers counts.
    """

    name: str
    prefix: str
    network: str = INTERNET
    lan: str = ""
    behavior: Behavior = STRICT


@dataclass(frozen=True, slots=True)
class InterfacePlan:
    """One interface of a host.

    Args:
        name: as the host's programs see it.
        network: what it is plugged into.
        addresses: what it has there; a free one if there are none.
    """

    name: str = DEFAULT_INTERFACE
    network: str = INTERNET
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgramPlan:
    """What a host runs.

    Args:
        name: a program that the player knows, or "module:coroutine".
        options: its keyword arguments.
        is_service: whether it runs for the others, and ends when they have ended.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    is_service: bool = False


@dataclass(frozen=True, slots=True)
class HostPlan:
    """A host.

    Args:
        name: how the trace calls it; what other hosts look up if it is on the internet.
        interfaces: where it is plugged in. Its first address of a family is what it sends from.
        programs: what it runs.
    """

    name: str
    interfaces: tuple[InterfacePlan, ...] = (InterfacePlan(),)
    programs: tuple[ProgramPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """The link by which a place is connected.

    Args:
        place: a host, `host.interface`, or a NAT or firewall, whose link is the one outside.
        up: what it does to packets from the place.
        down: what it does to packets to the place.
    """

    place: str
    up: LinkQuality
    down: LinkQuality


@dataclass(frozen=True, slots=True)
class Reboot:
    """A NAT or firewall forgets its state."""

    at: float
    place: str


@dataclass(frozen=True, slots=True)
class Renumber:
    """A NAT gets other addresses outside, and forgets its state."""

    at: float
    nat: str
    external: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """An interface of a host is plugged into another network."""

    at: float
    host: str
    network: str
    interface: str = DEFAULT_INTERFACE
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeLink:
    """A link gets another quality."""

    at: float
    link: LinkPlan


@dataclass(frozen=True, slots=True)
class Partition:
    """Places of one side and of the other no longer reach each other."""

    at: float
    one: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heal:
    """All partitions end."""

    at: float


@dataclass(frozen=True, slots=True)
class BlockUdp:
    """A NAT or firewall passes no more UDP; or passes it again, if `blocked` is false."""

    at: float
    place: str
    blocked: bool = True


EventPlan = Reboot | Renumber | Move | ChangeLink | Partition | Heal | BlockUdp
"""What happens at a time. `at` is in seconds of the world's time."""


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """A world.

    Args:
        seed: decides every random choice.
        nats: in an order in which an outer one comes before those in its LAN.
        firewalls: after the NATs, in such an order, too.
        hosts: after both.
        links: links of another quality than usual.
        events: what happens, in order of time.
        names: more names that hosts can look up, each with its addresses.
        duration: seconds after which it ends, or None for when its programs have ended.
        start_spread: seconds within which the programs start, each at a time of its own.
    """

    seed: int = 0
    nats: tuple[NatPlan, ...] = ()
    firewalls: tuple[FirewallPlan, ...] = ()
    hosts: tuple[HostPlan, ...] = ()
    links: tuple[LinkPlan, ...] = ()
    events: tuple[EventPlan, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    duration: float | None = None
    start_spread: float = DEFAULT_START_SPREAD
