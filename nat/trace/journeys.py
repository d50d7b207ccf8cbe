"""The way of one packet from hop to hop, and flows: the packets between two ends together."""

from collections.abc import Iterable
from dataclasses import dataclass

from nat.packets import Address, DropReason, Protocol
from nat.trace.events import NANOSECONDS, TraceEvent, Verdict


@dataclass(frozen=True, slots=True)
class Journey:
    """What happened to one packet, in order.

    A packet whose beginning the trace has forgotten starts where it is first heard of.

    Attributes:
        events: at least one.
    """

    events: tuple[TraceEvent, ...]

    @property
    def packet(self) -> int:
        """Its number."""
        return self.events[0].packet

    @property
    def origin(self) -> str:
        """The place that sent it."""
        return self.events[0].where

    @property
    def source(self) -> Address:
        """The sender's own address, before any translation."""
        return self.events[0].source

    @property
    def destination(self) -> Address:
        """Where the sender meant it to go."""
        return self.events[0].destination

    @property
    def seen_as(self) -> Address:
        """The source at the end of the way, after all translations so far."""
        return self.events[-1].source

    @property
    def end(self) -> TraceEvent:
        """What happened last: if it arrived, that; else a drop, if there was one."""
        for wanted in (Verdict.DELIVERED, Verdict.DROPPED):
            for event in self.events:
                if event.verdict is wanted:
                    return event
        return self.events[-1]

    @property
    def arrived_at(self) -> str | None:
        """The host that got it, or None."""
        end = self.end
        return end.where if end.verdict is Verdict.DELIVERED else None

    @property
    def drop(self) -> TraceEvent | None:
        """Where and why it was dropped, or None if it arrived or is under way."""
        end = self.end
        return end if end.verdict is Verdict.DROPPED else None

    @property
    def latency(self) -> float | None:
        """Seconds from the sender to the receiver, or None."""
        if self.arrived_at is None:
            return None
        return (self.end.time_ns - self.events[0].time_ns) / NANOSECONDS

    @property
    def destinations(self) -> tuple[Address, ...]:
        """Where it was going, before and after each translation of that."""
        return tuple(dict.fromkeys(event.destination for event in self.events))

    def __str__(self) -> str:
        first = self.events[0]
        lines = [
            f"#{self.packet} {first.summary}, {first.size} B, {self.source} > {self.destination}"
        ]
        for event in self.events:
            line = f"{event.time:12.6f} {event.where}: {event.what}"
            if event.verdict is Verdict.TRANSLATED and event.what != "passed":
                line += f" {event.addresses}"
            if event.reason is not None:
                line += f", {event.reason.value}: {event.detail}"
            lines.append(line)
        return "\n".join(lines)


def journeys(events: Iterable[TraceEvent]) -> dict[int, Journey]:
    """The journeys of all packets by their numbers, in the order in which they began."""
    found: dict[int, list[TraceEvent]] = {}
    for event in events:
        found.setdefault(event.packet, []).append(event)
    return {number: Journey(tuple(its)) for number, its in found.items()}


@dataclass(frozen=True, slots=True)
class Flow:
    """Packets of one protocol from one address of a host to one other address.

    Attributes:
        origin: the host that sent them.
        protocol: what they carried.
        source: the sender's own address.
        destination: where it sent to.
        journeys: the packets.
    """

    origin: str
    protocol: Protocol
    source: Address
    destination: Address
    journeys: tuple[Journey, ...]

    @property
    def packets(self) -> int:
        """How many were sent."""
        return len(self.journeys)

    @property
    def size(self) -> int:
        """Bytes of payload sent."""
        return sum(journey.events[0].size for journey in self.journeys)

    @property
    def delivered(self) -> int:
        """How many arrived."""
        return sum(journey.arrived_at is not None for journey in self.journeys)

    @property
    def dropped(self) -> int:
        """How many were dropped."""
        return sum(journey.drop is not None for journey in self.journeys)

    @property
    def receivers(self) -> tuple[str, ...]:
        """The hosts that got some, the first one first."""
        found = (journey.arrived_at for journey in self.journeys)
        return tuple(dict.fromkeys(one for one in found if one is not None))

    @property
    def seen_as(self) -> tuple[Address, ...]:
        """The sources under which they arrived, or were dropped."""
        return tuple(dict.fromkeys(journey.seen_as for journey in self.journeys))

    @property
    def reasons(self) -> dict[DropReason, int]:
        """How many were dropped for which reason."""
        counts: dict[DropReason, int] = {}
        for journey in self.journeys:
            if journey.drop is not None and journey.drop.reason is not None:
                counts[journey.drop.reason] = counts.get(journey.drop.reason, 0) + 1
        return counts

    @property
    def latency(self) -> float | None:
        """Seconds that a packet took on average, or None if none arrived."""
        found = [journey.latency for journey in self.journeys if journey.latency is not None]
        return sum(found) / len(found) if found else None

    def __str__(self) -> str:
        head = f"{self.origin} {self.protocol.value} {self.source} > {self.destination}"
        seen = [str(one) for one in self.seen_as if one != self.source]
        through = f" (seen as {', '.join(seen)})" if seen else ""
        what = [f"{self.packets} sent", f"{self.delivered} delivered"]
        if self.latency is not None:
            what[-1] += f" in {self.latency * 1000:.3g} ms"
        what += [f"{count} dropped, {reason.value}" for reason, count in self.reasons.items()]
        return f"{head}{through}: {'; '.join(what)}"


def flows(journeys: Iterable[Journey]) -> tuple[Flow, ...]:
    """Journeys put together by sender, protocol and addresses, in the order in which they began."""
    found: dict[tuple[str, Protocol, Address, Address], list[Journey]] = {}
    for one in journeys:
        key = (one.origin, one.events[0].protocol, one.source, one.destination)
        found.setdefault(key, []).append(one)
    return tuple(Flow(*key, tuple(its)) for key, its in found.items())
