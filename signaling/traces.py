"""Over which node something was sent to which session lately: a word there may still be under way."""

from typing import Final

KEPT: Final = 60.0
"""Seconds, at least, for which it is remembered; a node keeps and passes on no longer than that."""


class Traces:
    """The last node for each session, of the last minute or two."""

    def __init__(self) -> None:
        self._young: dict[str, str] = {}
        self._old: dict[str, str] = {}
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def leave(self, sid: str, node: str, now: float) -> None:
        """Take note that something was sent to a session."""
        if now - self._since >= KEPT:
            self._age(now)
        self._young[sid] = node

    def node_of(self, sid: str, now: float) -> str | None:
        """Say where something was sent last; None if nothing was, or all has arrived since."""
        if now - self._since >= KEPT:
            self._age(now)
        return self._young.get(sid) or self._old.get(sid)

    def over(self, node: str) -> list[str]:
        """List the sessions to which something was sent over a node last."""
        last = self._old | self._young
        return [sid for sid, each in last.items() if each == node]

    def wipe(self, sid: str) -> None:
        """Take note that all that was sent to a session has arrived."""
        self._young.pop(sid, None)
        self._old.pop(sid, None)

    def _age(self, now: float) -> None:
        is_recent = now - self._since < 2 * KEPT
        self._old, self._young = (self._young if is_recent else {}), {}
        self._since = now
