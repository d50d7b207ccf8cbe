"""What happened to each packet, where, and why: as data to query, as text, as a digest."""

import enum
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from nat.packets import Address, Drop, DropReason, Packet, Protocol
from nat.simulator.clock import NANOSECONDS, Clock


class Verdict(enum.Enum):
    """What happened to a packet at one place."""

    SENT = "sent"
    TRANSLATED = "translated"
    DELIVERED = "delivered"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One thing that happened to one packet.

    Attributes:
        time: seconds since the world began.
        packet: number of the packet; it keeps it from the sender to the receiver.
        where: name of the host or NAT.
        verdict: what happened there.
        reason: why it was dropped, or None.
        detail: the whole reason in one sentence, or "".
        protocol: what the packet carried.
        source: where it came from, after translation.
        destination: where it was going, after translation.
        size: bytes of payload.
    """

    time: float
    packet: int
    where: str
    verdict: Verdict
    reason: DropReason | None
    detail: str
    protocol: Protocol
    source: Address
    destination: Address
    size: int

    def __str__(self) -> str:
        line = (
            f"{self.time:12.6f} #{self.packet:<6} {self.where:<16} {self.verdict.value:<10}"
            f" {self.protocol.value:<4} {self.source} > {self.destination} ({self.size} B)"
        )
        return line if self.reason is None else f"{line}: {self.reason.value}: {self.detail}"


_Row = tuple[
    int, int, str, Verdict, DropReason | None, str, Protocol, tuple[str, int], tuple[str, int], int
]


class Trace:
    """The record of a world. Rows become `TraceEvent`s only when somebody asks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: list[_Row] = []
        self._numbers = 0

    def sent(self, where: str, packet: Packet) -> int:
        """Note a new packet and give it its number."""
        self._numbers += 1
        self.note(Verdict.SENT, where, packet, self._numbers)
        return self._numbers

    def note(self, verdict: Verdict, where: str, packet: Packet, number: int) -> None:
        """Note what happened to a packet that goes on or has arrived."""
        protocol, source, destination, payload, _ = packet
        self._rows.append(
            (
                self._clock.now_ns, number, where, verdict, None, "",
                protocol, source, destination, len(payload),
            )
        )  # fmt: skip

    def dropped(self, where: str, packet: Packet, number: int, drop: Drop) -> None:
        """Note the end of a packet."""
        protocol, source, destination, payload, _ = packet
        self._rows.append(
            (
                self._clock.now_ns, number, where, Verdict.DROPPED, drop.reason, drop.detail,
                protocol, source, destination, len(payload),
            )
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[TraceEvent]:
        for (
            now,
            number,
            where,
            verdict,
            reason,
            detail,
            protocol,
            source,
            target,
            size,
        ) in self._rows:
            yield TraceEvent(
                now / NANOSECONDS, number, where, verdict, reason, detail,
                protocol, Address(*source), Address(*target), size,
            )  # fmt: skip

    def digest(self, *, sizes: bool = True) -> str:
        """SHA-256 over the record, as hex; equal for equal records only.

        Args:
            sizes: whether the sizes of packets count.
        """
        total = hashlib.sha256()
        for (
            now,
            number,
            where,
            verdict,
            reason,
            detail,
            protocol,
            source,
            target,
            size,
        ) in self._rows:
            why = reason.name if reason else ""
            total.update(
                f"{now}|{number}|{where}|{verdict.name}|{why}|{detail}|{protocol.name}"
                f"|{source[0]}|{source[1]}|{target[0]}|{target[1]}|{size if sizes else 0}\n".encode()
            )
        return total.hexdigest()

    def explain(self) -> str:
        """All drops in words, those of one kind in one line, the first ones first."""
        kinds: dict[tuple[str, DropReason, str], list[TraceEvent]] = {}
        for event in self:
            if event.reason is not None:
                kinds.setdefault((event.where, event.reason, event.detail), []).append(event)
        if not kinds:
            return "No packet was dropped."
        return "\n".join(_sentence(events) for events in kinds.values())


def _sentence(events: list[TraceEvent]) -> str:
    first, last = events[0], events[-1]
    assert first.reason is not None
    count = "1 packet" if len(events) == 1 else f"{len(events)} packets"
    when = f"at {first.time:.3f} s"
    if len(events) > 1:
        when = f"from {first.time:.3f} s to {last.time:.3f} s"
    return (
        f"{first.where} dropped {count} {first.source} > {first.destination} {when}:"
        f" {first.reason.value}: {first.detail}"
    )
