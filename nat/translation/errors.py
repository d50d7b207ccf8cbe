"""ICMP errors on their way through a NAT: they quote a packet, and the quotation is translated."""

import dataclasses

from nat.choices import IcmpErrors
from nat.packets import Address, Drop, DropReason, IcmpEcho, Packet, Protocol
from nat.translation import entrance
from nat.translation.mappings import Flow, Mapping
from nat.translation.register import Register


def inward(register: Register, packet: Packet, now: float) -> Packet | Drop:
    """RFC 5508 REQ-4: an error is passed in when the packet that it quotes was passed out."""
    original: Packet = packet.payload.original
    if register.behavior.icmp_errors is IcmpErrors.DROPPED:
        return _not_passed(packet)
    table = register.tables[original.protocol]
    remote = _remote(original, original.destination)
    found = entrance.find(register, table, original.source, remote, now)
    if isinstance(found, Drop):
        return found
    if isinstance(found, Flow):
        mapping, target = found.mapping, found.seen
    else:
        mapping, target = found, original.destination
    if isinstance(original.payload, IcmpEcho):
        target = target._replace(port=mapping.internal.port)
    quoted = original._replace(source=mapping.internal, destination=target)
    _end(register, mapping)
    payload = dataclasses.replace(packet.payload, original=quoted)
    inside = mapping.internal._replace(port=packet.destination.port)
    return packet._replace(destination=inside, payload=payload)


def outward(register: Register, packet: Packet, now: float) -> Packet | Drop:
    """RFC 5508 REQ-5: an error from the inside names the external endpoint."""
    original: Packet = packet.payload.original
    if register.behavior.icmp_errors is IcmpErrors.DROPPED:
        return _not_passed(packet)
    table = register.tables[original.protocol]
    found = register.find_towards(
        table, original.destination, _remote(original, original.source), now
    )
    if found is None:
        detail = f"{original.destination} has no mapping towards {original.source}"
        return Drop(DropReason.NO_MAPPING, detail)
    mapping, remote = found
    if isinstance(original.payload, IcmpEcho):
        remote = remote._replace(port=mapping.external.port)
    quoted = original._replace(source=remote, destination=mapping.external)
    _end(register, mapping)
    payload = dataclasses.replace(packet.payload, original=quoted)
    source = mapping.external._replace(port=packet.source.port)
    return packet._replace(source=source, payload=payload)


def _end(register: Register, mapping: Mapping) -> None:
    """What RFC 4787 REQ-12 forbids."""
    if register.behavior.icmp_errors is IcmpErrors.FATAL:
        mapping.end()
        register.something_ended()


def _remote(original: Packet, remote: Address) -> Address:
    """Pings know no remote port: theirs stands for the identifier (RFC 5508 §3)."""
    return remote._replace(port=0) if original.protocol is Protocol.ICMP else remote


def _not_passed(packet: Packet) -> Drop:
    about = packet.payload.original
    detail = (
        f"ICMP errors do not pass this NAT: {packet.payload.kind.value}, about"
        f" {about.source} to {about.destination}"
    )
    return Drop(DropReason.BLOCKED, detail)
