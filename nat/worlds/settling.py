"""A plan made definite: every address given, everything in order, every fault found.

The world is walked through as it is built and then through its events, so that an address is free
again when whoever had it has moved away.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeVar

from nat.firewall import SPOKEN
from nat.nat64 import WELL_KNOWN, Prefix
from nat.worlds.errors import Fault, PlanError
from nat.worlds.movements import Movements
from nat.worlds.networks import HOMES, SERVERS, IpNetwork, PlannedNetwork, parse_prefix
from nat.worlds.plan import (
    DEFAULT_INTERFACE,
    INTERNET,
    FirewallPlan,
    HostPlan,
    InterfacePlan,
    LinkPlan,
    NatPlan,
    WorldPlan,
)

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_NAMES_ALLOWED: Final = "letters, digits, - and _, at most 63, beginning with a letter or digit"

Router = NatPlan | FirewallPlan
R = TypeVar("R", NatPlan, FirewallPlan)


def settle(plan: WorldPlan) -> WorldPlan:
    """The same world with every address given and outer NATs before inner ones.

    Raises:
        PlanError: it cannot be; with every fault.
    """
    settled, faults = examine(plan)
    if faults:
        raise PlanError(faults)
    return settled


def examine(plan: WorldPlan) -> tuple[WorldPlan, tuple[Fault, ...]]:
    """The settled plan, which means nothing if there are faults, and the faults."""
    settling = _Settling(plan)
    return settling.run(), tuple(settling.faults)


class _Settling:
    """One walk through a plan."""

    def __init__(self, plan: WorldPlan) -> None:
        self.faults: list[Fault] = []
        self._plan = plan
        self._networks: dict[str, PlannedNetwork] = {INTERNET: PlannedNetwork(INTERNET)}
        self._places: dict[str, str] = {}

    def run(self) -> WorldPlan:
        plan = self._plan
        self._check_names()
        nats = self._in_order("nat", plan.nats)
        firewalls = self._in_order("firewall", plan.firewalls)
        for nat in nats:
            self._open_lan(nat)
        for firewall in firewalls:
            self._open_prefix(firewall)
        self._claim_given(nats)
        nats = tuple(self._settle_nat(nat) for nat in nats)
        hosts = tuple(self._settle_host(host) for host in plan.hosts)
        settled = replace(plan, nats=nats, firewalls=firewalls, hosts=hosts)
        self._check_routes(firewalls)
        for number, link in enumerate(plan.links):
            self._check_link(f"link.{link.place}", link, number)
        self._check_times()
        events, faults = Movements(settled, self._networks).walk()
        self.faults += faults
        return replace(settled, events=events)

    def _fault(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message))

    # names and networks

    def _check_names(self) -> None:
        plan = self._plan
        groups = (("nat", plan.nats), ("firewall", plan.firewalls), ("host", plan.hosts))
        for kind, places in groups:
            for one in places:
                place = f"{kind}.{one.name}"
                if not _NAME.fullmatch(one.name):
                    self._fault(place, f"{one.name!r} is no name; allowed: {_NAMES_ALLOWED}")
                elif one.name == INTERNET:
                    self._fault(place, f"{INTERNET!r} is the network that is always there")
                elif one.name in self._places:
                    other = self._places[one.name]
                    self._fault(place, f"{one.name!r} is already the name of a {other}")
                self._places.setdefault(one.name, kind)

    def _in_order(self, kind: str, routers: tuple[R, ...]) -> tuple[R, ...]:
        """Outer ones first; those of a cycle are a fault and left out."""
        known = routers_of(self._plan)
        depths: dict[str, int] = {}
        for one in routers:
            chain = _chain_outwards(one, known)
            if chain[-1] == INTERNET:
                depths[one.name] = len(chain)
            elif chain[-1] in chain[:-1]:
                circle = " -> ".join(chain[chain.index(chain[-1]) :])
                message = f"a cycle: {circle}; allowed: a chain that ends at {INTERNET!r}"
                self._fault(f"{kind}.{one.name}.network", message)
            else:
                self._check_network(f"{kind}.{one.name}.network", one.network)
        return tuple(
            sorted((one for one in routers if one.name in depths), key=lambda one: depths[one.name])
        )

    def _check_network(self, place: str, network: str) -> bool:
        known = network_names(self._plan)
        if network not in known:
            message = f"there is no network {network!r}; allowed: {', '.join(known)}"
            self._fault(place, message)
        return network in known

    def _open_lan(self, nat: NatPlan) -> None:
        network = self._networks[nat.name] = PlannedNetwork(nat.name)
        prefix = self._parse(f"nat.{nat.name}.lan", nat.lan)
        if prefix is None:
            return
        if prefix.version != (6 if nat.nat64 else 4):
            right = "IPv6 behind a NAT64" if nat.nat64 else "IPv4 behind a NAT"
            self._fault(f"nat.{nat.name}.lan", f"a LAN is {right}, got {prefix}")
            return
        if nat.nat64:
            self._check_nat64(nat)
        network.add(prefix, nat.name)

    def _check_nat64(self, nat: NatPlan) -> None:
        try:
            Prefix(nat.nat64)
        except ValueError as error:
            self._fault(f"nat.{nat.name}.nat64", f"{error}; allowed: such as {WELL_KNOWN}")

    def _open_prefix(self, firewall: FirewallPlan) -> None:
        place = f"firewall.{firewall.name}"
        prefix = self._parse(f"{place}.prefix", firewall.prefix)
        if not firewall.lan:
            network = self._networks[firewall.name] = PlannedNetwork(firewall.name)
        elif firewall.lan in {nat.name for nat in self._plan.nats}:
            network = self._networks.setdefault(firewall.lan, PlannedNetwork(firewall.lan))
        else:
            nats = ", ".join(nat.name for nat in self._plan.nats) or "none, for there is no NAT"
            self._fault(f"{place}.lan", f"there is no NAT {firewall.lan!r}; allowed: {nats}")
            return
        if firewall.lan and firewall.lan in _chain_outwards(firewall, routers_of(self._plan)):
            self._fault(
                f"{place}.network", f"it stands inside of {firewall.lan!r}, which it serves"
            )
            return
        if prefix is None:
            return
        allowed = SPOKEN[prefix.version]
        for spoken in sorted(firewall.behavior.port_mapping - allowed, key=lambda one: one.value):
            message = f"{spoken.value} opens no pinholes in IPv{prefix.version}; allowed: "
            known = ", ".join(sorted(one.value for one in allowed))
            self._fault(f"{place}.port_mapping", f"{message}{known}")
        if any(other.version == prefix.version for other in network.prefixes):
            message = f"{network.name} has a router for IPv{prefix.version}; allowed: one of each"
            self._fault(f"{place}.prefix", message)
            return
        network.add(prefix, firewall.name)

    def _parse(self, place: str, text: str) -> IpNetwork | None:
        try:
            return parse_prefix(text)
        except ValueError as error:
            self._fault(place, str(error))
            return None

    def _check_routes(self, firewalls: tuple[FirewallPlan, ...]) -> None:
        """Prefixes behind firewalls are routed, so no address of theirs is anywhere else."""
        routed: list[tuple[FirewallPlan, IpNetwork]] = []
        for one in firewalls:
            prefix = _readable(one.prefix)
            outer = self._networks.get(one.network)
            if prefix is None or outer is None:
                continue
            place = f"firewall.{one.name}.prefix"
            for other, elsewhere in routed:
                if other.network == one.network and overlaps(prefix, elsewhere):
                    self._fault(place, f"{prefix} overlaps {elsewhere} of {other.name}")
            for address, owner in outer.taken.items():
                if overlaps(prefix, parse_address(address)):
                    self._fault(place, f"{prefix} contains {address} of {owner} on {outer.name}")
            routed.append((one, prefix))

    # addresses

    def _claim_given(self, nats: tuple[NatPlan, ...]) -> None:
        """Addresses that are given come before free ones."""
        for nat in nats:
            place = f"nat.{nat.name}.external"
            for address in nat.external:
                self._claim(place, nat.network, address, nat.name)
                self._check_external(place, nat, address)
        for host in self._plan.hosts:
            for interface in host.interfaces:
                place = interface_place(host, interface)
                if self._check_network(f"{place}.network", interface.network):
                    for address in interface.addresses:
                        self._claim(f"{place}.address", interface.network, address, host.name)

    def _claim(self, place: str, network: str, address: str, owner: str) -> None:
        if network in self._networks:
            refusal = self._networks[network].claim(address, owner)
            if refusal is not None:
                self._fault(place, refusal)

    def _check_external(self, place: str, nat: NatPlan, address: str) -> None:
        lan = _readable(nat.lan)
        if ":" in address:
            self._fault(place, f"a NAT's external address is IPv4, got {address}")
        elif lan is not None and (known := _readable(address)) and overlaps(lan, known):
            message = f"{address} is in its own LAN {lan}, so nothing would ever leave"
            self._fault(place, f"{message}; allowed: an address of {nat.network} outside {lan}")

    def _settle_nat(self, nat: NatPlan) -> NatPlan:
        if nat.external:
            return nat
        outer = self._networks[nat.network]
        found = outer.find_free(nat.name, public=HOMES, version=4)
        place = f"nat.{nat.name}.external"
        if not found:
            self._fault(place, f"no IPv4 address is left on {outer.name}")
        for address in found:
            self._check_external(place, nat, address)
        return replace(nat, external=tuple(found))

    def _settle_host(self, host: HostPlan) -> HostPlan:
        place = f"host.{host.name}"
        if not host.interfaces:
            self._fault(place, "a host needs an interface")
        names = [one.name for one in host.interfaces]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._fault(f"{place}.interfaces.{name}", f"it has two interfaces {name!r}")
        own = [address for one in host.interfaces for address in one.addresses]
        for address in sorted({address for address in own if own.count(address) > 1}):
            self._fault(f"{place}.interfaces", f"it has {address} twice; allowed: once")
        settled = []
        for one in host.interfaces:
            settled.append(self._settle_interface(host, one, own))
            own += settled[-1].addresses
        return replace(host, interfaces=tuple(settled))

    def _settle_interface(
        self, host: HostPlan, interface: InterfacePlan, own: list[str]
    ) -> InterfacePlan:
        network = self._networks.get(interface.network)
        if interface.addresses or network is None:
            return interface
        found = network.find_free(host.name, public=SERVERS, avoid=own)
        if not found:
            place = f"{interface_place(host, interface)}.address"
            self._fault(place, f"no address is left on {network.name}")
        return replace(interface, addresses=tuple(found))

    # links and times

    def _check_link(self, place: str, link: LinkPlan, number: int) -> None:
        known = link_places(self._plan)
        if link.place not in known:
            message = f"there is no place {link.place!r}; allowed: {', '.join(known)}"
            self._fault(place, message)
        if link.place in {one.place for one in self._plan.links[:number]}:
            self._fault(place, "it is given twice")

    def _check_times(self) -> None:
        for name, value in (
            ("duration", self._plan.duration),
            ("start-spread", self._plan.start_spread),
        ):
            if value is not None and not 0 <= value < float("inf"):
                self._fault(name, f"got {value:g}; allowed: seconds from 0 on")


def _chain_outwards(router: Router, known: Mapping[str, Router]) -> list[str]:
    """Names from a router outwards, until the internet, something unknown or a cycle."""
    chain = [router.name]
    while chain[-1] in known and chain[-1] not in chain[:-1]:
        chain.append(known[chain[-1]].network)
    return chain


def routers_of(plan: WorldPlan) -> dict[str, Router]:
    """NATs and firewalls by name."""
    routers: dict[str, Router] = {nat.name: nat for nat in plan.nats}
    return routers | {one.name: one for one in plan.firewalls}


def network_names(plan: WorldPlan) -> tuple[str, ...]:
    """The networks there are."""
    own = (one.name for one in plan.firewalls if not one.lan)
    return (INTERNET, *(nat.name for nat in plan.nats), *own)


def link_places(plan: WorldPlan) -> tuple[str, ...]:
    """The places that have a link."""
    single = (host.name for host in plan.hosts)
    several = (
        f"{host.name}.{one.name}"
        for host in plan.hosts
        if len(host.interfaces) > 1
        for one in host.interfaces
    )
    return (*routers_of(plan), *single, *several)


def interface_place(host: HostPlan, interface: InterfacePlan) -> str:
    """Where a file describes an interface."""
    if len(host.interfaces) == 1 and interface.name == DEFAULT_INTERFACE:
        return f"host.{host.name}"
    return f"host.{host.name}.interfaces.{interface.name}"


def overlaps(one: IpNetwork, other: IpNetwork) -> bool:
    """Tell whether two networks have an address in common."""
    return one.version == other.version and one.overlaps(other)


def parse_address(address: str) -> IpNetwork:
    """An address as a network of its own."""
    return ipaddress.ip_network(address)


def _readable(text: str) -> IpNetwork | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None
