"""Who has which mapping: found, made, counted, and forgotten."""

import random
from typing import Final, NamedTuple

from nat.behavior import LAST_PORT, Behavior
from nat.choices import (
    FilterScope,
    PortAssignment,
)
from nat.packets import Address, Drop, DropReason, Protocol
from nat.translation.filters import FOREVER, KEYS, Filter
from nat.translation.mappings import NEVER, Flow, InnerKey, Mapping, Table
from nat.translation.ports import Ports
from nat.translation.rules import Rules

_FIRST_SWEEP: Final = 64
_WELL_KNOWN: Final = 1024


class Made(NamedTuple):
    """A mapping that was found or made, and the flow that uses it."""

    mapping: Mapping
    flow: Flow


class Register:
    """The mappings of one NAT.

    Args:
        behavior: what it does.
        external: its addresses on the outside.
        ports: where random external ports come from.

    Attributes:
        tables: one for each protocol.
        forgotten: why there may be less than there was, to be put behind a drop's reason.
    """

    def __init__(self, behavior: Behavior, external: tuple[str, ...], ports: random.Random) -> None:
        self.external = external
        self.tables = {protocol: Table(protocol) for protocol in Protocol}
        self.forgotten = ""
        self.random = ports
        self._ports = Ports(behavior, external, ports) if external else None
        self.configure(behavior)
        self.clear()

    def configure(self, behavior: Behavior) -> None:
        """Behave in another way from now on; mappings stay."""
        self.behavior = behavior
        self.rules = Rules(behavior)
        self._behaviors = {False: behavior, True: behavior.after_conflict or behavior}
        if self._ports is not None:
            self._ports.configure(behavior)
        self._refused: dict[tuple[Protocol, str, bool], Drop] = {}
        for table in self.tables.values():
            table.forget_flows()

    def clear(self) -> None:
        """Forget everything."""
        for table in self.tables.values():
            table.clear()
        self._users: dict[tuple[Protocol, Address], list[Mapping]] = {}
        self._in_conflict: set[Address] = set()
        self._counts: dict[str, int] = {}
        self._total = 0
        self._sweep_at = _FIRST_SWEEP
        self._quiet_until = NEVER
        self._refused.clear()

    def renumber(self, external: tuple[str, ...]) -> None:
        """Have other addresses; who had which of the old ones is forgotten."""
        self.external = external
        if external:
            self._ports = Ports(self.behavior, external, self.random)

    def is_tracked(self, protocol: Protocol) -> bool:
        """Tell whether flows have timers of their own and fix the way back."""
        return self.rules.tracks or protocol is Protocol.TCP

    def mappings(self, now: float) -> list[Mapping]:
        """The living mappings, oldest first."""
        living = [
            mapping
            for table in self.tables.values()
            for sharing in table.outer.values()
            for mapping in sharing
            if mapping.is_alive(now)
        ]
        return sorted(living, key=lambda one: one.created)

    # from the inside

    def open(self, table: Table, internal: Address, remote: Address, now: float) -> Made | Drop:
        """Find or make what an outbound packet needs."""
        flow = table.outbound.get((internal, remote))
        if flow is not None and not flow.is_alive(now):
            flow = None
        if flow is not None and self.is_tracked(table.protocol):
            return Made(flow.mapping, flow)
        mapping = self._find(table, internal, remote, now)
        if mapping is None:
            made = self._make(table, internal, remote, now)
            if isinstance(made, Drop):
                return made
            mapping = made
        if flow is None or flow.mapping is not mapping:
            if table.count_flows() >= self.behavior.table_size:
                drop = self._make_room(table, now)
                if drop is not None:
                    return drop
            flow = Flow(mapping, remote, now, self.rules.timers.first(table.protocol))
            table.outbound[internal, remote] = table.inbound[mapping.external, remote] = flow
            self.note_end(flow.deadline)
            if mapping.flows is not None:
                mapping.flows[remote] = flow
        return Made(mapping, flow)

    def forget(self, table: Table, flow: Flow) -> None:
        """Take back a flow that was made for a packet that does not pass after all."""
        table.remove_flow(flow)
        if flow.mapping.flows is not None:
            flow.mapping.flows.pop(flow.remote, None)

    def find_towards(
        self, table: Table, internal: Address, seen: Address, now: float
    ) -> tuple[Mapping, Address] | None:
        """The mapping by which an internal endpoint talks with a remote, and the true remote."""
        flow = table.outbound.get((internal, seen))
        if flow is not None and flow.is_alive(now):
            return flow.mapping, flow.remote
        mapping = table.inner.get(self._key(internal, seen)) or table.newest.get(internal)
        return (mapping, seen) if mapping is not None and mapping.is_alive(now) else None

    def note_contact(self, mapping: Mapping, remote: Address, now: float) -> Drop | None:
        """The inside sends to a remote: its answers may come in."""
        letting_in = mapping.filter
        behavior = self.behavior
        lifetime = behavior.filter_lifetime
        if len(letting_in.contacts) >= behavior.table_size and not letting_in.knows(remote):
            letting_in.expire(now)
            if mapping.flows is not None:
                flows = mapping.flows.values()
                letting_in.keep(flow.remote for flow in flows if flow.is_alive(now))
            if len(letting_in.contacts) >= behavior.table_size:
                detail = f"{mapping.external} has {behavior.table_size} filter entries already"
                return Drop(DropReason.TABLE_FULL, detail)
        letting_in.note(remote, FOREVER if lifetime is None else now + lifetime)
        return None

    # timers

    def touch(self, made: Made, now: float, *, inbound: bool) -> None:
        """A packet of UDP or ICMP has passed: the time begins anew, if this direction counts."""
        mapping, flow = made
        timer = flow.timer
        self.rules.timers.touch(timer, mapping.protocol, now, inbound=inbound)
        flow.quick = timer.settled and self.may_be_quick(flow)
        if inbound and not mapping.filter.admits(flow.remote, now) and flow.timer is mapping:
            flow.quick = False  # let in by an explicit mapping, which ends

    def may_be_quick(self, flow: Flow) -> bool:
        """Tell whether packets of a flow need no further look; hairpinned ones do."""
        return self.rules.may_be_quick and flow.remote[0] not in self.external

    # finding and making

    def _key(self, internal: Address, remote: Address) -> InnerKey:
        rules = self._behaviors[internal in self._in_conflict]
        return internal, KEYS[rules.mapping](remote)

    def _find(self, table: Table, internal: Address, remote: Address, now: float) -> Mapping | None:
        """The living mapping for a packet from the inside, unless somebody else has the pair."""
        usual = table.inner.get(self._key(internal, remote))
        own = table.inner.get((internal, remote)) if self.rules.shares else None
        for mapping in (table.explicit.get(internal), usual, own):
            if mapping is None or not mapping.is_alive(now):
                continue
            external = mapping.external
            if not self.rules.shares or table.is_pair_free(external, remote, internal, now):
                return mapping
        return None

    def _make(self, table: Table, internal: Address, remote: Address, now: float) -> Mapping | Drop:
        if self._total >= self._sweep_at:
            self.sweep(now)
        refusal = self.refusal(internal, now)
        if refusal is not None:
            return refusal
        external = self._find_port(table, internal, remote, now)
        if not isinstance(external, Drop) and self._is_conflict(internal, external):
            self._note_conflict(internal)
            external = self._find_port(table, internal, remote, now)
        if isinstance(external, Drop):
            return external
        return self.enter(table, self._key(internal, remote), external, remote, now)

    def _find_port(
        self, table: Table, internal: Address, remote: Address, now: float
    ) -> Address | Drop:
        """A free external endpoint; that there is none is remembered until something ends."""
        kind = (table.protocol, internal.host, internal.port < _WELL_KNOWN)
        if kind in self._refused:
            self.sweep(now)
            if kind in self._refused:
                return self._refused[kind]
        external = self.assign(table, internal, remote, now)
        if isinstance(external, Drop):
            self.sweep(now)  # hosts without mappings give their blocks back
            external = self.assign(table, internal, remote, now)
        if isinstance(external, Drop) and not self.rules.shares:
            self._refused[kind] = external
        return external

    def _note_conflict(self, internal: Address) -> None:
        if len(self._in_conflict) >= self.behavior.table_size:
            self._in_conflict.clear()
        self._in_conflict.add(internal)

    def enter(
        self, table: Table, key: InnerKey, external: Address, remote: Address, now: float
    ) -> Mapping:
        """Make a mapping."""
        internal = key[0]
        old = table.inner.get(key)
        if old is not None and old.is_alive(now):  # its pair is taken: one for this remote alone
            key = (internal, remote)
            old = table.inner.get(key)
        if old is not None:
            self._remove(table, old)
        letting_in = self._filter(table.protocol, internal, now)
        lifetime = self.rules.timers.first(table.protocol)
        mapping = Mapping(table.protocol, key, external, now, lifetime, letting_in)
        if self.is_tracked(table.protocol):
            mapping.flows = {}
        table.add(mapping)
        if self.behavior.filter_scope is FilterScope.ENDPOINT:
            self._users.setdefault((table.protocol, internal), []).append(mapping)
        self._total += 1
        self.note_end(mapping.deadline)
        self._counts[internal.host] = self._counts.get(internal.host, 0) + 1
        return mapping

    def assign(
        self,
        table: Table,
        internal: Address,
        remote: Address,
        now: float,
        assignment: PortAssignment | None = None,
    ) -> Address | Drop:
        """A free external endpoint, or why there is none."""
        if self._ports is None:
            return internal  # a firewall, which translates nothing
        rules = self._behaviors[internal in self._in_conflict]
        return self._ports.assign(table, internal, remote, assignment or rules.ports, now)

    def exactly(self, table: Table, internal: Address, port: int, now: float) -> Address | None:
        """The external endpoint with that port, if an internal host may have it."""
        if self._ports is None:
            return internal
        external = Address(self._ports.pair(internal.host), port)
        quarantine = self.behavior.quarantine
        free = table.is_free(external, internal.host, now, quarantine)
        return external if free and 0 < port <= LAST_PORT else None

    def _is_conflict(self, internal: Address, external: Address) -> bool:
        """RFC 4787 §8: the port was not to be had, so the behaviour changes."""
        behavior = self.behavior
        if behavior.after_conflict is None or internal in self._in_conflict:
            return False
        return external.port != internal.port and behavior.ports is PortAssignment.PRESERVING

    def _filter(self, protocol: Protocol, internal: Address, now: float) -> Filter:
        rules = self._behaviors[internal in self._in_conflict]
        if self.behavior.filter_scope is FilterScope.MAPPING:
            return Filter(rules.filtering)
        users = self._users.setdefault((protocol, internal), [])
        shared = next((one.filter for one in users if one.is_alive(now)), None)
        return shared or Filter(rules.filtering)

    # limits

    def refusal(self, internal: Address, now: float) -> Drop | None:
        """RFC 6888 REQ-4 and REQ-5: a host, and all of them together, may have only so much."""
        quota, size = self.behavior.quota, self.behavior.table_size
        if quota is not None and self._counts.get(internal.host, 0) >= quota:
            self.sweep(now)
            if self._counts.get(internal.host, 0) >= quota:
                detail = f"{internal.host} has {quota} mappings, which is its quota"
                return Drop(DropReason.QUOTA, detail)
        if self._total >= size:
            self.sweep(now)
            if self._total >= size:
                return Drop(DropReason.TABLE_FULL, f"the NAT has {size} mappings and no more room")
        return None

    def _make_room(self, table: Table, now: float) -> Drop | None:
        size = self.behavior.table_size
        self.sweep(now)
        table.forget_flows()
        if table.count_flows() >= size:
            return Drop(DropReason.TABLE_FULL, f"the NAT has {size} sessions and no more room")
        return None

    def note_end(self, when: float) -> None:
        """Something may end then: no sweep is in vain from then on."""
        self._quiet_until = min(self._quiet_until, when)

    def something_ended(self) -> None:
        """A mapping has ended before its time: the next sweep is not in vain."""
        self._quiet_until = NEVER

    def sweep(self, now: float) -> None:
        """Forget what has expired; the work is spread over the mappings made since last time."""
        if now < self._quiet_until:
            return
        self._refused.clear()
        for table in self.tables.values():
            for mapping in table.sweep(now, self.behavior.quarantine):
                self._uncount(mapping)
        ends = (
            end
            for table in self.tables.values()
            for sharing in table.outer.values()
            for mapping in sharing
            for end in mapping.all_ends()
        )
        self._quiet_until = min(ends, default=NEVER)
        self._sweep_at = max(_FIRST_SWEEP, 2 * self._total)

    def _remove(self, table: Table, mapping: Mapping) -> None:
        table.remove(mapping, self.behavior.quarantine)
        self._uncount(mapping)

    def _uncount(self, mapping: Mapping) -> None:
        host = mapping.internal.host
        self._total -= 1
        self._counts[host] -= 1
        users = self._users.get((mapping.protocol, mapping.internal), [])
        if mapping in users:
            users.remove(mapping)
            if not users:
                del self._users[mapping.protocol, mapping.internal]
        if not self._counts[host]:
            del self._counts[host]
            if self._ports is not None:
                ends = mapping.ends()
                rest = self.behavior.quarantine if ends > NEVER else 0.0
                self._ports.blocks.release(host, ends + rest)
