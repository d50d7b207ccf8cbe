"""Mappings that somebody asked for, as UPnP IGD, NAT-PMP and PCP let hosts do (RFC 6887)."""

from typing import Final

from nat.choices import PortAssignment
from nat.packets import Address, Drop, DropReason, Protocol
from nat.portmapping.mapper import ExplicitMapping
from nat.translation.mappings import NEVER, Mapping, Table
from nat.translation.register import Register

_ANYBODY: Final = Address("0.0.0.0", 0)
_LAST_PORT: Final = 65535


def map_port(
    register: Register,
    protocol: Protocol,
    internal: Address,
    external_port: int | None,
    lifetime: float,
    now: float,
) -> Address | Drop:
    """Give an internal endpoint an external one at which anybody reaches it, or renew it.

    One internal endpoint has one such mapping. A dynamic mapping that it has already is the one
    that is given (RFC 6887 §11.3), unless another port is asked for.
    """
    if not lifetime > 0 or not 0 < internal.port <= _LAST_PORT:
        return Drop(DropReason.NO_PORT, f"{internal} for {lifetime:g} s makes no mapping")
    table = register.tables[protocol]
    old = table.explicit.get(internal) or table.inner.get((internal, None))
    if old is not None and old.is_alive(now) and _serves(table, old, external_port, now):
        mapping = old
    else:
        made = _make(register, table, internal, external_port, now)
        if isinstance(made, Drop):
            return made
        if old is not None:
            old.explicit_until = NEVER
        mapping = made
    mapping.explicit_until = now + lifetime
    table.explicit.pop(internal, None)
    table.explicit[internal] = mapping
    table.forget_flows()
    return mapping.external


def unmap_port(register: Register, protocol: Protocol, internal: Address, now: float) -> bool:
    """End the mapping that was asked for; its traffic ends with it."""
    table = register.tables[protocol]
    mapping = table.explicit.pop(internal, None)
    if mapping is None or mapping.explicit_until <= now:
        return False
    mapping.end()
    register.something_ended()
    table.forget_flows()
    return True


def explicit_mappings(register: Register, now: float) -> tuple[ExplicitMapping, ...]:
    """The living mappings that were asked for, oldest wish first."""
    return tuple(
        ExplicitMapping(protocol, one.internal, one.external, one.explicit_until)
        for protocol, table in register.tables.items()
        for one in table.explicit.values()
        if one.explicit_until > now
    )


def _serves(table: Table, mapping: Mapping, port: int | None, now: float) -> bool:
    """Whether the mapping that is there will do: no other port is wanted, or none can be had."""
    if port is None or port == mapping.external.port:
        return True
    wanted = mapping.external._replace(port=port)
    return mapping.explicit_until > now and bool(table.living_outside(wanted, now))


def _make(
    register: Register, table: Table, internal: Address, port: int | None, now: float
) -> Mapping | Drop:
    """A new mapping at the wanted port if it is free, else at any."""
    refused = register.refusal(internal, now)
    if refused is not None:
        return refused
    external = None if port is None else register.exactly(table, internal, port, now)
    if external is None:
        found = register.assign(table, internal, _ANYBODY, now, PortAssignment.PRESERVING)
        if isinstance(found, Drop):
            return found
        external = found
    mapping = register.enter(table, (internal, None), external, _ANYBODY, now)
    mapping.deadline = NEVER
    return mapping
