"""What a tick may spend on looking around, so that it stays short whoever waits."""

from dataclasses import dataclass

SHALLOW = 64
"""Others that each ticket may look at."""
LOOKS = 400_000
"""Others that all tickets of a tick may look at beyond that, the oldest first."""
EFFORT = 6_000
"""Others that are held to groups of one ticket when all groups are tried."""
EFFORTS = 30_000
"""The same for all tickets of a tick."""
DEPTH = 2_000
"""Others of which all groups are tried."""
REFUSED = 32
"""A match that was worked out and is not good enough costs as much as so many looks; a duel's costs one."""


@dataclass(slots=True)
class Tally:
    """What a tick may still spend, and the searches it has cut for that."""

    looks: int = LOOKS
    effort: int = EFFORTS
    cut: int = 0

    def most(self) -> int:
        """Others that one ticket may look at now."""
        return SHALLOW + max(0, self.looks)

    def spend(self, looks: int) -> None:
        """A ticket has looked at so many."""
        if looks > SHALLOW:
            self.looks -= looks - SHALLOW
