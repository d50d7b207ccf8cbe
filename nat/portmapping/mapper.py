"""What the port mapping protocols ask of a NAT, and the rules they have in common."""

from dataclasses import dataclass
from typing import Final
from typing import Protocol as Interface

from nat.packets import Address, Drop, DropReason, Protocol

SHORTEST_LIFETIME: Final = 120.0
"""Seconds; RFC 6887 §15 asks that no mapping be shorter."""
LONGEST_LIFETIME: Final = 86_400.0
"""Seconds; RFC 6887 §15 recommends an upper limit of 24 hours."""


@dataclass(frozen=True, slots=True)
class ExplicitMapping:
    """A mapping that was asked for, not made by traffic; it lets everyone in.

    Attributes:
        protocol: UDP or TCP.
        internal: who gets what arrives.
        external: where it must arrive.
        expires: seconds on the translator's clock.
    """

    protocol: Protocol
    internal: Address
    external: Address
    expires: float


class PortMapper(Interface):
    """A NAT as the protocols see it. `Translator` is one."""

    @property
    def external(self) -> tuple[str, ...]:
        """Its addresses outside; the first is the one that is told."""

    def map_port(
        self,
        protocol: Protocol,
        internal: Address,
        external_port: int | None,
        lifetime: float,
        now: float,
    ) -> Address | Drop:
        """Make or renew a mapping; another external port is given if the wanted one is taken."""

    def unmap_port(self, protocol: Protocol, internal: Address, now: float) -> bool:
        """End a mapping; False if there was none."""

    def explicit_mappings(self, now: float) -> tuple[ExplicitMapping, ...]:
        """All that live, oldest first."""


def granted(lifetime: float) -> int:
    """The lifetime, in whole seconds, that a wish for one gets."""
    return int(min(max(lifetime, SHORTEST_LIFETIME), LONGEST_LIFETIME))


def find(
    mapper: PortMapper, protocol: Protocol, internal: Address, now: float
) -> ExplicitMapping | None:
    """The mapping of an internal address, if it has one."""
    for mapping in mapper.explicit_mappings(now):
        if mapping.protocol is protocol and mapping.internal == internal:
            return mapping
    return None


def map_wished(
    mapper: PortMapper,
    protocol: Protocol,
    internal: Address,
    wanted: int,
    lifetime: float,
    now: float,
) -> Address | Drop:
    """Map the wanted port or another one; 0 is any. A mapping that exists keeps its port."""
    before = find(mapper, protocol, internal, now)
    port = wanted if before is None else before.external.port
    return mapper.map_port(protocol, internal, port or None, lifetime, now)


def map_exactly(
    mapper: PortMapper,
    protocol: Protocol,
    internal: Address,
    external_port: int,
    lifetime: float,
    now: float,
) -> Address | Drop:
    """Map one external port and no other; a mapping that exists stays when that fails."""
    before = find(mapper, protocol, internal, now)
    if before is not None and before.external.port != external_port:
        return _conflict(internal, external_port)
    got = mapper.map_port(protocol, internal, external_port, lifetime, now)
    if isinstance(got, Address) and got.port != external_port:
        mapper.unmap_port(protocol, internal, now)
        return _conflict(internal, external_port)
    return got


def _conflict(internal: Address, external_port: int) -> Drop:
    return Drop(DropReason.NO_PORT, f"external port {external_port} cannot be {internal}'s")
