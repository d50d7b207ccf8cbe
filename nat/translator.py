"""One NAT as a calculator: packets go in, packets or the reason for a drop come out.

It holds no socket, clock or randomness of its own, so it serves virtual time and real time alike.

Rule 1: filters belong to a mapping, not to the endpoint behind it.
Rule 2: only outbound packets refresh a mapping (RFC 4787 REQ-6).
Rule 3: an internal host keeps its external address (pooling "Paired", RFC 4787 REQ-2).
Rule 4: two internal endpoints never share an external port (RFC 4787 REQ-3).
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, assert_never

from nat.behavior import Behavior
from nat.choices import Dependence, Hairpinning, PortAssignment
from nat.packets import Address, Drop, DropReason, IcmpError, Packet, Protocol

FIRST_PORT = 1024
LAST_PORT = 65535
_RANDOM_TRIES: Final = 64

_InternalKey = tuple[Protocol, Address, str | Address | None]
_ExternalKey = tuple[Protocol, Address]


@dataclass(slots=True)
class _Mapping:
    """An internal endpoint's external one, and whom it has sent to."""

    internal: Address
    external: Address
    refreshed: float
    expires: float
    contacts: set[str | Address | None] = field(default_factory=set)


class Translator:
    """The state of one NAT.

    Args:
        behavior: what it does.
        external: its addresses on the outside; at least one.
        ports: where random external ports come from.
    """

    def __init__(self, behavior: Behavior, external: tuple[str, ...], ports: random.Random) -> None:
        if not external:
            raise ValueError("a NAT needs at least one external address, got none")
        self.behavior = behavior
        self.external = external
        self._random = ports
        self._next_port = ports.randint(FIRST_PORT, LAST_PORT)
        self._paired: dict[str, str] = {}
        self._by_internal: dict[_InternalKey, _Mapping] = {}
        self._by_external: dict[_ExternalKey, _Mapping] = {}
        self._sweep_at = 64

    def mappings(self, now: float) -> tuple[tuple[Protocol, Address, Address], ...]:
        """The living mappings as (protocol, internal, external), oldest first."""
        return tuple(
            (protocol, mapping.internal, mapping.external)
            for (protocol, _), mapping in self._by_external.items()
            if mapping.expires > now
        )

    def outbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet from the inside.

        Returns:
            The packet for the outside; or, if it was sent to an external address of this NAT,
            the packet for the inside.
        """
        if packet.destination.host in self.external:
            return self._hairpin(packet, now)
        if packet.protocol is Protocol.ICMP:
            return self._outbound_error(packet, now)
        mapping = self._open(packet, now)
        if isinstance(mapping, Drop):
            return mapping
        return packet._replace(source=mapping.external)

    def inbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet that came from the outside to an external address."""
        if packet.protocol is Protocol.ICMP:
            return self._inbound_error(packet, now)
        mapping = self._find(packet.protocol, packet.destination, now)
        if isinstance(mapping, Drop):
            return mapping
        if _key(self.behavior.filtering, packet.source) not in mapping.contacts:
            return self._refuse(mapping, packet.source)
        return packet._replace(destination=mapping.internal)

    # mappings

    def _open(self, packet: Packet, now: float) -> _Mapping | Drop:
        """Find or make the mapping for an outbound packet, refresh it, and note the contact."""
        behavior = self.behavior
        key = (packet.protocol, packet.source, _key(behavior.mapping, packet.destination))
        mapping = self._by_internal.get(key)
        if mapping is None or mapping.expires <= now:
            external = self._assign(packet.protocol, packet.source, now)
            if external is None:
                return Drop(DropReason.NO_PORT, f"no port is left for {packet.source}")
            self._forget(key)
            mapping = _Mapping(packet.source, external, now, now)
            self._by_internal[key] = self._by_external[packet.protocol, external] = mapping
        udp = packet.protocol is Protocol.UDP
        mapping.refreshed = now
        mapping.expires = now + (behavior.mapping_lifetime if udp else behavior.tcp_lifetime)
        mapping.contacts.add(_key(behavior.filtering, packet.destination))
        return mapping

    def _find(self, protocol: Protocol, external: Address, now: float) -> _Mapping | Drop:
        mapping = self._by_external.get((protocol, external))
        if mapping is None:
            return Drop(DropReason.NO_MAPPING, f"nobody inside has opened {external}")
        if mapping.expires <= now:
            silence = now - mapping.refreshed
            detail = f"{mapping.internal} at {external} had sent nothing for {silence:.1f} s"
            return Drop(DropReason.MAPPING_EXPIRED, detail)
        return mapping

    def _forget(self, key: _InternalKey) -> None:
        old = self._by_internal.pop(key, None)
        if old is not None:
            self._forget_external((key[0], old.external), old)

    def _forget_external(self, key: _ExternalKey, old: _Mapping) -> None:
        if self._by_external.get(key) is old:
            del self._by_external[key]

    def _refuse(self, mapping: _Mapping, source: Address) -> Drop:
        filtering = self.behavior.filtering
        stranger = source.host if filtering is Dependence.ADDRESS_DEPENDENT else source
        detail = f"{filtering.value} filtering, {mapping.external} has never sent to {stranger}"
        return Drop(DropReason.FILTERED, detail)

    # ports

    def _assign(self, protocol: Protocol, internal: Address, now: float) -> Address | None:
        if len(self._by_external) >= self._sweep_at:
            self._sweep(now)
        host = self._paired.get(internal.host)
        if host is None:
            host = self._paired[internal.host] = self.external[
                len(self._paired) % len(self.external)
            ]
        for port in self._candidates(internal.port):
            external = Address(host, port)
            taken = self._by_external.get((protocol, external))
            if taken is None or taken.expires <= now:
                self._next_port = FIRST_PORT if port == LAST_PORT else port + 1
                return external
        return None

    def _candidates(self, internal_port: int) -> Iterator[int]:
        """External ports in the order in which to try them; in the end, every one there is."""
        match self.behavior.ports:
            case PortAssignment.PRESERVING | PortAssignment.OVERLOADING:
                return itertools.chain((internal_port,), self._random_ports())
            case PortAssignment.SEQUENTIAL:
                return _all_ports_from(self._next_port)
            case PortAssignment.RANDOM:
                return self._random_ports()
            case unknown:
                assert_never(unknown)

    def _random_ports(self) -> Iterator[int]:
        for _ in range(_RANDOM_TRIES):
            yield self._random.randint(FIRST_PORT, LAST_PORT)
        yield from _all_ports_from(self._random.randint(FIRST_PORT, LAST_PORT))

    def _sweep(self, now: float) -> None:
        """Forget what has expired; the work is spread over the mappings made since last time."""
        for inner, mapping in list(self._by_internal.items()):
            if mapping.expires <= now:
                self._forget(inner)
        self._sweep_at = max(64, 2 * len(self._by_external))

    # hairpinning and ICMP

    def _hairpin(self, packet: Packet, now: float) -> Packet | Drop:
        """RFC 4787 §6: a packet from the inside to an external address."""
        if self.behavior.hairpinning is Hairpinning.NONE:
            detail = f"{packet.source} sent to {packet.destination}, an address of its own NAT"
            return Drop(DropReason.NO_HAIRPINNING, detail)
        if packet.protocol is Protocol.ICMP:
            return Drop(DropReason.NO_HAIRPINNING, "ICMP errors are not hairpinned")
        mapping = self._open(packet, now)
        if isinstance(mapping, Drop):
            return mapping
        turned = self.inbound(packet._replace(source=mapping.external), now)
        if isinstance(turned, Drop) or self.behavior.hairpinning is Hairpinning.EXTERNAL_SOURCE:
            return turned
        return turned._replace(source=packet.source)

    def _inbound_error(self, packet: Packet, now: float) -> Packet | Drop:
        """RFC 5508 REQ-3: an ICMP error is passed in when the packet it quotes was passed out."""
        original = packet.payload.original
        mapping = self._find(original.protocol, original.source, now)
        if isinstance(mapping, Drop):
            return mapping
        if _key(self.behavior.filtering, original.destination) not in mapping.contacts:
            return self._refuse(mapping, original.destination)
        quoted = original._replace(source=mapping.internal)
        inside = mapping.internal._replace(port=packet.destination.port)
        return Packet(Protocol.ICMP, packet.source, inside, IcmpError(quoted))

    def _outbound_error(self, packet: Packet, now: float) -> Packet | Drop:
        """RFC 5508 REQ-6: an ICMP error from the inside names the external endpoint."""
        original = packet.payload.original
        key = (
            original.protocol,
            original.destination,
            _key(self.behavior.mapping, original.source),
        )
        mapping = self._by_internal.get(key)
        if mapping is None or mapping.expires <= now:
            detail = f"{original.destination} has no mapping towards {original.source}"
            return Drop(DropReason.NO_MAPPING, detail)
        quoted = original._replace(destination=mapping.external)
        outside = mapping.external._replace(port=packet.source.port)
        return Packet(Protocol.ICMP, outside, packet.destination, IcmpError(quoted))


def _key(dependence: Dependence, remote: Address) -> str | Address | None:
    """The part of a remote address that the behaviour looks at."""
    if dependence is Dependence.ENDPOINT_INDEPENDENT:
        return None
    return remote.host if dependence is Dependence.ADDRESS_DEPENDENT else remote


def _all_ports_from(first: int) -> Iterator[int]:
    return itertools.chain(range(first, LAST_PORT + 1), range(FIRST_PORT, first))
