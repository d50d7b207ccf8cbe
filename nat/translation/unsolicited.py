"""What becomes of packets from the outside that nobody inside waits for."""

from typing import Final

from nat.behavior import Behavior
from nat.choices import Unsolicited, UnsolicitedSyn
from nat.packets import Address, Drop, DropReason, IcmpEcho, IcmpError, IcmpKind, Packet, Protocol
from nat.segments import Flags, Kind, RawSegment, Segment
from nat.translation.mappings import Pair, Table
from nat.translation.tcpstates import is_first_syn

HOLDING_TIME: Final = 6.0
"""Seconds for which an unsolicited SYN gets no answer (RFC 5382 REQ-4, RFC 6092 REC-34)."""
MAX_HELD: Final = 1024
"""SYNs that are held at a time; beyond it the oldest is forgotten, and nobody learns of it."""

_HEADER_LENGTH: Final = 20


class Strangers:
    """Answers, or does not answer, what nobody waits for.

    Args:
        behavior: what the NAT does.
        kind: what its ICMP errors say.
    """

    def __init__(self, behavior: Behavior, kind: IcmpKind) -> None:
        self._behavior = behavior
        self._kind = kind
        self._held: dict[Pair, tuple[float, Packet]] = {}

    def configure(self, behavior: Behavior) -> None:
        """Behave in another way from now on."""
        self._behavior = behavior

    def clear(self) -> None:
        """Forget what is held."""
        self._held.clear()

    def refuse(self, table: Table, packet: Packet, drop: Drop, now: float) -> Drop:
        """Complete the drop of a packet that is not let in.

        Args:
            table: that of the packet's protocol.
            packet: as it came.
            drop: why it is not let in.
        """
        if packet.protocol is Protocol.TCP:
            return self._refuse_tcp(packet, drop, now)
        if isinstance(packet.payload, IcmpEcho):
            return drop
        match self._behavior.unsolicited:
            case Unsolicited.DROP:
                return drop
            case Unsolicited.ICMP:
                return drop._replace(reply=self._error(packet))
            case Unsolicited.CLASH:
                self._occupy(table, packet, now)
                return drop._replace(reply=self._error(packet))

    def _occupy(self, table: Table, packet: Packet, now: float) -> None:
        """A session of its own, as Linux's conntrack makes it for what INPUT accepts."""
        if len(table.clashes) >= self._behavior.table_size:
            del table.clashes[next(iter(table.clashes))]
        lifetime = self._behavior.one_shot_lifetime or self._behavior.mapping_lifetime
        table.clashes[packet.destination, packet.source] = now + lifetime

    # TCP

    def _refuse_tcp(self, packet: Packet, drop: Drop, now: float) -> Drop:
        if not is_first_syn(packet.payload):
            return drop
        match self._behavior.unsolicited_syn:
            case UnsolicitedSyn.DROP:
                return drop
            case UnsolicitedSyn.RESET:
                return drop._replace(reply=_reset(packet))
            case UnsolicitedSyn.HOLD:
                pair = (packet.destination, packet.source)
                if pair not in self._held:
                    if len(self._held) >= MAX_HELD:
                        del self._held[next(iter(self._held))]
                    self._held[pair] = (now + HOLDING_TIME, packet)
                detail = f"{drop.detail}; it is held for {HOLDING_TIME:.0f} s (RFC 5382 REQ-4)"
                return Drop(DropReason.HELD, detail)

    def cross(self, external: Address, remote: Address) -> None:
        """RFC 5382 REQ-4: a SYN goes out the other way, so the held one is dropped silently."""
        if self._held:
            self._held.pop((external, remote), None)

    def next_deadline(self) -> float | None:
        """When the next held SYN is to be answered."""
        return next(iter(self._held.values()))[0] if self._held else None

    def handle_timer(self, now: float) -> list[Packet]:
        """The answers that are due: ICMP errors for the outside."""
        answers = []
        while self._held:
            pair, (due, packet) = next(iter(self._held.items()))
            if due > now:
                break
            del self._held[pair]
            answers.append(self._error(packet))
        return answers

    def _error(self, packet: Packet) -> Packet:
        source = Address(packet.destination.host, 0)
        target = Address(packet.source.host, 0)
        return Packet(Protocol.ICMP, source, target, IcmpError(packet, self._kind))


def _reset(packet: Packet) -> Packet:
    """RFC 9293 §3.10.7.1: the answer to a SYN for a port that is closed."""
    answer: Segment | RawSegment
    if isinstance(packet.payload, RawSegment):
        sequence = (int.from_bytes(packet.payload.raw[4:8], "big") + 1) % 2**32
        flags = Flags.RST | Flags.ACK
        raw = bytearray(_HEADER_LENGTH)
        raw[0:2] = packet.destination.port.to_bytes(2, "big")
        raw[2:4] = packet.source.port.to_bytes(2, "big")
        raw[8:12] = sequence.to_bytes(4, "big")
        raw[12:14] = bytes([_HEADER_LENGTH // 4 << 4, int(flags)])
        answer = RawSegment(flags, bytes(raw))
    else:
        answer = Segment(Kind.RESET)
    return Packet(Protocol.TCP, packet.destination, packet.source, answer)
