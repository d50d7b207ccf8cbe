"""The desk of a single node: queues in memory, with timers of the event loop."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final, Self, TypeAlias

from signaling.codes import ErrorCode
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.matching import Result
from signaling.matchmaking.ledger.dealings import Enqueue, Open, Order, Refused, Report
from signaling.matchmaking.ledger.overview import QueueSeen
from signaling.matchmaking.memory.queue import LocalQueue
from signaling.matchmaking.worker.worker import InlineWorker, Listener, Worker

MakeWorker: TypeAlias = Callable[[Queue, Listener], Worker]


def make_name() -> str:
    """Make an id or the name of a room: 128 random bits."""
    return secrets.token_urlsafe(16)


def queue_of(order: Order) -> str:
    """The queue that an order is about."""
    match order:
        case Enqueue():
            return order.ticket.queue
        case Open():
            return order.opening.queue
        case _:
            return order.queue


def no_such_queue(order: Order, queues: Iterable[str]) -> list[Report]:
    """Refuse an order about a queue that there is not."""
    sid = order.ticket.players[0].sid if isinstance(order, Enqueue) else order.sid
    request: int | None = getattr(order, "request", None)
    names = ", ".join(sorted(queues)) or "none"
    why = f"no queue is called {queue_of(order)!r}; there are: {names}"
    return [] if request is None else [Refused(sid, ErrorCode.NOT_FOUND, why, request)]


class MemoryDesk:
    """Holds the queues of one node.

    Args:
        make_worker: Where the matcher works; in the loop's thread if it is not said.
    """

    def __init__(
        self,
        queues: Iterable[Queue],
        *,
        clock: Callable[[], float] | None = None,
        make_worker: MakeWorker = InlineWorker,
    ) -> None:
        clock = clock or time.time
        self._receive: Callable[[Report], None] = lambda _report: None
        self._lanes: Final = {
            queue.name: _Lane(queue, clock, self._deliver, make_worker) for queue in queues
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End timers and matchers."""
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))

    @property
    def queues(self) -> tuple[Queue, ...]:
        """The queues there are."""
        return tuple(lane.queue for lane in self._lanes.values())

    def waiting(self, queue: str) -> int:
        """How many tickets wait in a queue."""
        return self._lanes[queue].waiting

    async def overview(self) -> list[QueueSeen]:
        """See how all queues stand."""
        return [lane.seen() for lane in self._lanes.values()]

    def listen(self, receive: Callable[[Report], None]) -> None:
        """Give reports that come later to `receive`."""
        self._receive = receive

    def carry(self, order: Order) -> list[Report]:
        """Carry out an order, and return all that is known about it at once; in the loop."""
        lane = self._lanes.get(queue_of(order))
        return no_such_queue(order, self._lanes) if lane is None else lane.carry(order)

    def _deliver(self, reports: list[Report]) -> None:
        for report in reports:
            self._receive(report)


class _Lane:
    """One queue, its timer and its matcher."""

    def __init__(
        self,
        queue: Queue,
        clock: Callable[[], float],
        deliver: Callable[[list[Report]], None],
        make_worker: MakeWorker,
    ) -> None:
        self.queue = queue
        self._clock = clock
        self._deliver = deliver
        self._core = LocalQueue(queue, make_name)
        self._worker = make_worker(queue, self)
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        return self._core.waiting

    def seen(self) -> QueueSeen:
        return self._core.seen(self._clock())

    def carry(self, order: Order) -> list[Report]:
        reports = self._core.carry(order, self._clock())
        self._arm()
        return reports

    def receive_result(self, result: Result) -> None:
        self._core.receive_result(result, self._clock())
        self._arm()

    def receive_new_matcher(self) -> None:
        self._core.receive_new_matcher()
        self._arm()

    async def close(self) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        await self._worker.close()

    def _handle_timer(self) -> None:
        self._timer = None
        reports, todo = self._core.handle_timer(self._clock())
        for each in todo:
            self._worker.give(each)
        self._arm()
        self._deliver(reports)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._core.next_deadline()
        if deadline is not None and not self._closed:
            wait = max(0.0, deadline - self._clock())
            self._timer = asyncio.get_running_loop().call_later(wait, self._handle_timer)
