"""Who may come in from the outside, and by which flow."""

from collections.abc import Iterator
from typing import Final

from nat.behavior import LAST_PORT
from nat.packets import Address, Drop, DropReason, Protocol
from nat.translation.mappings import Flow, Mapping, Table
from nat.translation.register import Made, Register

_OTHER_REMOTES: Final = 64
_FIRST_PORT: Final = 1024


def find(
    register: Register, table: Table, external: Address, remote: Address, now: float
) -> Flow | Mapping | Drop:
    """The flow of a packet from a remote to an external endpoint, or the mapping that admits it.

    Nothing changes by it.
    """
    flow = table.inbound.get((external, remote))
    if flow is not None and flow.is_alive(now) and (flow.timer is flow or register.rules.shares):
        return flow
    sharing = table.living_outside(external, now)
    if not sharing:
        return _why_nobody(register, table, external, now)
    for mapping in reversed(sharing):
        if mapping.explicit_until > now or _admits(register, mapping, remote, now):
            return mapping
    newest = sharing[-1]
    if newest.filter.admits(remote, now):
        detail = f"the session of {external} with {remote} had ended"
    else:
        detail = newest.filter.why_not(external, remote, now)
    return Drop(DropReason.FILTERED, detail)


def let_in(
    register: Register, table: Table, external: Address, remote: Address, now: float
) -> Made | Drop:
    """What an inbound packet uses, made if need be."""
    found = find(register, table, external, remote, now)
    if isinstance(found, Drop):
        return found
    if isinstance(found, Flow):
        return Made(found.mapping, found)
    return Made(found, _flow(register, table, found, remote, now))


def _admits(register: Register, mapping: Mapping, remote: Address, now: float) -> bool:
    if register.rules.sessions_decide and mapping.protocol is not Protocol.TCP:
        return False
    return mapping.filter.admits(remote, now)


def _flow(register: Register, table: Table, mapping: Mapping, remote: Address, now: float) -> Flow:
    """The flow, if there is room for it; a stranger's packet passes without one, too."""
    pair = (mapping.external, remote)
    flow = table.inbound.get(pair)
    if flow is not None and flow.mapping is mapping and flow.is_alive(now):
        return flow
    flow = Flow(mapping, remote, now, register.rules.timers.first(table.protocol))
    if table.count_flows() >= register.behavior.table_size:
        table.forget_flows()
        if table.count_flows() >= register.behavior.table_size:
            return flow
    table.inbound[pair] = flow
    if mapping.flows is not None:
        mapping.flows[remote] = flow
        register.note_end(flow.deadline)
        _lead_back(register, table, flow, now)
    return flow


def _lead_back(register: Register, table: Table, flow: Flow, now: float) -> None:
    """Let answers find the session; if another one has its endpoints, show another remote.

    Linux does the same: the inside sees a source port that was never used, and what it sends there
    goes to the true one.
    """
    for seen in _remotes(register, flow.remote):
        other = table.outbound.get((flow.internal, seen))
        if other is None or not other.is_alive(now):
            flow.seen = seen
            table.outbound[flow.internal, seen] = flow
            return


def _remotes(register: Register, remote: Address) -> Iterator[Address]:
    yield remote
    for _ in range(_OTHER_REMOTES):
        yield Address(remote.host, register.random.randint(_FIRST_PORT, LAST_PORT))


def _why_nobody(register: Register, table: Table, external: Address, now: float) -> Drop:
    for mapping in reversed(table.outer.get(external, ())):
        silence = mapping.silence(now)
        if silence < float("inf"):
            detail = f"{mapping.internal} at {external} had sent nothing for {silence:.1f} s"
            return Drop(DropReason.MAPPING_EXPIRED, detail)
    detail = f"nobody inside has opened {external}{register.forgotten}"
    return Drop(DropReason.NO_MAPPING, detail)
