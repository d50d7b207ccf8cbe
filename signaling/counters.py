"""What a server has done so far, in numbers ready for a metrics page."""

from collections import Counter
from dataclasses import dataclass, field

from signaling.codes import CloseCode, ErrorCode


@dataclass(slots=True)
class Counters:
    """Totals since the start; the names are those of the metrics."""

    sessions_opened: int = 0
    sessions_closed: int = 0
    sessions_lost: int = 0
    sessions_resumed: int = 0
    sessions_handed_over: int = 0
    sessions_taken_over: int = 0
    frames_received: int = 0
    joins: int = 0
    leaves: int = 0
    signals_delivered: int = 0
    signals_repeated: int = 0
    signals_undelivered: int = 0
    errors: Counter[ErrorCode] = field(default_factory=Counter)
    closes: Counter[CloseCode] = field(default_factory=Counter)

    @property
    def sessions(self) -> int:
        """Sessions that are open now."""
        came = self.sessions_opened + self.sessions_taken_over
        return came - self.sessions_closed - self.sessions_handed_over
