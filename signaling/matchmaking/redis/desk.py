"""The desk of many nodes: queues in Redis or Valkey, each with one leader among the nodes."""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import Order, Reachable, Report
from signaling.matchmaking.ledger.overview import QueueSeen
from signaling.matchmaking.memory.desk import MakeWorker, no_such_queue, queue_of
from signaling.matchmaking.redis.lane import DeskTimes, Lane
from signaling.matchmaking.redis.leading import see_kept
from signaling.matchmaking.redis.store import Store, load_scripts, read_streams
from signaling.matchmaking.worker.process import ProcessWorker
from signaling.nodes.connecting import connect, location
from signaling.nodes.errors import BackplaneUnreachableError
from signaling.nodes.tasks import end, run_until_one_ends

_logger = logging.getLogger("signaling.matchmaking")

LEAVE_WITHIN: Final = 1.0
END_WITHIN: Final = 2.0
FIRST_WITHIN: Final = 5.0
_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_BLOCK_MS: Final = 1000
_READ: Final = 100
_FAILURES = (RedisError, OSError, TimeoutError)


class RedisDesk:
    """Holds the queues of many nodes.

    Args:
        url: `redis://`, `rediss://` or `unix://`, with user, password and number of the database.
        node: The name of this node, which no other has at the same time.
        prefix: Of all keys; deployments with different ones do not meet.
        make_worker: Where the matcher works while this node leads: in a process of its own.
        wait_for_server: Whether to refuse to start (False) or to start alone (True) when no server answers.
    """

    def __init__(
        self,
        url: str,
        node: str,
        queues: Iterable[Queue],
        *,
        prefix: str = "hairpin",
        make_worker: MakeWorker = ProcessWorker,
        times: DeskTimes | None = None,
        wait_for_server: bool = False,
    ) -> None:
        self._location = location(url)
        self._wait_for_server = wait_for_server
        self._client: Redis = connect(url)
        self._receive: Callable[[Report], None] = lambda _report: None
        self._is_up = False
        self._why = ""
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._lanes: Final = {
            queue.name: Lane(
                Store(self._client, prefix, node, queue),
                node,
                self._deliver,
                make_worker,
                times or DeskTimes(),
            )
            for queue in queues
        }
        self._node = node

    async def __aenter__(self) -> Self:
        """Be known to the server.

        Raises:
            BackplaneUnreachableError: No server answers, or it cannot be used.
        """
        self._runner = asyncio.get_running_loop().create_task(self._run_forever())
        self._runner.add_done_callback(_complain)
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_WITHIN):
                await self._changed.wait()
        if not self._is_up and not self._wait_for_server:
            await self._stop()
            why = self._why or f"{self._location} is too slow"
            raise BackplaneUnreachableError(why)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._end_runner()
        with suppress(*_FAILURES):
            async with asyncio.timeout(LEAVE_WITHIN):
                await asyncio.gather(*(lane.resign() for lane in self._lanes.values()))
        await self._stop()

    @property
    def is_up(self) -> bool:
        """Whether the server can be reached."""
        return self._is_up

    @property
    def queues(self) -> tuple[Queue, ...]:
        """The queues there are."""
        return tuple(lane.store.queue for lane in self._lanes.values())

    def leads(self, queue: str) -> bool:
        """Whether this node leads a queue, and knows all about it."""
        return self._lanes[queue].leads

    async def waiting(self, queue: str) -> int:
        """How many tickets wait in a queue, on all nodes."""
        store = self._lanes[queue].store
        return int(await self._client.hlen(store.key("t")))

    async def overview(self) -> list[QueueSeen]:
        """See how all queues stand, on all nodes.

        Raises:
            BackplaneUnreachableError: The server does not say.
        """
        try:
            return [await see_kept(lane.store) for lane in self._lanes.values()]
        except _FAILURES as error:
            raise BackplaneUnreachableError(f"{self._location}: {error}") from error

    def listen(self, receive: Callable[[Report], None]) -> None:
        """Give reports to `receive`, first of all whether the server can be reached."""
        self._receive = receive
        receive(Reachable(self._is_up))

    def carry(self, order: Order) -> list[Report]:
        """Carry out an order; what is known at once is returned."""
        lane = self._lanes.get(queue_of(order))
        return no_such_queue(order, self._lanes) if lane is None else lane.carry(order)

    def _deliver(self, reports: list[Report]) -> None:
        for report in reports:
            self._receive(report)

    # --- the connection -------------------------------------------------------------------------

    async def _run_forever(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while not self._closing.is_set():
            began = loop.time()
            try:
                await self._run_once()
            except _FAILURES as error:
                self._hear_failure(error)
            await self._client.connection_pool.disconnect()
            failures = 0 if loop.time() - began > FIRST_WITHIN else failures
            pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
            failures += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(pause * random.uniform(0.75, 1.25)):
                    await self._closing.wait()

    async def _run_once(self) -> None:
        lanes = self._lanes.values()
        async with asyncio.timeout(FIRST_WITHIN):
            run = str((await self._client.info("server")).get("run_id", ""))
            await load_scripts(self._client)
            for lane in lanes:
                await lane.begin(run)
        self._hear_up()
        tasks = [task() for lane in lanes for task in (lane.beat_forever, lane.write, lane.lead)]
        await run_until_one_ends(self._read(), self._wait_for_end(), *tasks)

    async def _wait_for_end(self) -> None:
        await self._closing.wait()

    async def _read(self) -> None:
        while True:
            places = {lane.store.key(f"out:{self._node}"): lane for lane in self._lanes.values()}
            if not places:
                await asyncio.sleep(1.0)
                continue
            since = {key: lane.position for key, lane in places.items()}
            for key, entries in await read_streams(self._client, since, _READ, _BLOCK_MS):
                if places[key].position == since[key]:
                    for name, fields in entries:
                        places[key].receive_entry(name, fields)
                await asyncio.sleep(0)

    def _hear_up(self) -> None:
        self._is_up, self._why = True, ""
        self._changed.set()
        _logger.info("queues are at %s", self._location)
        self._receive(Reachable(up=True))

    def _hear_failure(self, error: Exception) -> None:
        why = f"{self._location} cannot be used for queues: {error}"
        if why != self._why:
            _logger.warning(why)
        self._why = why
        for lane in self._lanes.values():
            lane.gateway.is_up = False
        self._changed.set()
        if self._is_up:
            self._is_up = False
            self._receive(Reachable(up=False))

    async def _end_runner(self) -> None:
        """Let it end all that it has begun; a second cancellation would leave some of that behind."""
        self._closing.set()
        await asyncio.wait({self._runner}, timeout=END_WITHIN)
        await end(self._runner)

    async def _stop(self) -> None:
        await self._end_runner()
        await self._client.aclose()


def _complain(runner: asyncio.Task[None]) -> None:
    """Say at once that a defect of ours has ended it for good."""
    if not runner.cancelled() and (error := runner.exception()) is not None:
        _logger.critical("matchmaking has failed", exc_info=error)
