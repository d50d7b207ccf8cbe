"""A NAT between two segments, and the LAN behind it."""

import ipaddress

from nat.behavior import Behavior
from nat.packets import Drop, DropReason, Packet
from nat.simulator.errors import WorldError
from nat.simulator.host import Host
from nat.simulator.network import LinkQuality, Network, Port, Receiver, Segment
from nat.simulator.trace import Verdict
from nat.translator import Translator

LAN_QUALITY = LinkQuality(latency=0.0005)


class Nat:
    """A NAT. `Simulation.nat` makes them.

    Attributes:
        name: how the trace calls it.
        lan: the segment behind it. The NAT itself has the first address there.
        translator: its state.
    """

    def __init__(
        self, network: Network, name: str, lan: ipaddress.IPv4Network, translator: Translator
    ) -> None:
        self.name = name
        self.lan = Segment(network, f"the LAN of {name}", lan)
        self.lan.gateway = self
        self.translator = translator
        self.hosts: list[Host] = []
        self._network = network
        self._port: Port | None = None
        self._free = lan.hosts()
        self._own = str(next(self._free))

    def __repr__(self) -> str:
        return f"<Nat {self.name} {self.behavior.short} {' '.join(self.translator.external)}>"

    @property
    def behavior(self) -> Behavior:
        """What it does."""
        return self.translator.behavior

    @property
    def external(self) -> tuple[str, ...]:
        """Its addresses on the outside."""
        return self.translator.external

    @property
    def port(self) -> Port:
        """Where it is plugged in on the outside."""
        assert self._port is not None, f"{self.name} is not plugged in"
        return self._port

    def plug_in(self, port: Port) -> None:
        """Connect the outside to a segment."""
        self._port = port

    def host(self, name: str, address: str | None = None) -> Host:
        """Add a host to the LAN.

        Raises:
            WorldError: the address is taken or not in the LAN, or the name is taken.
        """
        self._network.claim_name(name)
        host = Host(self._network, name, (address or self.free_address(),))
        port = Port(self._network, name, self.lan, host.receive, LAN_QUALITY)
        self.lan.join(host.address, port)
        host.node.plug_in(port)
        self.hosts.append(host)
        return host

    def free_address(self) -> str:
        """The next address of the LAN that nobody has."""
        for address in map(str, self._free):
            if not self.lan.is_taken(address):
                return address
        raise WorldError(f"{self.lan.name} has no free address in {self.lan.prefix}")

    def receive_inside(self, packet: Packet, number: int) -> None:
        """Take a packet from the LAN for somewhere else."""
        if ":" in packet.destination[0]:
            drop = Drop(DropReason.NO_ROUTE, f"{self.name} does not translate IPv6")
            self._network.trace.dropped(self.name, packet, number, drop)
            return
        turned_back = packet.destination[0] in self.translator.external
        result = self.translator.outbound(packet, self._network.clock.monotonic())
        onward = self.lan.forward if turned_back else self.port.send
        self._pass(result, packet, number, onward)

    def receive_outside(self, packet: Packet, number: int) -> None:
        """Take a packet from the outside for an external address."""
        result = self.translator.inbound(packet, self._network.clock.monotonic())
        self._pass(result, packet, number, self.lan.forward)

    def _pass(self, result: Packet | Drop, packet: Packet, number: int, onward: Receiver) -> None:
        trace = self._network.trace
        if isinstance(result, Drop):
            trace.dropped(self.name, packet, number, result)
        else:
            trace.note(Verdict.TRANSLATED, self.name, result, number)
            onward(result, number)
