"""One NAT as a calculator: packets go in, packets or the reason for a drop come out.

It holds no socket, clock or randomness of its own, so it serves virtual time and real time alike.
What it does is said by `nat.behavior.Behavior`; its parts are in `nat.translation`. A packet of a
UDP flow that is settled, and data of an established TCP connection, take the quick way at the top
of `outbound` and `inbound`; the first packets of a flow, and everything else, go through the tables.
"""

import random
from typing import Final

from nat.behavior import Behavior
from nat.choices import Alg, Blocking, Exhaustion, Hairpinning
from nat.packets import (
    Address,
    Drop,
    DropReason,
    Fragment,
    IcmpError,
    IcmpKind,
    Packet,
    Protocol,
)
from nat.portmapping.mapper import ExplicitMapping
from nat.translation import alg, connections, entrance, errors, explicit
from nat.translation.pieces import Pieces
from nat.translation.register import Made, Register
from nat.translation.tcpstates import is_plain
from nat.translation.unsolicited import Strangers

_UDP: Final = Protocol.UDP
_TCP: Final = Protocol.TCP
_ICMP: Final = Protocol.ICMP
_WEB: Final = (80, 443)
_EXHAUSTED: Final = (DropReason.NO_PORT, DropReason.QUOTA, DropReason.TABLE_FULL)
_new = tuple.__new__


