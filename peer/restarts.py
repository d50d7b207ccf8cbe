"""When ICE is restarted without being asked to: a core that hears what happened and has a timer.

A path that is lost is tried again with growing pauses until the deadline has passed; a path that
works is replaced once when there is a reason to believe in a better one. While signaling is away a
restart would reach nobody, so it waits.
"""

import enum

from peer.backoff import RESTART_PAUSES, pause


class Reason(enum.Enum):
    """Why ICE is to be restarted."""

    ASKED = "asked for"
    DISCONNECTED = "the connection is disconnected"
    ADDRESSES = "the local addresses have changed"
    SIGNALING = "signaling has come back"
    RELAY = "the relay is gone"


class Restarts:
    """The restarts of one session.

    Args:
        deadline: Seconds from the loss of the path until it is given up.
        delay: Seconds to leave to the other side, where both notice the same thing.
        automatic: Whether anything happens by itself at all but giving up.
    """

    def __init__(self, *, deadline: float, delay: float, automatic: bool = True) -> None:
        self._deadline = deadline
        self._delay = delay
        self._automatic = automatic
        self._reachable = True
        self._lost_at: float | None = None
        self._due: float | None = None
        self._reason = Reason.ASKED
        self._tries = 0

    @property
    def is_lost(self) -> bool:
        """Whether the path is lost at the moment."""
        return self._lost_at is not None

    def receive_lost(self, now: float) -> None:
        """The path carries nothing any more."""
        if self._lost_at is None:
            self._lost_at = now
            self._plan(now + self._delay, Reason.DISCONNECTED)

    def receive_restored(self) -> None:
        """The path works."""
        self._lost_at = None
        self._due = None
        self._tries = 0

    def receive_reason(self, reason: Reason, now: float) -> None:
        """Something happened that makes a restart worth while.

        Both sides hear that signaling has come back, so one of them waits a moment.
        """
        shared = reason is Reason.SIGNALING and self._lost_at is None
        self._plan(now + (self._delay if shared else 0.0), reason)

    def receive_begun(self, now: float) -> None:
        """A restart has begun, by either side."""
        self._due = None
        self._tries += 1
        if self._lost_at is not None:
            self._plan(now + pause(self._tries, RESTART_PAUSES, 0.5) + self._delay, self._reason)

    def receive_reachability(self, *, reachable: bool) -> None:
        """Signaling reaches the other side, or does so no longer."""
        self._reachable = reachable

    def next_deadline(self) -> float | None:
        """When `handle_timer` wants to be called."""
        times = []
        if self._lost_at is not None:
            times.append(self._lost_at + self._deadline)
        if self._due is not None and self._reachable:
            times.append(self._due)
        return min(times, default=None)

    def handle_timer(self, now: float) -> Reason | None:
        """The reason to restart now, or `None`."""
        if self._due is None or not self._reachable or now < self._due:
            return None
        self._due = None
        return self._reason

    def is_over(self, now: float) -> bool:
        """Whether the path is lost for good."""
        return self._lost_at is not None and now >= self._lost_at + self._deadline

    def _plan(self, when: float, reason: Reason) -> None:
        if self._automatic and (self._due is None or when < self._due):
            self._due = when
            self._reason = reason
