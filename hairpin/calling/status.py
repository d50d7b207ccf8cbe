"""The line that a terminal shows while a call lasts: the path, its round trip, and the bitrates."""

from dataclasses import dataclass

from hairpin.console import amount, milliseconds, span
from peer import PathKind
from peer.report import IceReport

EVERY = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """What two reports a moment apart show.

    Attributes:
        kind: The path's, or `None`.
        round_trip: Seconds, or `None`.
        sent: Bytes a second.
        received: Bytes a second.
    """

    kind: PathKind | None
    round_trip: float | None
    sent: float
    received: float

    @property
    def words(self) -> str:
        """Such as `relayed, 41 ms, 1.2 MB/s out, 3.0 kB/s in`."""
        if self.kind is None:
            return "connecting"
        trip = "" if self.round_trip is None else f", {milliseconds(self.round_trip)}"
        return f"{self.kind.words}{trip}, {amount(self.sent)}/s out, {amount(self.received)}/s in"


def read(before: IceReport | None, now: IceReport | None, kind: PathKind | None) -> Reading:
    """Compare two reports."""
    if now is None:
        return Reading(kind, None, 0.0, 0.0)
    sent, received = _bytes(now)
    trip = None
    if now.generations and (pair := now.generations[-1].selected) is not None:
        trip = pair.round_trip
    if before is None or now.taken_at <= before.taken_at:
        return Reading(kind, trip, 0.0, 0.0)
    earlier = _bytes(before)
    took = now.taken_at - before.taken_at
    # A restart begins its counts anew.
    return Reading(
        kind, trip, max(0.0, sent - earlier[0]) / took, max(0.0, received - earlier[1]) / took
    )


def _bytes(report: IceReport) -> tuple[int, int]:
    pairs = [pair for generation in report.generations for pair in generation.pairs]
    return sum(pair.bytes_sent for pair in pairs), sum(pair.bytes_received for pair in pairs)


def line(reading: Reading, remote: str, lasted: float) -> str:
    """The line, with how long the call has lasted."""
    return f"{remote}: {reading.words}, {span(lasted)}"
