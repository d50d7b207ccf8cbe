"""From IPv6 inside to IPv4 outside: a NAT64 (RFC 6146) with the addresses of RFC 6052."""

import dataclasses
import random
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from nat.behavior import Behavior
from nat.packets import Address, Drop, DropReason, IcmpError, IcmpKind, Packet
from nat.translator import Translator

WELL_KNOWN: Final = "64:ff9b::/96"
"""The prefix that means "an IPv4 address" everywhere (RFC 6052 §2.1)."""

_LENGTHS: Final = (32, 40, 48, 56, 64, 96)
_RESERVED: Final = 8  # the octet of bits 64 to 71 is zero (RFC 6052 §2.2)
_OCTETS: Final = 4
_LONGER: Final = 20
"""By so many bytes an IPv6 header is longer than one of IPv4 (RFC 7915 §4.2)."""


class Prefix:
    """The IPv6 prefix under which a NAT64 shows IPv4 addresses (RFC 6052 §2.2).

    Raises:
        ValueError: it is no IPv6 network, or none of the six lengths.
    """

    def __init__(self, text: str = WELL_KNOWN) -> None:
        self.network = IPv6Network(text)
        if self.network.prefixlen not in _LENGTHS:
            raise ValueError(
                f"a NAT64 prefix has a length of {', '.join(map(str, _LENGTHS))}, not {text}"
            )
        start = self.network.prefixlen // 8
        self._places = [one for one in range(start, start + 5) if one != _RESERVED][:_OCTETS]
        self.embed = lru_cache(maxsize=65_536)(self._embed)
        self.extract = lru_cache(maxsize=65_536)(self._extract)

    def __str__(self) -> str:
        return str(self.network)

    def _embed(self, ipv4: str) -> str:
        """The IPv6 address that stands for an IPv4 one."""
        octets = bytearray(self.network.network_address.packed)
        for place, octet in zip(self._places, IPv4Address(ipv4).packed, strict=True):
            octets[place] = octet
        return str(IPv6Address(bytes(octets)))

    def _extract(self, ipv6: str) -> str | None:
        """The IPv4 address for which an IPv6 one stands, or None if it does not."""
        address = ip_address(ipv6)
        if address not in self.network:
            return None
        return str(IPv4Address(bytes(address.packed[place] for place in self._places)))


class Nat64(Translator):
    """The state of one NAT64: packets of IPv6 go out as packets of IPv4.

    Args:
        behavior: what it does.
        external: its IPv4 addresses; at least one.
        ports: where random external ports come from.
        prefix: under which the inside sees IPv4 addresses. DNS64 (RFC 6147) is not done here.
    """

    def __init__(
        self,
        behavior: Behavior,
        external: tuple[str, ...],
        ports: random.Random,
        prefix: str = WELL_KNOWN,
    ) -> None:
        super().__init__(behavior, external, ports)
        self.prefix = Prefix(prefix)

    def turns_back(self, host: str) -> bool:
        """Tell whether a packet from the inside to an address comes back to the inside."""
        return self.prefix.extract(host) in self.external

    def outbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet of IPv6 from the inside; the packet for the outside is one of IPv4."""
        four = self.prefix.extract(packet.destination.host)
        if four is None:
            detail = f"{packet.destination.host} stands for no IPv4 address: not in {self.prefix}"
            return Drop(DropReason.NO_ROUTE, detail)
        shown = packet._replace(destination=Address(four, packet.destination.port))
        if isinstance(packet.payload, IcmpError):
            shown = shown._replace(payload=self._quote_for_outside(packet.payload))
        result = super().outbound(shown, now)
        if isinstance(result, Drop) or ":" not in result.destination.host:
            return result
        return self._for_inside(result)

    def inbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet of IPv4 from the outside; the packet for the inside is one of IPv6."""
        result = super().inbound(packet, now)
        return result if isinstance(result, Drop) else self._for_inside(result)

    def _for_inside(self, packet: Packet) -> Packet:
        source = packet.source
        if ":" not in source.host:  # with an internal source, a hairpinned packet has one
            source = Address(self.prefix.embed(source.host), source.port)
        payload = packet.payload
        if isinstance(payload, IcmpError):
            remote = payload.original.destination
            remote = Address(self.prefix.embed(remote.host), remote.port)
            original = payload.original._replace(destination=remote)
            payload = _resized(payload, original, _LONGER)
        return packet._replace(source=source, payload=payload)

    def _quote_for_outside(self, error: IcmpError) -> IcmpError:
        remote = error.original.source
        four = self.prefix.extract(remote.host) or remote.host
        original = error.original._replace(source=Address(four, remote.port))
        return _resized(error, original, -_LONGER)


def _resized(error: IcmpError, original: Packet, by: int) -> IcmpError:
    """RFC 7915 §4.2, §5.2: what fits is told in the units of the other side."""
    mtu = error.mtu + by if error.kind is IcmpKind.PACKET_TOO_BIG else error.mtu
    return dataclasses.replace(error, original=original, mtu=mtu)
