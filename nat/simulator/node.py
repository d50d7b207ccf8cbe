"""The network layer of a host: its addresses, its place in the network, its ports."""

import errno
import ipaddress
from collections.abc import Callable
from typing import Final

from nat.packets import Address, Drop, DropReason, Packet
from nat.simulator.network import Network, Port
from nat.simulator.trace import Verdict

EPHEMERAL: Final = (32768, 60999)
WILDCARDS: Final = ("0.0.0.0", "::")
_TRIES: Final = 10_000

IpInterface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


class Node:
    """What UDP and TCP need of the host below them.

    Args:
        deliver: takes the packets that are for this host, and their numbers.
    """

    def __init__(
        self,
        network: Network,
        name: str,
        addresses: tuple[str, ...],
        deliver: Callable[[Packet, int], None],
    ) -> None:
        self.network = network
        self.name = name
        self.addresses = addresses
        self.deliver = deliver
        self._port: Port | None = None
        self._random = network.stream("ports", name)

    @property
    def port(self) -> Port:
        """Where the host is plugged in."""
        assert self._port is not None, f"{self.name} is not plugged in"
        return self._port

    def plug_in(self, port: Port) -> None:
        """Connect the host to a segment."""
        self._port = port

    def owns(self, address: str) -> bool:
        """Tell whether packets to this address stay on the host."""
        return address in self.addresses or is_loopback(address)

    def check_bindable(self, address: str) -> None:
        """Raise OSError (EADDRNOTAVAIL) unless a socket can be bound to the address."""
        if address not in WILDCARDS and not self.owns(address):
            raise OSError(
                errno.EADDRNOTAVAIL,
                f"Cannot assign requested address: {self.name} has no {address}",
            )

    def source_for(self, destination: str) -> str:
        """The address from which the host sends to another.

        Raises:
            OSError: it has no address of that family (ENETUNREACH).
        """
        if self.owns(destination):
            return destination
        six = ":" in destination
        for own in self.addresses:
            if (":" in own) == six:
                return own
        raise OSError(
            errno.ENETUNREACH, f"Network is unreachable: {self.name} has no way to {destination}"
        )

    def interfaces(self) -> tuple[IpInterface, ...]:
        """The addresses with the width of their network, as an interface has them."""
        prefix = self.port.segment.prefix
        found = []
        for own in self.addresses:
            width = 64 if ":" in own else 24
            if prefix is not None and ipaddress.ip_address(own) in prefix:
                width = prefix.prefixlen
            found.append(ipaddress.ip_interface(f"{own}/{width}"))
        return tuple(found)

    def choose_port(self, address: Address, is_taken: Callable[[Address], bool]) -> Address:
        """Turn port 0 into a random free port of the ephemeral range, and check any other.

        Raises:
            OSError: it is in use, or none is free (EADDRINUSE).
        """
        if address.port:
            if is_taken(address):
                raise OSError(errno.EADDRINUSE, f"Address already in use: {address} on {self.name}")
            return address
        for _ in range(_TRIES):
            chosen = Address(address.host, self._random.randint(*EPHEMERAL))
            if not is_taken(chosen):
                return chosen
        raise OSError(errno.EADDRINUSE, f"Address already in use: {self.name} has no port left")

    def send(self, packet: Packet) -> None:
        """Send a packet; one to the host itself comes back at once, though not in this call."""
        network = self.network
        number = network.trace.sent(self.name, packet)
        if self.owns(packet.destination[0]):
            network.agenda.add(network.clock.now_ns, self.deliver, packet, number)
        else:
            self.port.send(packet, number)

    def note_delivered(self, packet: Packet, number: int) -> None:
        """Note in the trace that a packet has arrived."""
        self.network.trace.note(Verdict.DELIVERED, self.name, packet, number)

    def note_dropped(self, packet: Packet, number: int, reason: DropReason, detail: str) -> None:
        """Note in the trace that a packet found nobody."""
        self.network.trace.dropped(self.name, packet, number, Drop(reason, detail))


def is_loopback(address: str) -> bool:
    """Tell whether an address means "this host" on every host."""
    return address.startswith("127.") or address == "::1"


def overlaps(one: Address, other: Address) -> bool:
    """Tell whether two sockets could not be bound to the two addresses at once."""
    if one.port != other.port or (":" in one.host) != (":" in other.host):
        return False
    return one.host == other.host or one.host in WILDCARDS or other.host in WILDCARDS
