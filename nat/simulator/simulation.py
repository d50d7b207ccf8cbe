"""The runs of programs in a world, and what happened in them."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, Final, TypeVar

from nat.packets import Address, DropReason
from nat.simulator.clock import to_ns
from nat.simulator.collector import calm_collector
from nat.simulator.errors import AlreadyRunningError, SimulationError
from nat.simulator.interrupts import interrupting
from nat.simulator.loop import VirtualLoop
from nat.simulator.patches import patched
from nat.simulator.world import DEFAULT_START_SPREAD, World
from nat.trace import DEFAULT_LIMIT, Events, Where

T = TypeVar("T")

DEFAULT_DEADLINE: Final = 3600.0
CLEANUP_TIME: Final = 120.0

_one_run: Final = threading.Lock()


class Simulation(World):
    """A world. The same seed and the same programs give the same packets at the same times.

    Args:
        seed: decides every random choice: ports, loss, jitter, and the random bytes of programs.
        start_spread: seconds within which `Host.start` starts a task, each at a random time of its
            own; 0 for at once. Peers that start at the same moment hide races.
        trace_limit: events that the trace keeps at most; beyond that the oldest are forgotten, counted,
            and said to be. None keeps all, 0 none.
        shuffle_ready: let the seed also decide in which order tasks go on that could all go on at
            the same time, to find programs that rely on one; asyncio would keep theirs.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        start_spread: float = DEFAULT_START_SPREAD,
        trace_limit: int | None = DEFAULT_LIMIT,
        shuffle_ready: bool = False,
    ) -> None:
        super().__init__(seed, start_spread=start_spread, trace_limit=trace_limit)
        self._shuffle_ready = shuffle_ready

    # running programs in it

    @property
    def now(self) -> float:
        """Seconds of virtual time since the world began."""
        return self.network.clock.monotonic()

    def run(self, main: Coroutine[Any, Any, T], *, deadline: float = DEFAULT_DEADLINE) -> T:
        """Run a coroutine to its end in virtual time.

        When it is done, whatever still runs is cancelled and every socket is closed. The world,
        its time and the state of its NATs stay, and may be run again.

        Args:
            deadline: seconds of virtual time, from now, after which the run has failed.

        Raises:
            AlreadyRunningError: a run lasts already; there can be one in a process.
            DeadlockError: nothing would ever have happened any more.
            DeadlineError: `main` was not done in time.
            CallbackError: a callback, or a task nobody waited for, has failed.
            Exception: whatever `main` raised.
        """
        if not asyncio.iscoroutine(main):
            raise TypeError(f"a run needs a coroutine, such as main(), got {main!r}")
        try:
            with self._only_run(), calm_collector(), self._loop() as loop:
                loop.set_deadline(self.network.clock.now_ns + to_ns(deadline))
                task: asyncio.Task[T] = loop.create_task(main, name="main")
                with interrupting(task):
                    return loop.run_until_complete(task)
        finally:
            main.close()

    @contextlib.contextmanager
    def _only_run(self) -> Iterator[None]:
        if not _one_run.acquire(blocking=False):
            raise AlreadyRunningError("a simulation runs already, and there can be only one")
        try:
            if _inside_a_loop():
                raise AlreadyRunningError(
                    "a simulation cannot run inside a running event loop: call it from a"
                    " function that is not async"
                )
            yield
        finally:
            _one_run.release()

    @contextlib.contextmanager
    def _loop(self) -> Iterator[VirtualLoop]:
        """A loop for one run, cleaned up after it; failures unheard so far are raised."""
        shuffling = self.network.stream("scheduling") if self._shuffle_ready else None
        loop = VirtualLoop(self.network, self.resolver, shuffling)
        with patched(self.network, self.resolver, loop.selector):
            try:
                yield loop
                self._cancel_rest(loop)
                loop.note_abandoned()
                loop.raise_failure()
            except BaseException as error:
                loop.note_abandoned()
                for failure in loop.take_failures():
                    error.add_note(f"Besides, {failure}")
                with contextlib.suppress(SimulationError):
                    self._cancel_rest(loop)
                raise
            finally:
                self._close(loop)

    def _cancel_rest(self, loop: VirtualLoop) -> None:
        """Cancel the tasks that are left and give them time to end."""
        loop.set_deadline(self.network.clock.now_ns + to_ns(CLEANUP_TIME))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.create_task(_settle(loop), name="clean-up"))

    def _close(self, loop: VirtualLoop) -> None:
        """Forget packets under way and sockets, so that nothing of the run is left."""
        self.network.agenda.clear()
        for host in self.hosts:
            host.shut_down()
        loop.selector.close()
        with contextlib.suppress(SimulationError):
            loop.drop_transports()
        for box in self.boxes:
            box.end_run()
        loop.abandon_tasks()
        loop.close()

    # what happened

    def trace_digest(self, *, sizes: bool = True) -> str:
        """A fingerprint of the trace, equal for equal traces only.

        Args:
            sizes: whether the sizes of packets count. OpenSSL draws its own random bytes, and
                the length of a DTLS certificate or signature varies with them by a few bytes.
        """
        return self.network.trace.digest(sizes=sizes)

    def dropped(self, where: Where | None = None, reason: DropReason | None = None) -> Events:
        """The packets that were dropped, at one place or anywhere, for one reason or any."""
        found = self.trace.dropped(reason)
        return found if where is None else found.where(where)

    def explain(self, place: Where | None = None) -> str:
        """Every drop in words, those of one kind in one line; or those at a place and of what it sent."""
        return self.trace.explain(place)

    def why(self, source: Where, goal: Where | Address) -> str:
        """What became of the packets from one place to another, why, and what would have helped.

        Args:
            source: the host that sent them, or its name.
            goal: the host they were for, its name, or an address with or without a port.
        """
        return self.trace.why(source, goal)


def _inside_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _settle(loop: VirtualLoop) -> None:
    """Wait for the tasks that were cancelled, and for generators that stand open."""
    here = asyncio.current_task()
    rest = asyncio.all_tasks(loop) - {here}
    if rest:
        await asyncio.wait(rest)
    await loop.shutdown_asyncgens()
