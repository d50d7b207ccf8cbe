"""Who may keep a connection open: so many in total, and so many of one source."""

from dataclasses import dataclass, field

from relay.counters import HangUp
from relay.ratelimit import source_of
from relay.tally import Tally


@dataclass(slots=True)
class Admission:
    """Counts connections; what comes in must go out once.

    Args:
        most: connections at once.
        most_of_source: connections at once from one IPv4 address or IPv6 /64.
    """

    most: int
    most_of_source: int
    _total: int = 0
    _of_source: Tally[bytes] = field(default_factory=Tally)

    def enter(self) -> HangUp | None:
        """Count a connection, or say why it may not stay."""
        if self._total >= self.most:
            return HangUp.TOO_MANY
        self._total += 1
        return None

    def leave(self) -> None:
        """Forget a connection that had entered."""
        self._total -= 1

    def enter_from(self, host: str) -> HangUp | None:
        """Count a connection for its source, or say why it may not stay."""
        source = source_of(host)
        if self._of_source[source] >= self.most_of_source:
            return HangUp.TOO_MANY_OF_SOURCE
        self._of_source.add(source)
        return None

    def leave_from(self, host: str) -> None:
        """Forget a connection of a source."""
        self._of_source.remove(source_of(host))

    def admit(self, host: str) -> HangUp | None:
        """Count a connection in total and for its source, or say why it may not stay."""
        refused = self.enter()
        if refused is None:
            refused = self.enter_from(host)
            if refused is not None:
                self.leave()
        return refused

    def release(self, host: str) -> None:
        """Forget a connection that was admitted."""
        self.leave()
        self.leave_from(host)
