"""What stands between two segments and looks at every packet: a NAT, and the LAN behind it."""

import ipaddress
from typing import Final
from typing import Protocol as Interface

from nat.behavior import Behavior
from nat.packets import Drop, DropReason, Packet, Protocol
from nat.simulator.clock import to_ns
from nat.simulator.host import Host
from nat.simulator.links import Entrance, Port
from nat.simulator.network import Network
from nat.simulator.router import Router
from nat.simulator.segment import Exit, IpNetwork, Segment
from nat.simulator.trace import Verdict
from nat.translator import Translator

EVERY_IPV4: Final = ipaddress.ip_network("0.0.0.0/0")
EVERY_IPV6: Final = ipaddress.ip_network("::/0")


class Gatekeeper(Interface):
    """What decides about packets: `Translator` and its like."""

    def outbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet from the inside."""

    def inbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet from the outside."""

    def next_deadline(self) -> float | None:
        """When to call `handle_timer`, if ever."""

    def handle_timer(self, now: float) -> list[Packet]:
        """What is to be sent to the outside now."""


class Middlebox:
    """What stands between two segments (RFC 3234).

    Args:
        name: how the trace calls it.
        lan: the segment behind it.
        towards: the addresses for which hosts there come to it.

    Attributes:
        external: addresses of its own on the outside; what is sent there from the inside comes back.
        hosts: those that were added to its LAN.
    """

    external: tuple[str, ...] = ()

    def __init__(self, network: Network, name: str, lan: Segment, towards: IpNetwork) -> None:
        self.name = name
        self.lan = lan
        self.hosts: list[Host] = []
        self.network = network
        self._gatekeeper = self.make_gatekeeper()
        self._port: Port | None = None
        self._inside = Entrance(network, name, lan, None)
        self._blocks_udp = False
        self._due: float | None = None
        inwards = self.receive_inside
        lan.add_route(towards, Exit(name, None, inwards, inwards, inwards))

    def make_gatekeeper(self) -> Gatekeeper:
        """Its state as it is at the beginning and after each reboot."""
        raise NotImplementedError

    @property
    def port(self) -> Port:
        """Where it is plugged in on the outside."""
        assert self._port is not None, f"{self.name} is not plugged in"
        return self._port

    def plug_in(self, port: Port) -> None:
        """Connect the outside to a segment."""
        self._port = port

    def host(self, name: str, *addresses: str | None) -> Host:
        """Add a host to the LAN.

        Args:
            addresses: what it has there; a free one of each family if none is given.

        Raises:
            WorldError: an address is taken or not in the LAN, or the name is taken.
        """
        self.network.claim_name(name)
        host = Host(self.network, name)
        host.attach(self, *(one for one in addresses if one is not None))
        self.hosts.append(host)
        return host

    # what happens to it

    def reboot(self) -> None:
        """Forget all state, as when the power fails."""
        self._gatekeeper = self.make_gatekeeper()

    def block_udp(self, *, blocked: bool = True) -> None:
        """Pass no UDP, in neither direction, or pass it again."""
        self._blocks_udp = blocked

    # packets

    def receive_inside(self, packet: Packet, number: int) -> None:
        """Take a packet from the LAN for somewhere else."""
        if self._blocks_udp and packet[0] is Protocol.UDP:
            self._block(packet, number)
            return
        network = self.network
        result = self._gatekeeper.outbound(packet, network.clock.now_ns / 1e9)
        if not isinstance(result, Drop):
            network.trace.note(Verdict.TRANSLATED, self.name, result, number)
            turned_back = packet[2][0] in self.external
            (self._inside if turned_back else self.port).send(result, number)
        else:
            self._drop(packet, number, result, self._inside)

    def receive_outside(self, packet: Packet, number: int) -> None:
        """Take a packet from the outside."""
        if self._blocks_udp and packet[0] is Protocol.UDP:
            self._block(packet, number)
            return
        network = self.network
        result = self._gatekeeper.inbound(packet, network.clock.now_ns / 1e9)
        if not isinstance(result, Drop):
            network.trace.note(Verdict.TRANSLATED, self.name, result, number)
            self._inside.send(result, number)
        else:
            self._drop(packet, number, result, self.port)

    def _drop(self, packet: Packet, number: int, drop: Drop, back: Entrance) -> None:
        trace = self.network.trace
        trace.dropped(self.name, packet, number, drop)
        if drop.reply is not None:
            back.send(drop.reply, trace.sent(self.name, drop.reply))
        if drop.reason is DropReason.HELD:
            self._wait()

    def _wait(self) -> None:
        """Wake up when an answer to what is held is due (RFC 5382 REQ-4)."""
        due = self._gatekeeper.next_deadline()
        if due is not None and self._due is None:
            self._due = due
            self.network.agenda.add(to_ns(due), self._wake_up)

    def _wake_up(self) -> None:
        assert self._due is not None
        now = max(self._due, self.network.clock.monotonic())
        self._due = None
        for packet in self._gatekeeper.handle_timer(now):
            self.port.send(packet, self.network.trace.sent(self.name, packet))
        self._wait()

    def _block(self, packet: Packet, number: int) -> None:
        drop = Drop(DropReason.BLOCKED, f"{self.name} passes no UDP")
        self.network.trace.dropped(self.name, packet, number, drop)


class Nat(Middlebox):
    """A NAT. `Simulation.nat` makes them. It has the first address of its LAN.

    Args:
        lan: the addresses behind it.
        behavior: what it does.
        external: its addresses on the outside.

    Attributes:
        router: who answers at its address in the LAN; None if its behaviour has no port mapping.
    """

    def __init__(
        self,
        network: Network,
        name: str,
        lan: ipaddress.IPv4Network,
        behavior: Behavior,
        external: tuple[str, ...],
    ) -> None:
        self.behavior = behavior
        self.external = external
        self.translator: Translator
        super().__init__(network, name, Segment(network, f"the LAN of {name}", lan), EVERY_IPV4)
        self.router: Router | None = None
        if behavior.port_mapping:
            inside, spoken = str(lan[1]), behavior.port_mapping
            self.router = Router(network, name, self.lan, inside, self.translator, spoken)

    def __repr__(self) -> str:
        return f"<Nat {self.name} {self.behavior.short} {' '.join(self.external)}>"

    def make_gatekeeper(self) -> Gatekeeper:
        """A translator that knows nothing so far."""
        random = self.network.stream("nat", self.name)
        self.translator = Translator(self.behavior, self.external, random)
        return self.translator

    def reboot(self) -> None:
        """Forget all state, as when the power fails; mappings that were asked for as well."""
        self.translator.reboot(self.network.clock.monotonic())
        self._restart_router()

    def end_run(self) -> None:
        """Close what a run has left open."""
        if self.router is not None:
            self.router.listen()

    def renumber(self, *external: str) -> None:
        """Get other addresses on the outside, as from a provider at night; all state is forgotten.

        Raises:
            ValueError: none is given.
            WorldError: one is taken, is none, or is not in the outer network.
        """
        if not external:
            raise ValueError(f"{self.name} needs at least one external address, got none")
        self.port.renumber(*external)
        self.external = external
        self.translator.renumber(external, self.network.clock.monotonic())
        self._restart_router()

    def _restart_router(self) -> None:
        if self.router is not None:
            self.router.restart(self.translator)
