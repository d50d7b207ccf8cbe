"""What happened to a packet at one place: an event of the trace."""

import enum
from dataclasses import dataclass, field
from typing import Any, Final

from nat.packets import Address, Drop, DropReason, Packet, Protocol
from nat.trace.payloads import summary

NANOSECONDS: Final = 1_000_000_000


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
        time_ns: nanoseconds since the world began.
        packet: number of the packet; it keeps it from the sender to the receiver.
        where: name of the host, NAT, link or network.
        verdict: what happened there.
        carried: the packet itself, as it was after that.
        before: the packet as it came to the place that changed it; None where nothing does.
        drop: why it was dropped, or None.
    """

    time_ns: int
    packet: int
    where: str
    verdict: Verdict
    carried: Packet = field(repr=False)
    before: Packet | None = field(default=None, repr=False)
    drop: Drop | None = None

    @property
    def time(self) -> float:
        """Seconds since the world began."""
        return self.time_ns / NANOSECONDS

    @property
    def reason(self) -> DropReason | None:
        """Why it was dropped, or None."""
        return None if self.drop is None else self.drop.reason

    @property
    def detail(self) -> str:
        """The whole reason for a drop in one sentence, or ""."""
        return "" if self.drop is None else self.drop.detail

    @property
    def protocol(self) -> Protocol:
        """What the packet carried."""
        return self.carried.protocol

    @property
    def source(self) -> Address:
        """Where it came from, after translation."""
        return Address(*self.carried.source)

    @property
    def destination(self) -> Address:
        """Where it was going, after translation."""
        return Address(*self.carried.destination)

    @property
    def payload(self) -> Any:
        """What it carried: `bytes` for UDP, else as `nat.Packet` says."""
        return self.carried.payload

    @property
    def size(self) -> int:
        """Bytes of payload."""
        return len(self.carried.payload)

    @property
    def summary(self) -> str:
        """What it carried, in a few words: "STUN Binding request"."""
        return summary(self.carried)

    @property
    def what(self) -> str:
        """The verdict in a word; a NAT or firewall that changed nothing has "passed" the packet."""
        if self.verdict is Verdict.TRANSLATED and self.before is not None:
            before, after = self.before, self.carried
            if before.source == after.source and before.destination == after.destination:
                return "passed"
        return self.verdict.value

    @property
    def addresses(self) -> str:
        """Source and destination; `192.168.1.2:40000 → 203.0.113.1:4711` where one was changed."""
        before = self.carried if self.before is None else self.before
        source = _change(before.source, self.source)
        return f"{source} > {_change(before.destination, self.destination)}"

    def __str__(self) -> str:
        line = (
            f"{self.time:12.6f} #{self.packet:<6} {self.where:<16} {self.what:<10}"
            f" {self.addresses} ({self.size} B) {self.summary}"
        )
        return line if self.reason is None else f"{line}: {self.reason.value}: {self.detail}"


def shown(address: tuple[str, int]) -> str:
    """An address as text; the host alone where there is no port, as with ICMP and later fragments."""
    return str(Address(*address)) if address[1] else address[0]


def _change(before: tuple[str, int], after: tuple[str, int]) -> str:
    return shown(after) if before == after else f"{shown(before)} → {shown(after)}"
