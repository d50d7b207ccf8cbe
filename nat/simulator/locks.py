"""Locks that let the other threads of a world run while one waits for them."""

import _thread
import collections
from typing import ClassVar, Final

from nat.simulator.turns import Turns, Waiter

_make_lock: Final = _thread.allocate_lock  # taken before it is replaced


class VirtualLock:
    """Stands in for `threading.Lock` while a run lasts.

    There is a real lock in it, which is all that counts for threads outside of the world and after
    the run.
    """

    turns: ClassVar[Turns | None] = None

    def __init__(self) -> None:
        self._lock = _make_lock()
        self._waiters: collections.deque[Waiter] = collections.deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 -- as of a real lock
        """As of a real lock; the time is the world's."""
        if self._lock.acquire(blocking=False):
            return True
        if not blocking:
            return False
        turns = self.turns
        if turns is None or not turns.takes_part():
            return self._lock.acquire(timeout=timeout)
        waiter = turns.waiter()
        self._waiters.append(waiter)
        woken = turns.wait(waiter, None if timeout < 0 else timeout)
        if woken and self._lock.acquire(blocking=False):
            return True
        if not woken and timeout >= 0:
            self._waiters.remove(waiter)
            return False
        return self.acquire(timeout=timeout)  # somebody was faster, or the run is over

    def release(self) -> None:
        """As of a real lock."""
        self._lock.release()
        if self._waiters and self.turns is not None:
            self.turns.wake(self._waiters.popleft())

    def locked(self) -> bool:
        """As of a real lock."""
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self._lock = _make_lock()
        self._waiters.clear()
