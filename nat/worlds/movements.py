"""The events of a plan, in order of time: who moves where, and whether that can be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from nat.worlds.errors import Fault
from nat.worlds.networks import HOMES, SERVERS, PlannedNetwork
from nat.worlds.plan import (
    BlockUdp,
    ChangeLink,
    EventPlan,
    Heal,
    HostPlan,
    InterfacePlan,
    Move,
    Partition,
    Reboot,
    Renumber,
    WorldPlan,
)


class Movements:
    """One walk through the events.

    Args:
        plan: the world as it begins, with every address given.
        networks: who has which address then.
    """

    def __init__(self, plan: WorldPlan, networks: Mapping[str, PlannedNetwork]) -> None:
        self._plan = plan
        self._networks = networks
        self._faults: list[Fault] = []
        self._nats = {nat.name: nat for nat in plan.nats}
        self._routers = {**self._nats, **{one.name: one for one in plan.firewalls}}
        self._hosts = {host.name: host for host in plan.hosts}

    def walk(self) -> tuple[tuple[EventPlan, ...], list[Fault]]:
        """The events in order of time, with every address given, and what is wrong with them."""
        numbered = sorted(enumerate(self._plan.events), key=lambda pair: pair[1].at)
        settled = []
        for number, event in numbered:
            place = f"event[{number}]"
            if not 0 <= event.at < float("inf"):
                self._fault(f"{place}.at", f"got {event.at:g}; allowed: seconds from 0 on")
            settled.append(self._settle(place, event))
        return tuple(settled), self._faults

    def _fault(self, place: str, message: str) -> None:
        self._faults.append(Fault(place, message))

    def _settle(self, place: str, event: EventPlan) -> EventPlan:
        match event:
            case Reboot():
                self._check_known(f"{place}.reboot", event.place, self._routers)
            case BlockUdp():
                word = "block-udp" if event.blocked else "unblock-udp"
                self._check_known(f"{place}.{word}", event.place, self._routers)
            case Renumber():
                return self._renumber(place, event)
            case Move():
                return self._move(place, event)
            case ChangeLink():
                self._check_link(f"{place}.link", event.link.place)
            case Partition():
                self._check_partition(f"{place}.partition", event)
            case Heal():
                pass
            case unknown:
                assert_never(unknown)
        return event

    def _check_known(self, place: str, name: str, known: Mapping[str, object]) -> bool:
        if name not in known:
            allowed = ", ".join(known) or "nothing, for there is none"
            self._fault(place, f"there is no {name!r}; allowed: {allowed}")
        return name in known

    def _check_link(self, place: str, name: str) -> None:
        host, _, interface = name.partition(".")
        if host in self._hosts and interface:
            known = {one.name: one for one in self._hosts[host].interfaces}
            self._check_known(place, interface, known)
        else:
            self._check_known(place, name, {**self._routers, **self._hosts})

    def _check_partition(self, place: str, event: Partition) -> None:
        for name in (*event.one, *event.other):
            self._check_known(place, name, {**self._routers, **self._hosts})
        for name in event.one:
            if name in event.other:
                self._fault(place, f"{name!r} is on both sides; allowed: on one of them")
        if not (event.one and event.other):
            self._fault(place, "a side is empty; allowed: two lists of places")

    def _renumber(self, place: str, event: Renumber) -> Renumber:
        if not self._check_known(f"{place}.renumber", event.nat, self._nats):
            return event
        nat = self._nats[event.nat]
        outer = self._networks[nat.network]
        before = [one for one, owner in outer.taken.items() if owner == nat.name]
        if not event.external:
            found = outer.find_free(nat.name, public=HOMES, version=4)
            if not found:
                self._fault(f"{place}.external", f"no IPv4 address is left on {outer.name}")
            event = replace(event, external=tuple(found))
        outer.release(nat.name)
        for address in event.external:
            self._claim(f"{place}.external", outer, address, nat.name)
            if ":" in address:
                self._fault(f"{place}.external", f"allowed: an IPv4 address, got {address}")
        if tuple(before) == event.external:
            self._fault(f"{place}.external", f"{nat.name} has {', '.join(before)} already")
        return event

    def _claim(self, place: str, network: PlannedNetwork, address: str, owner: str) -> None:
        refusal = network.claim(address, owner)
        if refusal is not None:
            self._fault(place, refusal)

    def _move(self, place: str, event: Move) -> Move:
        if not self._check_known(f"{place}.move", event.host, self._hosts):
            return event
        host = self._hosts[event.host]
        found = self._check_known(
            f"{place}.interface", event.interface, {one.name: one for one in host.interfaces}
        )
        if not self._check_known(f"{place}.to", event.network, self._networks) or not found:
            return event
        self._leave(host, event.interface)
        network = self._networks[event.network]
        others = (one for one in host.interfaces if one.name != event.interface)
        elsewhere = {address for one in others for address in one.addresses}
        if event.addresses:
            for address in event.addresses:
                self._claim(f"{place}.address", network, address, host.name)
                if address in elsewhere:
                    self._fault(f"{place}.address", f"{host.name} has {address} already")
        else:
            free = network.find_free(host.name, public=SERVERS, avoid=elsewhere)
            if not free:
                self._fault(f"{place}.address", f"no address is left on {network.name}")
            event = replace(event, addresses=tuple(free))
        arrived = InterfacePlan(event.interface, event.network, event.addresses)
        interfaces = (one if one.name != event.interface else arrived for one in host.interfaces)
        self._hosts[event.host] = replace(host, interfaces=tuple(interfaces))
        return event

    def _leave(self, host: HostPlan, name: str) -> None:
        for interface in host.interfaces:
            if interface.name == name and interface.network in self._networks:
                taken = self._networks[interface.network].taken
                for address in interface.addresses:
                    if taken.get(address) == host.name:
                        del taken[address]
