"""The selector that advances virtual time to the next event instead of waiting for it."""

from collections.abc import Callable
from typing import Final, NoReturn

from nat.simulator.clock import to_ns_reaching
from nat.simulator.errors import DeadlineError, DeadlockError, LivelockError, SimulationError
from nat.simulator.network import Network

PATIENCE: Final = 1_000_000
"""Turns of the loop without a step in time, after which it is held to be stuck."""


class VirtualSelector:
    """Instead of waiting for the next event it makes it now.

    Args:
        next_timer: when the loop's next timer is due, in seconds, or None.
        fail: called before each turn; raises if the run has failed.
    """

    def __init__(
        self,
        network: Network,
        next_timer: Callable[[], float | None],
        fail: Callable[[], None],
        waiting: Callable[[], str],
    ) -> None:
        self.deadline_ns: int | None = None
        self._network = network
        self._next_timer = next_timer
        self._fail = fail
        self._waiting = waiting
        self._turns = 0

    def select(self, timeout: float | None) -> list[object]:
        """Advance to the next event, unless there is something to do now."""
        self._fail()
        clock = self._network.clock
        before = clock.now_ns
        if timeout != 0:
            self._advance()
        self._turns = self._turns + 1 if clock.now_ns == before else 0
        if self._turns > PATIENCE:
            self._raise(LivelockError, f"{PATIENCE} turns have passed without a step in time")
        self._network.agenda.perform(clock.now_ns)
        return []

    def _advance(self) -> None:
        timer = self._next_timer()
        timer_ns = None if timer is None else to_ns_reaching(timer)
        packet_ns = self._network.agenda.next_ns()
        events = [when for when in (timer_ns, packet_ns) if when is not None]
        if not events:
            self._raise(DeadlockError, "nothing will ever happen: no timer, no packet under way")
        soonest = min(events)
        if self.deadline_ns is not None and soonest > self.deadline_ns:
            self._network.clock.advance_to(self.deadline_ns)
            self._raise(DeadlineError, "the deadline of the run has come")
        self._network.clock.advance_to(soonest)

    def _raise(self, kind: type[SimulationError], what: str) -> NoReturn:
        self._turns = 0
        now = self._network.clock.monotonic()
        raise kind(f"at {now:.6f} s of virtual time {what}; these tasks wait:\n{self._waiting()}")
