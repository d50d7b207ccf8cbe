"""A world's plan as what the kernel has to be told: which namespaces, cables, addresses, routes and rules.

Every network is a bridge: the internet in a namespace of its own, a LAN in that of its NAT. On the
internet everybody is a neighbour of everybody, whatever their addresses, so it needs no routes.
"""

import dataclasses
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from nat.kernel.errors import NotExpressibleError
from nat.kernel.expressible import check
from nat.kernel.firewalls import check_firewall, firewall_parameters, firewall_rules
from nat.kernel.rules import LAN, WAN, parameters, rule_set
from nat.worlds import (
    INTERNET,
    BlockUdp,
    EventPlan,
    FirewallPlan,
    HostPlan,
    InterfacePlan,
    NatPlan,
    Reboot,
    Renumber,
    WorldPlan,
)

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

PRIVATE: Final = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
"""Networks to which the public internet has no routes (RFC 1918, RFC 6598)."""

PLAYED: Final = (Reboot, Renumber, BlockUdp)
"""The events that can happen in the kernel."""

_EVERYWHERE: Final = {4: "0.0.0.0/0", 6: "::/0"}
_AT_ONCE: Final = {4: "", 6: " nodad"}
"""Without a look for duplicates, until whose end an IPv6 address is not there yet."""
_LAST: Final = 9999
"""The metric of a route that gives way to any other to the same network."""
_FIRST_TABLE: Final = 100


@dataclass(frozen=True, slots=True)
class Wire:
    """A cable from a place to the bridge of a network.

    Attributes:
        place: the namespace of the one end.
        interface: what the end is called there.
        bridge: the namespace of the other end.
        port: what that one is called.
    """

    place: str
    interface: str
    bridge: str
    port: str


@dataclass(frozen=True, slots=True)
class Box:
    """A namespace and what is in it.

    Attributes:
        name: of the host or NAT, or `internet`.
        before: commands of `ip` that need no cable.
        after: commands of `ip` that do.
        parameters: below /proc/sys/net.
        rules: of nftables.
    """

    name: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    parameters: dict[str, int] = field(default_factory=dict)
    rules: str = ""


def refuse(plan: WorldPlan) -> None:
    """Refuse what the kernel lab cannot play, before anything is made.

    Raises:
        NotExpressibleError: it names the setting and its place in the plan.
    """
    for nat in plan.nats:
        try:
            check(nat.behavior, nat.external)
        except NotExpressibleError as error:
            raise error.at(f"nat.{nat.name}") from None
        if nat.nat64:
            why = "the kernel translates between addresses of one family"
            raise NotExpressibleError(f"nat.{nat.name}.nat64", nat.nat64, why)
    for firewall in plan.firewalls:
        try:
            check_firewall(firewall.behavior)
        except NotExpressibleError as error:
            raise error.at(f"firewall.{firewall.name}") from None
        if firewall.network != INTERNET:
            why = f"a firewall in the kernel is on the {INTERNET}"
            raise NotExpressibleError(f"firewall.{firewall.name}.network", firewall.network, why)
    for link in plan.links:
        why = "every link is as fast as the kernel, and loses nothing"
        raise NotExpressibleError(f"link.{link.place}", "a quality of its own", why)
    for event in plan.events:
        _refuse_event(plan, event)


def without_links(plan: WorldPlan) -> WorldPlan:
    """The plan as if every link were usual and no cable were ever touched."""
    events = tuple(one for one in plan.events if isinstance(one, PLAYED))
    return dataclasses.replace(plan, links=(), events=events)


def _refuse_event(plan: WorldPlan, event: EventPlan) -> None:
    kind = type(event).__name__
    if not isinstance(event, PLAYED):
        why = "cables stay where they are; a reboot, other addresses and blocked UDP can be played"
        raise NotExpressibleError("event", kind, why)
    if isinstance(event, Renumber):
        (nat,) = (one for one in plan.nats if one.name == event.nat)
        if nat.network != INTERNET:
            raise NotExpressibleError("event", kind, f"a NAT on the {INTERNET} can be renumbered")


def wires(plan: WorldPlan) -> tuple[Wire, ...]:
    """The cables of a settled plan."""
    ends = [(nat.network, nat.name, WAN) for nat in plan.nats]
    ends += [(firewall.network, firewall.name, WAN) for firewall in plan.firewalls]
    ends += [(one.lan, one.name, LAN) for one in plan.firewalls if one.lan]
    for host in plan.hosts:
        ends += [(one.network, host.name, one.name) for one in host.interfaces]
    ports: dict[str, int] = {}
    made = []
    for network, place, interface in ends:
        ports[network] = ports.get(network, 0) + 1
        made.append(Wire(place, interface, network, f"port{ports[network]}"))
    return tuple(made)


def links(plan: WorldPlan) -> tuple[tuple[str, str], ...]:
    """The interfaces that have to be up before packets pass: each its namespace and its name there."""
    ends = [
        end for one in wires(plan) for end in ((one.place, one.interface), (one.bridge, one.port))
    ]
    bridges = {(one.bridge, INTERNET if one.bridge == INTERNET else LAN) for one in wires(plan)}
    return (*ends, *sorted(bridges))


