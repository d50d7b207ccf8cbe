"""Where relayed transport addresses come from: the address that is bound, and the one that is announced."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address

from stunwire import Address, Family


class PeerTransport(Enum):
    """The transport between the relay and peers; the value is its number in REQUESTED-TRANSPORT."""

    UDP = 17
    TCP = 6


@dataclass(frozen=True, slots=True)
class RelayInterface:
    """One address of the relay, towards the peers.

    Behind a one-to-one NAT the two hosts differ: sockets are bound to `bound`, clients and peers know
    `announced`. Two clients of one relay then name each other by `announced`, but such a packet would have
    to hairpin through the NAT; so it is sent to `bound` at once.

    Args:
        bound: host that relay sockets are bound to.
        announced: host that clients are told.
        ports: the relay ports.
        transport: how peers are reached there.
    """

    bound: str
    announced: str
    ports: range
    transport: PeerTransport = PeerTransport.UDP

    @property
    def family(self) -> Family:
        """The family of the relayed transport addresses."""
        return family_of(self.announced)

    def to_wire(self, peer: Address) -> Address:
        """Turn a peer as the client names it into a peer as the relay socket reaches it."""
        if peer.host == self.announced and peer.port in self.ports and self._translates:
            return Address(self.bound, peer.port)
        return peer

    def from_wire(self, source: Address) -> Address:
        """Turn a packet's source into the peer that the client knows."""
        if source.host == self.bound and source.port in self.ports and self._translates:
            return Address(self.announced, source.port)
        return source

    @property
    def _translates(self) -> bool:
        return self.bound != self.announced and not is_wildcard(self.bound)


def family_of(host: str) -> Family:
    """Return the family of an IP address in text form."""
    return Family.IPV6 if ":" in host else Family.IPV4


def is_wildcard(host: str) -> bool:
    """Say whether `host` means every address of the machine."""
    return ip_address(host).is_unspecified
