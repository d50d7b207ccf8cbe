"""Leading a queue on the server: reads it whole, follows its log, and does what the leader's core wants."""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeAlias

from redis.exceptions import ResponseError

from signaling.faults import DecodeError, NodesError
from signaling.matchmaking.leading.leader import Leader
from signaling.matchmaking.leading.matching import Feed, Result, Tick
from signaling.matchmaking.leading.words import Tell, Wish
from signaling.matchmaking.ledger.changes import Change, Life
from signaling.matchmaking.ledger.claims import Claim, Verdict
from signaling.matchmaking.ledger.overview import Overview, QueueSeen
from signaling.matchmaking.redis import calls, codec
from signaling.matchmaking.redis.calls import Call
from signaling.matchmaking.redis.store import Store, read_streams
from signaling.matchmaking.worker.worker import Listener, Worker
from signaling.nodes.tasks import run_until_one_ends, to_its_end

_logger = logging.getLogger("signaling.matchmaking")

SCANNED: Final = 500
"""Tickets that are read at once: what they take is what a socket waits."""
CLAIMED: Final = 25
"""Claims of one call: the server does nothing else meanwhile."""
_FOLLOWED: Final = 100
_BLOCK_MS: Final = 500
_Read: TypeAlias = Callable[[bytes, bytes], Change]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: what is read stays, and would be looked through again and again.

    It is not looked through afterwards either: going once through a hundred thousand tickets would be a stall.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class LeadershipError(NodesError):
    """This node leads no more, or has missed something of the log: it begins again."""


class Leading:
    """One leadership: from an epoch's beginning to its end."""

    def __init__(
        self,
        store: Store,
        epoch: int,
        leader: Leader,
        make_worker: Callable[[Listener], Worker],
        lives: tuple[Life, ...],
    ) -> None:
        self._store = store
        self._epoch = epoch
        self._leader = leader
        self._worker = make_worker(self)
        self._position: bytes = b"0-0"
        self._number: int | None = None
        self._wake = asyncio.Event()
        self.is_ready = False
        self._acted = time.monotonic()
        leader.receive_lives(lives, store.now)

    @property
    def leader(self) -> Leader:
        """The core."""
        return self._leader

    @property
    def idle(self) -> float:
        """Seconds in which nothing was done: each beat of the node lets something be done."""
        return time.monotonic() - self._acted

    async def run(self) -> None:
        """Lead, until cancelled.

        Raises:
            LeadershipError: Another leads, or the log has gone on without us.
            RedisError: The server is away.
        """
        try:
            with _uncollected():
                await self._reload()
            self.is_ready = True
            await run_until_one_ends(self._follow(), self._act())
        finally:
            await to_its_end(self._worker.close())

    def receive_lives(self, lives: tuple[Life, ...]) -> None:
        """Hear which nodes there are."""
        self._leader.receive_lives(lives, self._store.now)
        self._wake.set()

    def receive_result(self, result: Result) -> None:
        """Hear what a tick came to."""
        self._leader.receive_result(result, self._store.now)
        self._wake.set()

    def receive_new_matcher(self) -> None:
        """The matcher has died, and there is another."""
        self._leader.receive_new_matcher()
        self._wake.set()

    # --- to know --------------------------------------------------------------------------------

    async def _reload(self) -> None:
        """Read all there is. What changes meanwhile is in the log behind the place that is noted first."""
        last = await self._store.last_entry("log")
        if last is not None:
            self._position, self._number = last[0], int(last[1][b"n"])
        async for some in _kept(self._store):
            self._acted = time.monotonic()
            self._leader.receive_changes(some, self._store.now)

    async def _follow(self) -> None:
        client, key = self._store.client, self._store.key("log")
        while True:
            since = {key: self._position}
            for _, entries in await read_streams(client, since, _FOLLOWED, _BLOCK_MS):
                for name, fields in entries:
                    self._receive_entry(name, fields)
                self._wake.set()
                await self._store.trim("log", self._position)

    def _receive_entry(self, name: bytes, fields: dict[bytes, bytes]) -> None:
        number = int(fields[b"n"])
        if self._number is not None and number != self._number + 1:
            raise LeadershipError("the log has gone on without us")
        self._position, self._number = name, number
        try:
            changes = codec.read_changes(fields[b"c"], self._store.queue.name)
        except DecodeError as error:
            _logger.warning("an entry of the log is passed over: %s", error)
        else:
            self._leader.receive_changes(changes, self._store.now)

    # --- to act ---------------------------------------------------------------------------------

    async def _act(self) -> None:
        while True:
            self._wake.clear()
            self._acted = time.monotonic()
            todo = self._calls(self._leader.handle_timer(self._store.now))
            if todo:
                results = await self._store.run_all([call for _, call in todo])
                for (claims, call), result in zip(todo, results, strict=True):
                    self._receive_answer(call, claims, result)
            await self._rest()

    def _calls(self, wishes: list[Wish]) -> list[tuple[list[Claim], Call]]:
        """Make the calls, and with each the claims that it makes; those come last in any case."""
        claims = [wish for wish in wishes if isinstance(wish, Claim)]
        some = [claims[first : first + CLAIMED] for first in range(0, len(claims), CLAIMED)]
        others = [call for wish in wishes if (call := self._call(wish)) is not None]
        return [
            *(([], call) for call in others),
            *((each, calls.claim(each, self._epoch)) for each in some),
        ]

    def _call(self, wish: Wish) -> Call | None:
        match wish:
            case Feed() | Tick():
                self._worker.give(wish)
                return None
            case Claim():
                return None
            case Tell():
                return calls.tell(wish, self._epoch)
            case _:
                return calls.keep_house(wish, self._epoch)

    def _receive_answer(self, call: Call, claims: list[Claim], result: Any) -> None:
        if isinstance(result, ResponseError):
            _logger.error("the server could not do %r: %s", call.script, result)
            raise LeadershipError(str(result))
        if result in (b"FENCED", b"CHANGED"):
            raise LeadershipError("another leads by now")
        for claim, answer in zip(claims, codec.read_answers(result) if claims else (), strict=True):
            if answer.verdict is Verdict.FENCED:
                raise LeadershipError("another leads by now")
            self._leader.receive_answer(claim.id, answer, self._store.now)

    async def _rest(self) -> None:
        """Wait for the next deadline, or for what happens before; let sockets have their turn in any case."""
        deadline = self._leader.next_deadline()
        wait = None if deadline is None else deadline - self._store.now
        if wait is not None and wait <= 0.0:
            await asyncio.sleep(0)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._wake.wait()


async def see_kept(store: Store) -> QueueSeen:
    """See how a queue stands, by all that is kept of it."""
    overview = Overview(store.queue.name)
    async for some in _kept(store):
        overview.add(some)
    return overview.seen(store.now)


async def _kept(store: Store) -> AsyncIterator[list[Change]]:
    """Read all that is kept of a queue, some at a time."""
    queue = store.queue.name
    readers: tuple[tuple[str, _Read], ...] = (
        ("t", lambda _, stored: codec.read_kept_ticket(stored, queue)),
        ("m", lambda _, stored: codec.read_kept_claim(stored, queue)),
        ("o", lambda _, stored: codec.read_kept_opening(stored)),
        ("p", codec.read_kept_party),
    )
    for name, read in readers:
        async for some in store.scan(name, SCANNED):
            yield list(_readable(read, some))


def _readable(read: _Read, some: dict[bytes, bytes]) -> Iterator[Change]:
    for name, stored in some.items():
        try:
            yield read(name, stored)
        except DecodeError as error:
            _logger.warning("%r is passed over: %s", name, error)