def boxes(plan: WorldPlan) -> tuple[Box, ...]:
    """The namespaces of a settled plan."""
    internet = Box(
        INTERNET,
        before=_bridge(INTERNET),
        after=tuple(_ports(plan, INTERNET, INTERNET)),
    )
    return (
        internet,
        *(_nat(plan, nat) for nat in plan.nats),
        *(_firewall(plan, firewall) for firewall in plan.firewalls),
        *(_host(plan, host) for host in plan.hosts),
    )


def names(plan: WorldPlan) -> str:
    """What hosts look up, in the form of /etc/hosts."""
    known = [("127.0.0.1", "localhost"), ("::1", "localhost")]
    for host in plan.hosts:
        public = [one for one in host.interfaces if one.network == INTERNET]
        known += [(address, host.name) for one in public for address in one.addresses]
    known += [(address, name) for name, those in plan.names.items() for address in those]
    return "".join(f"{address} {name}\n" for address, name in known)


def _bridge(name: str) -> tuple[str, ...]:
    # Without snooping, neighbours are found by IPv6 at once.
    return (f"link add {name} type bridge mcast_snooping 0", f"link set {name} up")


def _ports(plan: WorldPlan, network: str, bridge: str) -> Iterator[str]:
    for wire in wires(plan):
        if wire.bridge == network:
            yield f"link set {wire.port} master {bridge} up"


def _nat(plan: WorldPlan, nat: NatPlan) -> Box:
    lan = ipaddress.ip_network(nat.lan)
    outside = InterfacePlan(WAN, nat.network, nat.external)
    return Box(
        nat.name,
        before=(*_bridge(LAN), f"address add {lan[1]}/{lan.prefixlen} dev {LAN}"),
        after=(*_ports(plan, nat.name, LAN), *_plug_in(plan, outside)),
        parameters=parameters(nat.behavior),
        rules=rule_set(nat.behavior, nat.external),
    )


def _firewall(plan: WorldPlan, firewall: FirewallPlan) -> Box:
    prefix = ipaddress.ip_network(firewall.prefix)
    behind = [str(prefix[1]), *_addresses_in(plan, prefix)]
    return Box(
        firewall.name,
        before=() if firewall.lan else _bridge(LAN),
        after=(
            *(() if firewall.lan else _ports(plan, firewall.name, LAN)),
            f"address add {prefix[1]}/{prefix.prefixlen} dev {LAN}{_AT_ONCE[prefix.version]}",
            f"link set {LAN} up",
            f"link set {WAN} up",
            f"route add {_EVERYWHERE[prefix.version]} dev {WAN}",
            *(f"neigh add proxy {one} dev {WAN}" for one in behind if prefix.version == 6),
        ),
        parameters=firewall_parameters(firewall.behavior, prefix.version),
        rules=firewall_rules(firewall.behavior, prefix.version),
    )


def _addresses_in(plan: WorldPlan, prefix: IpNetwork) -> Iterator[str]:
    for host in plan.hosts:
        for address in (a for one in host.interfaces for a in one.addresses):
            if ipaddress.ip_address(address) in prefix:
                yield address


def _host(plan: WorldPlan, host: HostPlan) -> Box:
    commands: list[str] = []
    for number, interface in enumerate(host.interfaces):
        commands += _plug_in(plan, interface, table=_FIRST_TABLE + number if number else 0)
    return Box(host.name, after=tuple(commands))


def _plug_in(plan: WorldPlan, interface: InterfacePlan, table: int = 0) -> Iterator[str]:
    """Addresses and the way out.

    Args:
        table: the routing table for packets from these addresses only, or 0 for all packets.
    """
    device, prefixes = f"dev {interface.name}", _prefixes(plan, interface.network)
    for address in interface.addresses:
        prefix = prefixes.get(_version(address))
        length = "" if prefix is None else f"/{prefix.prefixlen}"
        yield f"address add {address}{length} {device}{_AT_ONCE[_version(address)]}"
    yield f"link set {interface.name} up"
    for version in sorted({_version(address) for address in interface.addresses}):
        of_table = f" table {table}" if table else ""
        gateway = f"via {prefixes[version][1]} " if version in prefixes else ""
        yield f"route add {_EVERYWHERE[version]} {gateway}{device}{of_table}"
        if table and gateway:  # where programs look for routers, behind the first one's
            yield f"route add {_EVERYWHERE[version]} {gateway}{device} metric {table}"
    if interface.network == INTERNET and not table:
        yield from (f"route add blackhole {x} metric {_LAST}" for x in _unrouted(plan))
    if table:
        yield from (f"rule add from {a} lookup {table}" for a in interface.addresses)


def _prefixes(plan: WorldPlan, network: str) -> dict[int, IpNetwork]:
    """The addresses of a LAN, by version; the first of each is the router's."""
    texts = [one.lan for one in plan.nats if one.name == network]
    texts += [one.prefix for one in plan.firewalls if (one.lan or one.name) == network]
    return {prefix.version: prefix for prefix in map(ipaddress.ip_network, texts)}


def _version(address: str) -> int:
    return ipaddress.ip_address(address).version


def _unrouted(plan: WorldPlan) -> Iterator[str]:
    """Private networks in which nobody on this plan's internet has an address."""
    public = [a for nat in plan.nats if nat.network == INTERNET for a in nat.external]
    public += [one.prefix.partition("/")[0] for one in plan.firewalls]
    for host in plan.hosts:
        public += [a for one in host.interfaces if one.network == INTERNET for a in one.addresses]
    for network in PRIVATE:
        if not any(ipaddress.ip_address(a) in ipaddress.ip_network(network) for a in public):
            yield network
