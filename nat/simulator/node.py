"""The network layer of a host: its interfaces, their addresses, its ports.

A packet leaves through the interface that has its source address, as on a phone, where each
interface has a way out of its own.
"""

import errno
import ipaddress
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nat.packets import Address, Drop, DropReason, Packet, Protocol
from nat.simulator.links import Port
from nat.simulator.network import Network
from nat.trace import Verdict

EPHEMERAL: Final = (32768, 60999)
WILDCARDS: Final = ("0.0.0.0", "::")
DEFAULT_INTERFACE: Final = "eth0"
_TRIES: Final = 10_000

IpInterface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


@dataclass(frozen=True, slots=True)
class Attachment:
    """One interface of a host.

    Attributes:
        name: such as "eth0".
        port: where it is plugged in.
        addresses: what the host has there.
    """

    name: str
    port: Port
    addresses: tuple[str, ...]

    def networks(self) -> tuple[IpInterface, ...]:
        """The addresses with the width of their network."""
        found = []
        for own in self.addresses:
            width = 64 if ":" in own else 24
            for prefix in self.port.segment.prefixes:
                if ipaddress.ip_address(own) in prefix:
                    width = prefix.prefixlen
            found.append(ipaddress.ip_interface(f"{own}/{width}"))
        return tuple(found)


class Node:
    """What UDP and TCP need of the host below them.

    Args:
        deliver: takes the packets that are for this host, and their numbers.

    Attributes:
        addresses: of all interfaces; the first of a family is the source of what the host sends.
    """

    def __init__(self, network: Network, name: str, deliver: Callable[[Packet, int], None]) -> None:
        self.network = network
        self.name = name
        self.addresses: tuple[str, ...] = ()
        self.deliver = deliver
        self._attachments: dict[str, Attachment] = {}
        self._ports: dict[str, Port] = {}
        self._random: random.Random | None = None
        self._clock, self._agenda = network.clock, network.agenda
        self._sent, self._note = network.trace.sent, network.trace.note

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The interfaces, in the order in which they were plugged in."""
        return tuple(self._attachments.values())

    def port_of(self, interface: str | None = None) -> Port:
        """Where an interface, or the first one, is plugged in.

        Raises:
            KeyError: there is no such interface.
        """
        name = next(iter(self._attachments), "eth0") if interface is None else interface
        if name not in self._attachments:
            known = ", ".join(self._attachments) or "none"
            raise KeyError(f"{self.name} has no interface {name!r}; it has {known}")
        return self._attachments[name].port

    def plug_in(
        self, port: Port, addresses: tuple[str, ...], interface: str = DEFAULT_INTERFACE
    ) -> None:
        """Connect an interface to a segment; one of that name is unplugged before.

        Raises:
            WorldError: an address is taken, is none, or does not belong there.
        """
        old = self._attachments.get(interface)
        if old is not None and old.port.segment is port.segment:
            old.port.unplug()
        port.join(*addresses)
        if old is not None:
            old.port.unplug()
        self._attachments[interface] = Attachment(interface, port, addresses)
        self._count_addresses()

    def unplug(self, interface: str) -> None:
        """Take an interface off its segment, with its addresses."""
        self.port_of(interface).unplug()
        del self._attachments[interface]
        self._count_addresses()

    def _count_addresses(self) -> None:
        pairs = [(own, one.port) for one in self.attachments for own in one.addresses]
        self.addresses = tuple(own for own, _ in pairs)
        self._ports = dict(reversed(pairs))

    def owns(self, address: str) -> bool:
        """Tell whether packets to this address stay on the host."""
        return address in self._ports or is_loopback(address)

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
        """The addresses with the width of their network, as interfaces have them."""
        return tuple(one for attachment in self.attachments for one in attachment.networks())

    def choose_port(self, address: Address, is_taken: Callable[[Address], bool]) -> Address:
        """Turn port 0 into a random free port of the ephemeral range, and check any other.

        Raises:
            OSError: it is in use, or none is free (EADDRINUSE).
        """
        if address.port:
            if is_taken(address):
                raise OSError(errno.EADDRINUSE, f"Address already in use: {address} on {self.name}")
            return address
        if self._random is None:
            self._random = self.network.stream("ports", self.name)
        for _ in range(_TRIES):
            chosen = Address(address.host, self._random.randint(*EPHEMERAL))
            if not is_taken(chosen):
                return chosen
        raise OSError(errno.EADDRINUSE, f"Address already in use: {self.name} has no port left")

    def send(self, packet: Packet) -> None:
        """Send a packet; one to the host itself comes back at once, though not in this call.

        Raises:
            OSError: UDP over IPv4 comes from an address that the host has no more (ENETUNREACH, as
                Linux has it). Over IPv6, and over TCP, it is dropped without a word.
        """
        port = self._ports.get(packet[1][0])
        if port is not None:
            way = port.ways.get(packet[2][0])
            if way is not None:  # nobody has a way to itself
                number = self._sent(self.name, packet)
                when = self._clock.now_ns + way.delay_ns
                self._agenda.add_journey(when, way, (packet, number))
                return
            if not self.owns(packet[2][0]):
                port.send(packet, self._sent(self.name, packet))
                return
        elif not is_loopback(packet[1][0]):
            self._send_from_nowhere(packet)
            return
        number = self._sent(self.name, packet)
        self._agenda.add(self._clock.now_ns, self.deliver, packet, number)

    def _send_from_nowhere(self, packet: Packet) -> None:
        source = packet.source.host
        if packet.protocol is Protocol.UDP and ":" not in source:
            text = f"Network is unreachable: {self.name} no longer has {source}"
            raise OSError(errno.ENETUNREACH, text)
        number = self.network.trace.sent(self.name, packet)
        self.note_dropped(packet, number, DropReason.NO_ROUTE, f"{self.name} has no {source}")

    def note_delivered(self, packet: Packet, number: int) -> None:
        """Note in the trace that a packet has arrived."""
        self._note(Verdict.DELIVERED, self.name, packet, number)

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
