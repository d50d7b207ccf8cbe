"""What passes on a connection with a peer: counted, and held up where a packet would be dropped.

TCP loses nothing, so what is over the limit is not read yet: it waits with its sender.
"""

from dataclasses import dataclass

from relay.bandwidth import Allowance
from relay.counters import Usage

NO_LIMIT = 1 << 30
LONGEST_WAIT = 1.0
"""Then it is looked again, because the limits may have changed."""


@dataclass(slots=True, eq=False)
class Meter:
    """Counts both directions together, as is done for packets.

    Args:
        usage: what is counted for the allocation.
        allowance: how much may pass; None for no limit.
    """

    usage: Usage
    allowance: Allowance | None

    def room(self, now: float) -> int:
        """How many bytes may be read just now."""
        return NO_LIMIT if self.allowance is None else self.allowance.room(now)

    def wait(self, now: float) -> float:
        """How many seconds nothing may be read; 0 if something may."""
        if self.allowance is None or self.allowance.room(now) > 0:
            return 0.0
        return min(self.allowance.wait(now), LONGEST_WAIT)

    def count_to_peer(self, size: int) -> None:
        """Count what a client has sent."""
        self.usage.to_peer_bytes += size
        self._charge(size)

    def count_to_client(self, size: int) -> None:
        """Count what a peer has sent."""
        self.usage.to_client_bytes += size
        self._charge(size)

    def _charge(self, size: int) -> None:
        if self.allowance is not None:
            self.allowance.charge(size)
