"""One queue of a node: its leases, its calls, what it is told, and whether this node leads it."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import ResponseError

from signaling.faults import DecodeError
from signaling.matchmaking.leading.leader import RESUME_WITHIN, Leader
from signaling.matchmaking.ledger.changes import Life
from signaling.matchmaking.ledger.dealings import MovePlayer, Order, Report
from signaling.matchmaking.ledger.ledger import LEADER_LEASE
from signaling.matchmaking.memory.desk import MakeWorker, make_name
from signaling.matchmaking.redis import calls, codec
from signaling.matchmaking.redis.calls import Call
from signaling.matchmaking.redis.gateway import Gateway
from signaling.matchmaking.redis.leading import LeadershipError, Leading
from signaling.matchmaking.redis.store import Store
from signaling.nodes.tasks import run_until_one_ends

_logger = logging.getLogger("signaling.matchmaking")

BATCH: Final = 200
_AGAIN: Final = 0.2


@dataclass(frozen=True, slots=True)
class DeskTimes:
    """How often, and how long, in seconds.

    Attributes:
        beat: Between two renewals of this node's lease, and of the leader's if it is this one.
        others: The same for who does not lead: whoever comes first takes over.
        lease: After which a node is dead, and a leader leads no more, if nothing was heard of it.
        resume: For which the sessions of a dead node may come back elsewhere.
    """

    beat: float = 1.0
    others: float = 0.5
    lease: float = LEADER_LEASE
    resume: float = RESUME_WITHIN


class Lane:
    """A queue, as one node has it."""

    def __init__(
        self,
        store: Store,
        node: str,
        deliver: Callable[[list[Report]], None],
        make_worker: MakeWorker,
        times: DeskTimes,
    ) -> None:
        self.store = store
        self._times = times
        self.gateway = Gateway(store.queue.name, node)
        self.position = b"0-0"
        self._number = 0
        self._node = node
        self._deliver = deliver
        self._make_worker = make_worker
        self._process = secrets.token_hex(8)
        self._run = ""
        self._epoch = 0
        self._abstains_until = 0.0
        self._lives: tuple[Life, ...] = ()
        self._elected = asyncio.Event()
        self._wake = asyncio.Event()
        self._leading: Leading | None = None

    @property
    def leads(self) -> bool:
        """Whether this node leads the queue, and knows all about it."""
        return self._leading is not None and self._leading.is_ready

    def carry(self, order: Order) -> list[Report]:
        """Take an order of the hub."""
        reports = self.gateway.receive_order(order, self.store.now)
        self._wake.set()
        return reports

    # --- leases ---------------------------------------------------------------------------------

    async def begin(self, run: str) -> None:
        """Be known to a server that was just reached; `run` is the name of its process.

        Who led before reads all again, also where it still has the lease.
        """
        self._epoch = 0
        await self.beat()
        if self._run not in ("", run):
            self.gateway.ask_again()
        self._run = run
        self.gateway.is_up = True
        self._wake.set()

    async def beat(self) -> None:
        """Renew leases, and hear who leads."""
        leader = None if self._leading is None else self._leading.leader
        estimate = None if leader is None else leader.estimate
        store_name = secrets.token_hex(8)
        call = calls.beat(
            self._process,
            store_name,
            self._times.lease,
            leads=self._may_lead(),
            estimate=estimate,
        )
        asked = time.monotonic()
        result = await self.store.run(call)
        if isinstance(result, ResponseError):
            raise result
        name, now, lead = codec.read_lead(result)
        self.store.receive_time(now, asked)
        if name != self.store.name:
            self._receive_store(name)
        self._lives = lead.lives
        if self._leading is not None:
            self._leading.receive_lives(lead.lives)
        if lead.epoch != self._epoch:
            self._epoch = lead.epoch
            self._elected.set()

    def _may_lead(self) -> bool:
        """Whether this node wants to lead; who has done nothing for long lets its lease end, and others go first."""
        now, lease = time.monotonic(), self._times.lease
        if self._leading is not None and self._leading.idle > lease:
            _logger.error("this node does nothing for %s: others may lead", self.store.queue.name)
            self._abstains_until = now + 2 * lease
        return now >= self._abstains_until

    def _receive_store(self, name: str) -> None:
        """The server is new, or has lost everything: it is told what this node has."""
        is_first, self.store.name = self.store.name == "", name
        self.position, self._number = b"0-0", 0
        if not is_first:
            _logger.warning(
                "the queue %s has lost everything, and is told again", self.store.queue.name
            )
            self._deliver(self.gateway.restore())
            self._wake.set()

    async def beat_forever(self) -> None:
        """Renew leases in time, and let the server forget what was read."""
        while True:
            await asyncio.sleep(self._times.beat if self._epoch else self._times.others)
            await self.beat()
            await self.store.trim(f"out:{self._node}", self.position)

    async def resign(self) -> None:
        """Give up all leases; what is still to be said is said first."""
        await self._write_some()
        await self.store.run(calls.resign(self._process))

    # --- to say and to hear ---------------------------------------------------------------------

    async def write(self) -> None:
        """Let the server do what there is to do."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._write_some()

    async def _write_some(self) -> None:
        todo = self.gateway.take()
        try:
            while todo:
                batch = todo[:BATCH]
                results = await self.store.run_all(batch)
                done = self._receive_results(batch, results)
                todo = todo[done:]
                if done < len(batch):
                    self.gateway.receive_unanswered(todo)
                    todo = []
                    await self.beat()
                    self._wake.set()
        finally:
            self.gateway.receive_unanswered(todo)

    def _receive_results(self, batch: Sequence[Call], results: Sequence[Any]) -> int:
        """Hear what became of calls; how many were done before the server turned out to be another."""
        for done, (call, result) in enumerate(zip(batch, results, strict=True)):
            if result == b"CHANGED":
                return done
            if isinstance(result, ResponseError):
                _logger.error("the server could not do %r: %s", call.script, result)
            elif isinstance(call.order, MovePlayer) and result != b"OK":
                self.gateway.receive_moved(call.order.sid, result)
        return len(batch)

    def receive_entry(self, name: bytes, fields: dict[bytes, bytes]) -> None:
        """Hear what the server has told this node."""
        number = int(fields[b"n"])
        if number != self._number + 1:
            _logger.warning(
                "something about %s was missed, and is asked for", self.store.queue.name
            )
            self.gateway.ask_again()
            self._wake.set()
        self.position, self._number = name, number
        asks = self.store.queue.accept_within is not None
        try:
            heard = codec.read_reports(fields, self.store.queue.name, asks=asks)
        except DecodeError as error:
            _logger.warning("a report is passed over: %s", error)
            return
        self._deliver(self.gateway.receive_reports(heard))
        self._wake.set()

    # --- to lead --------------------------------------------------------------------------------

    async def lead(self) -> None:
        """Lead whenever it is this node's turn."""
        while True:
            await self._elected.wait()
            self._elected.clear()
            if self._epoch:
                try:
                    await run_until_one_ends(self._lead(self._epoch), self._deposed())
                except LeadershipError as error:
                    _logger.info("%s: %s", self.store.queue.name, error)
                    self._epoch = 0
                    await asyncio.sleep(_AGAIN)
                finally:
                    self._leading = None

    async def _deposed(self) -> None:
        await self._elected.wait()

    async def _lead(self, epoch: int) -> None:
        queue = self.store.queue
        leader = Leader(queue, make_name, resume_for=self._times.resume)
        self._leading = Leading(
            self.store, epoch, leader, lambda ear: self._make_worker(queue, ear), self._lives
        )
        _logger.info("this node leads %s", queue.name)
        await self._leading.run()
