"""Whether the server is still there: silence is asked about, and an answer that lacks means no."""

from enum import Enum

_LEAST_INTERVAL = 1.0
_MOST_INTERVAL = 60.0
_USUAL_INTERVAL = 20.0
PROBE_WITHIN = 1.5


class Pulse(Enum):
    """What silence asks for."""

    NOTHING = "nothing"
    PING = "ping"
    DEAD = "dead"


class Liveness:
    """The pulse of one connection.

    After half of the server's ping time without a word it is asked, after all of it it is dead.
    """

    def __init__(self) -> None:
        self._half = _USUAL_INTERVAL / 2
        self._ping_at = 0.0
        self._dead_at: float | None = None

    def begin(self, ping_ms: int, now: float) -> None:
        """A connection is welcomed."""
        interval = ping_ms / 1000 or _USUAL_INTERVAL
        self._half = min(max(interval, _LEAST_INTERVAL), _MOST_INTERVAL) / 2
        self.hear(now)

    def hear(self, now: float) -> None:
        """Something came from the server."""
        self._ping_at = now + self._half
        self._dead_at = None

    def probe(self, now: float) -> Pulse:
        """There is reason to doubt: the answer must come soon."""
        doubtful = now + PROBE_WITHIN
        if self._dead_at is not None and self._dead_at <= doubtful:
            return Pulse.NOTHING
        self._dead_at = doubtful
        return Pulse.PING

    @property
    def next_deadline(self) -> float:
        """When `check` wants to be called."""
        return self._ping_at if self._dead_at is None else self._dead_at

    def check(self, now: float) -> Pulse:
        """Say what is to be done about the silence."""
        if self._dead_at is not None:
            return Pulse.DEAD if now >= self._dead_at else Pulse.NOTHING
        if now < self._ping_at:
            return Pulse.NOTHING
        self._dead_at = now + self._half
        return Pulse.PING
