"""What stands between two segments and looks at every packet: a NAT, and the LAN behind it."""

import ipaddress
from collections.abc import Callable
from typing import Any, Final
from typing import Protocol as Interface

from nat.behavior import Behavior
from nat.packets import Drop, DropReason, Packet, Protocol
from nat.simulator.clock import NANOSECONDS, to_ns
from nat.simulator.host import Host
from nat.simulator.links import Entrance, Port
from nat.simulator.network import Network
from nat.simulator.router import Router
from nat.simulator.segment import Exit, IpNetwork, Segment
from nat.trace import Verdict
from nat.translator import Translator

_Pass = Callable[[Packet, float], Any]  # a Packet or a Drop, told apart by class: it is quicker
_TRANSLATED: Final = Verdict.TRANSLATED

EVERY_IPV4: Final = ipaddress.ip_network("0.0.0.0/0")


class Gatekeeper(Interface):
    """What decides about packets: `Translator` and its like."""

    def outbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet from the inside."""

    def inbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet from the outside."""

    def reboot(self, now: float) -> None:
        """Forget everything."""

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
        hosts: those that were added to its LAN.
        external: addresses of its own on the outside.
        turned_back: addresses that lead from the inside back to the inside.
        router: who answers hosts inside; None if nobody does.
    """

    external: tuple[str, ...] = ()
    turned_back: tuple[str, ...] = ()

    def __init__(self, network: Network, name: str, lan: Segment, towards: IpNetwork) -> None:
        self.name = name
        self.lan = lan
        self.hosts: list[Host] = []
        self.router: Router | None = None
        self.network = network
        self._clock, self._agenda = network.clock, network.agenda
        self._note = network.trace.note
        self._gatekeeper = self.make_gatekeeper()
        self._outbound: _Pass = self._gatekeeper.outbound
        self._inbound: _Pass = self._gatekeeper.inbound
        self._port: Port
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
        self._gatekeeper.reboot(self.network.clock.monotonic())

    def end_run(self) -> None:
        """Close what a run has left open."""
        if self.router is not None:
            self.router.listen()

    def block_udp(self, *, blocked: bool = True) -> None:
        """Pass no UDP, in neither direction, or pass it again."""
        self._blocks_udp = blocked

    # packets

    # These two are on the way of every packet: they look things up as little as can be.

    def receive_inside(self, packet: Packet, number: int) -> None:
        """Take a packet from the LAN for somewhere else."""
        if self._blocks_udp and packet[0] is Protocol.UDP:
            self._block(packet, number)
            return
        now_ns = self._clock.now_ns
        result = self._outbound(packet, now_ns / NANOSECONDS)
        if result.__class__ is Drop:
            self._drop(packet, number, result, self._inside)
            return
        self._note(_TRANSLATED, self.name, result, number)
        onward = self._inside if packet[2][0] in self.turned_back else self._port
        way = onward.ways.get(result[2][0])
        if way is None:
            onward.send(result, number)
        else:
            self._agenda.add_journey(now_ns + way.delay_ns, way, (result, number))

    def receive_outside(self, packet: Packet, number: int) -> None:
        """Take a packet from the outside."""
        if self._blocks_udp and packet[0] is Protocol.UDP:
            self._block(packet, number)
            return
        now_ns = self._clock.now_ns
        result = self._inbound(packet, now_ns / NANOSECONDS)
        if result.__class__ is Drop:
            self._drop(packet, number, result, self._port)
            return
        self._note(_TRANSLATED, self.name, result, number)
        way = self._inside.ways.get(result[2][0])
        if way is None:
            self._inside.send(result, number)
        else:
            self._agenda.add_journey(now_ns + way.delay_ns, way, (result, number))

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
        now = self.network.clock.monotonic()
        if due is not None and (self._due is None or self._due < now):
            self._due = due
            self.network.agenda.add(to_ns(due), self._wake_up)

    def _wake_up(self) -> None:
        now = self.network.clock.monotonic()
        if self._due is not None:
            now = max(self._due, now)  # whole nanoseconds may be a little less than the deadline
        self._due = None
        for packet in self._gatekeeper.handle_timer(now):
            self.port.send(packet, self.network.trace.sent(self.name, packet))
        self._wait()

    def _block(self, packet: Packet, number: int) -> None:
        drop = Drop(DropReason.BLOCKED, f"{self.name} passes no UDP")
        self.network.trace.dropped(self.name, packet, number, drop)


class Nat(Middlebox):
    """A NAT of IPv4. `Simulation.nat` makes them. It has the first address of its LAN.

    Args:
        lan: the addresses behind it.
        behavior: what it does.
        external: its addresses on the outside.
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
        self.external = self.turned_back = external
        self.translator: Translator
        super().__init__(network, name, Segment(network, f"the LAN of {name}", lan), EVERY_IPV4)
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

    def renumber(self, *external: str) -> None:
        """Get other addresses on the outside, as from a provider at night; all state is forgotten.

        Raises:
            ValueError: none is given.
            WorldError: one is taken, is none, or is not in the outer network.
        """
        if not external:
            raise ValueError(f"{self.name} needs at least one external address, got none")
        self.port.renumber(*external)
        self.external = self.turned_back = external
        self.translator.renumber(external, self.network.clock.monotonic())
        self._restart_router()

    def _restart_router(self) -> None:
        if self.router is not None:
            self.router.restart(self.translator)
