"""How far the server's messages have come in, and when the client should say so."""

from enum import Enum

ACK_EVERY = 16
ACK_WITHIN = 5.0
_NOWHERE = 2**53 - 1


class Receipt(Enum):
    """What a number says of the message that bears it."""

    FRESH = "fresh"
    REPEATED = "repeated"
    AFTER_A_HOLE = "after a hole"


class Receipts:
    """The numbers of the server's messages in one session."""

    def __init__(self) -> None:
        self.last = 0
        """The number of the last message that came in, 0 before the first."""
        self._unsaid = 0
        self._due: float | None = None

    def take(self, number: int | None, now: float) -> Receipt:
        """Hear the number of a message; those without one are always fresh."""
        if number is None:
            return Receipt.FRESH
        if number <= self.last:
            return Receipt.REPEATED
        if number > self.last + 1:
            return Receipt.AFTER_A_HOLE
        self.last = number
        self._unsaid += 1
        if self._due is None:
            self._due = now + ACK_WITHIN
        return Receipt.FRESH

    @property
    def next_deadline(self) -> float | None:
        """When an acknowledgement of its own is due, unless something else is said before."""
        return self._due

    def is_due(self, now: float) -> bool:
        """Say whether it is time for an acknowledgement of its own."""
        return self._unsaid >= ACK_EVERY or (self._due is not None and self._due <= now)

    def said(self) -> None:
        """`last` was told to the server."""
        self._unsaid = 0
        self._due = None

    def doubt(self) -> None:
        """What came is worth nothing: whoever is asked to go on from here has to begin again."""
        self.last = _NOWHERE
        self.said()

    def restart(self) -> None:
        """Another session counts from the beginning."""
        self.last = 0
        self.said()
