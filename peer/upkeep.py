"""The timer behind `peer.restarts`: restarts ICE when it is due, and gives up when it is over."""

import asyncio
from collections.abc import Callable

from peer.configuration import Configuration
from peer.restarts import Reason, Restarts

#: Seconds that the polite side leaves to the other, where both see that a restart is needed.
COURTESY = 0.5


class Upkeep:
    """Keeps one session's path up.

    Args:
        configuration: Whether restarts are automatic, and the deadlines.
        restart: Restarts ICE.
        give_up: Called when the path is lost for good.
        polite: Whether this side is the polite one.
    """

    def __init__(
        self,
        configuration: Configuration,
        restart: Callable[[Reason], None],
        give_up: Callable[[], None],
        *,
        polite: bool,
    ) -> None:
        self._core = Restarts(
            deadline=configuration.consent_deadline + configuration.connect_deadline,
            delay=COURTESY if polite else 0.0,
            automatic=configuration.restart_automatically,
        )
        self._restart = restart
        self._give_up = give_up
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    def lost(self) -> None:
        """The path carries nothing any more."""
        self._core.receive_lost(self._loop.time())
        self._arm()

    def restored(self) -> None:
        """The path works."""
        self._core.receive_restored()
        self._arm()

    def reason(self, reason: Reason) -> None:
        """Something happened that makes a restart worth while."""
        self._core.receive_reason(reason, self._loop.time())
        self._arm()

    def begun(self) -> None:
        """A restart has begun, by either side."""
        self._core.receive_begun(self._loop.time())
        self._arm()

    def reachable(self, *, reachable: bool) -> None:
        """Signaling reaches the other side, or does so no longer."""
        self._core.receive_reachability(reachable=reachable)
        self._arm()

    def stop(self) -> None:
        """Do nothing any more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._core.next_deadline()
        if deadline is not None and not self._stopped:
            self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        now = self._loop.time()
        if self._core.is_over(now):
            self._give_up()
            return
        reason = self._core.handle_timer(now)
        if reason is not None:
            self._restart(reason)
        self._arm()
