"""The sessions that were handed to another node and have not been seen there yet."""

from typing import Final

PATIENCE: Final = 10.0
"""Seconds in which a session must have come to its new node."""
KEPT: Final = 10_000


class Given:
    """From the claim to the news that the session has moved."""

    def __init__(self) -> None:
        self._asked: dict[str, str] = {}
        self._given: dict[str, float] = {}

    @property
    def sids(self) -> list[str]:
        """The sessions on their way."""
        return list(self._given)

    def ask(self, connection: str, sid: str) -> None:
        """Remember which session is claimed for a connection."""
        self._asked[connection] = sid
        if len(self._asked) > KEPT:
            del self._asked[next(iter(self._asked))]

    def give(self, connection: str, now: float) -> None:
        """Remember that it is handed over."""
        sid = self._asked.pop(connection, None)
        if sid is not None:
            self._given[sid] = now + PATIENCE

    def settle(self, sid: str) -> None:
        """Hear that it is at its new node, or in one of its rooms."""
        self._given.pop(sid, None)

    def take_late(self, now: float) -> list[str]:
        """Give up those that never came to their new node."""
        late = [sid for sid, deadline in self._given.items() if deadline <= now]
        for sid in late:
            del self._given[sid]
        return late
