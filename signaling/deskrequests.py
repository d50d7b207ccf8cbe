"""What sessions have asked of the desk, until it answers: each under a number, so that clients may use any of theirs."""

from collections import Counter
from dataclasses import dataclass
from enum import Enum


class Asking(Enum):
    """What is asked."""

    ENQUEUE = "enqueue"
    OTHER = "other"
    """Something that is done, or not."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a session; `request` is its client's number for it, if it wants an answer."""

    sid: str
    queue: str
    asking: Asking
    request: int | None


class DeskRequests:
    """The requests under way."""

    def __init__(self) -> None:
        self._last = 0
        self._under_way: dict[int, Asked] = {}
        self._by_session: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._under_way)

    def put(self, asked: Asked) -> int:
        """Take note of one, and give it a number."""
        self._last += 1
        self._under_way[self._last] = asked
        self._by_session[asked.sid] += 1
        return self._last

    def take(self, number: int | None) -> Asked | None:
        """Take out one that is answered; None if that was too late."""
        asked = self._under_way.pop(number or 0, None)
        if asked is not None:
            self._by_session[asked.sid] -= 1
            if not self._by_session[asked.sid]:
                del self._by_session[asked.sid]
        return asked

    def is_asked_by(self, sid: str) -> bool:
        """Say whether a session waits for an answer."""
        return sid in self._by_session

    def numbers(self) -> list[int]:
        """List those under way, the oldest first."""
        return list(self._under_way)