class Translator:
    """The state of one NAT. It gives UPnP, NAT-PMP and PCP what they need (`PortMapper`).

    Args:
        behavior: what it does.
        external: its addresses on the outside; at least one.
        ports: where random external ports come from.
    """

    def __init__(self, behavior: Behavior, external: tuple[str, ...], ports: random.Random) -> None:
        self._check(external)
        self._register = Register(behavior, external, ports)
        self._strangers = Strangers(behavior, self._refusal())
        udp = self._register.tables[_UDP]
        self._quick_out, self._quick_in = udp.outbound, udp.inbound
        tcp = self._register.tables[_TCP]
        self._quick_tcp_out, self._quick_tcp_in = tcp.outbound, tcp.inbound
        self._configure(behavior)

    def _check(self, external: tuple[str, ...]) -> None:
        if not external:
            raise ValueError("a NAT needs at least one external address, got none")

    def _refusal(self) -> IcmpKind:
        return IcmpKind.PORT_UNREACHABLE

    def _configure(self, behavior: Behavior) -> None:
        self._behavior = behavior
        self._refreshed_out = behavior.refresh.outbound
        self._refreshed_in = behavior.refresh.inbound
        self._pieces_out = Pieces(behavior.fragments)
        self._pieces_in = Pieces(behavior.fragments)

    @property
    def behavior(self) -> Behavior:
        """What it does."""
        return self._behavior

    @property
    def external(self) -> tuple[str, ...]:
        """Its addresses on the outside."""
        return self._register.external

    def turns_back(self, host: str) -> bool:
        """Tell whether a packet from the inside to an address comes back to the inside."""
        return host in self._register.external

    def mappings(self, now: float) -> tuple[tuple[Protocol, Address, Address], ...]:
        """The living mappings as (protocol, internal, external), oldest first."""
        return tuple(
            (one.protocol, one.internal, one.external) for one in self._register.mappings(now)
        )

    # packets

    def outbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet from the inside.

        Returns:
            The packet for the outside; or, if it was sent to an external address of this NAT,
            the packet for the inside.
        """
        protocol, source, destination, payload, whole = packet
        if protocol is _UDP:
            flow = self._quick_out.get((source, destination))
            if flow is not None and flow.quick and payload.__class__ is not Fragment:
                timer = flow.timer
                if timer.deadline > now:
                    if self._refreshed_out:
                        timer.deadline = now + timer.lifetime
                    return _new(Packet, (_UDP, flow.external, flow.remote, payload, whole))
        elif protocol is _TCP:
            flow = self._quick_tcp_out.get((source, destination))
            if flow is not None and flow.quick and flow.deadline > now and is_plain(payload):
                flow.deadline = now + flow.lifetime
                return _new(Packet, (_TCP, flow.external, flow.remote, payload, whole))
        return self._take_out(packet, now)

    def inbound(self, packet: Packet, now: float) -> Packet | Drop:
        """Take a packet that came from the outside to an external address."""
        protocol, source, destination, payload, whole = packet
        if protocol is _UDP:
            flow = self._quick_in.get((destination, source))
            if flow is not None and flow.quick and payload.__class__ is not Fragment:
                timer = flow.timer
                if timer.deadline > now:
                    if self._refreshed_in:
                        timer.deadline = now + timer.lifetime
                    return _new(Packet, (_UDP, flow.seen, flow.internal, payload, whole))
        elif protocol is _TCP:
            flow = self._quick_tcp_in.get((destination, source))
            if flow is not None and flow.quick and flow.deadline > now and is_plain(payload):
                flow.deadline = now + flow.lifetime
                return _new(Packet, (_TCP, flow.seen, flow.internal, payload, whole))
        return self._take_in(packet, now)

    def next_deadline(self) -> float | None:
        """When to call `handle_timer`, or None: an unsolicited SYN may be held."""
        return self._strangers.next_deadline()

    def handle_timer(self, now: float) -> list[Packet]:
        """The packets for the outside that are due."""
        due = self._strangers.handle_timer(now)
        return [packet for packet in due if packet.destination.host not in self.external]

    # events

    def reboot(self, now: float) -> None:
        """Forget everything, as a NAT does that was switched off and on."""
        self._register.renumber(self.external)
        self._lose(f", and the NAT was started anew at {now:.1f} s")

    def expire_all(self, now: float) -> None:
        """End all mappings, as `conntrack -F` does."""
        self._lose(f", and all mappings were ended at {now:.1f} s")

    def renumber(self, external: tuple[str, ...], now: float) -> None:
        """Get other external addresses; all mappings end."""
        self._check(external)
        self._register.renumber(external)
        self._lose(f", and the NAT was renumbered at {now:.1f} s")

    def change(self, behavior: Behavior) -> None:
        """Behave in another way from now on; mappings stay as they are."""
        self._register.configure(behavior)
        self._strangers.configure(behavior)
        self._configure(behavior)

    def _lose(self, why: str) -> None:
        self._register.clear()
        self._register.forgotten = why
        self._strangers.clear()
        self._configure(self._behavior)

    # explicit mappings

    def map_port(
        self,
        protocol: Protocol,
        internal: Address,
        external_port: int | None,
        lifetime: float,
        now: float,
    ) -> Address | Drop:
        """Make or renew a mapping that lets everyone in.

        Args:
            external_port: which port is wanted; another one is given if it is taken.
            lifetime: seconds; traffic does not prolong it.

        Returns:
            The external endpoint, or why there is none.
        """
        return explicit.map_port(self._register, protocol, internal, external_port, lifetime, now)

    def unmap_port(self, protocol: Protocol, internal: Address, now: float) -> bool:
        """End a mapping that was asked for; False if there was none."""
        return explicit.unmap_port(self._register, protocol, internal, now)

    def explicit_mappings(self, now: float) -> tuple[ExplicitMapping, ...]:
        """The mappings that were asked for and live, oldest first."""
        return explicit.explicit_mappings(self._register, now)

    # the long way out

    def _take_out(self, packet: Packet, now: float) -> Packet | Drop:
        if isinstance(packet.payload, Fragment):
            return self._pieces_out.take(packet, now, self.outbound)
        blocked = self._blocked(packet)
        if blocked is not None:
            return blocked
        turned_back = packet.destination.host in self._register.external
        if isinstance(packet.payload, IcmpError):
            out = errors.outward(self._register, packet, now)
            if isinstance(out, Drop) or not turned_back:
                return out
            return errors.inward(self._register, out, now)
        if turned_back:
            return self._hairpin(packet, now)
        made = self._open(packet, now)
        if isinstance(made, Drop):
            return made
        return self._translated_out(packet, made)

    def _open(self, packet: Packet, now: float) -> Made | Drop:
        """Find or make the mapping for an outbound packet, refresh it, and note the contact."""
        register = self._register
        remote = packet.destination
        if packet.protocol is _TCP:
            made = connections.outward(register, packet, now)
        else:
            if packet.protocol is _ICMP:
                remote = remote._replace(port=0)
            made = register.open(register.tables[packet.protocol], packet.source, remote, now)
        if isinstance(made, Drop):
            return self._exhausted(packet, made)
        remote = made.flow.remote
        full = register.note_contact(made.mapping, remote, now)
        if full is not None:
            return self._exhausted(packet, full)
        if packet.protocol is _TCP:
            self._strangers.cross(made.mapping.external, remote)
        else:
            register.touch(made, now, inbound=False)
        return made

    def _exhausted(self, packet: Packet, drop: Drop) -> Drop:
        """RFC 5508 REQ-8: tell the inside, if it is set so, that there is nothing left."""
        if self._behavior.exhaustion is Exhaustion.SILENT or drop.reason not in _EXHAUSTED:
            return drop
        host = next(iter(self._register.external), packet.destination.host)
        error = IcmpError(packet, IcmpKind.PROHIBITED)
        reply = Packet(_ICMP, Address(host, 0), packet.source._replace(port=0), error)
        return drop._replace(reply=reply)

    def _translated_out(self, packet: Packet, made: Made) -> Packet:
        mapping, destination, payload = made.mapping, made.flow.remote, packet.payload
        if packet.protocol is _ICMP:
            destination = destination._replace(port=mapping.external.port)
        elif self._behavior.alg is Alg.REWRITE and isinstance(payload, bytes):
            payload = alg.rewrite(payload, mapping.internal, mapping.external)
        return packet._replace(source=mapping.external, destination=destination, payload=payload)

    def _blocked(self, packet: Packet) -> Drop | None:
        match self._behavior.blocking:
            case Blocking.NONE:
                return None
            case Blocking.UDP:
                if packet.protocol is not _UDP:
                    return None
            case Blocking.ALL_BUT_WEB:
                if packet.protocol is _TCP and packet.destination.port in _WEB:
                    return None
        detail = (
            f"{packet.protocol.value.upper()} from {packet.source} to {packet.destination} is not"
            f" let out: {self._behavior.blocking.value} is blocked"
        )
        return Drop(DropReason.BLOCKED, detail)

    def _hairpin(self, packet: Packet, now: float) -> Packet | Drop:
        """RFC 4787 §6: a packet from the inside to an external address."""
        hairpinning = self._behavior.hairpinning
        if hairpinning is Hairpinning.NONE:
            detail = f"{packet.source} sent to {packet.destination}, an address of its own NAT"
            return Drop(DropReason.NO_HAIRPINNING, detail)
        made = self._open(packet, now)
        if isinstance(made, Drop):
            return made
        turned = self._take_in(self._translated_out(packet, made), now)
        if isinstance(turned, Drop):
            return self._answered_inside(turned, now)
        if hairpinning is Hairpinning.EXTERNAL_SOURCE:
            return turned
        return turned._replace(source=packet.source)

    def _answered_inside(self, drop: Drop, now: float) -> Drop:
        """RFC 5508 REQ-7: the answer to a hairpinned packet is hairpinned, too."""
        if drop.reply is None:
            return drop
        reply = self._take_in(drop.reply, now)
        return drop._replace(reply=None if isinstance(reply, Drop) else reply)

    # the long way in

    def _take_in(self, packet: Packet, now: float) -> Packet | Drop:
        if isinstance(packet.payload, Fragment):
            return self._pieces_in.take(packet, now, self.inbound)
        if isinstance(packet.payload, IcmpError):
            return errors.inward(self._register, packet, now)
        if packet.protocol is _UDP and self._behavior.blocking is not Blocking.NONE:
            return self._blocked_in(packet)
        made = self._let_in(packet, now)
        if isinstance(made, Drop):
            table = self._register.tables[packet.protocol]
            return self._strangers.refuse(table, packet, made, now)
        return self._translated_in(packet, made)

    def _blocked_in(self, packet: Packet) -> Drop:
        detail = (
            f"UDP from {packet.source} is not let in: {self._behavior.blocking.value} is blocked"
        )
        return Drop(DropReason.BLOCKED, detail)

    def _let_in(self, packet: Packet, now: float) -> Made | Drop:
        register = self._register
        if packet.protocol is _TCP:
            return connections.inward(register, packet, now)
        remote = packet.source
        if packet.protocol is _ICMP:
            remote = remote._replace(port=0)
        table = register.tables[packet.protocol]
        made = entrance.let_in(register, table, packet.destination, remote, now)
        if not isinstance(made, Drop):
            register.touch(made, now, inbound=True)
        return made

    def _translated_in(self, packet: Packet, made: Made) -> Packet:
        mapping, source, payload = made.mapping, made.flow.seen, packet.payload
        if packet.protocol is _ICMP:
            source = source._replace(port=mapping.internal.port)
        elif self._behavior.alg is Alg.REWRITE and isinstance(payload, bytes):
            payload = alg.rewrite(payload, mapping.external, mapping.internal)
        return packet._replace(source=source, destination=mapping.internal, payload=payload)
