"""The backplane of many nodes: redis-py around the core. It reads, passes in, carries out."""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final, Self

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import NoScriptError, RedisError, ResponseError

from signaling.faults import DecodeError, NodesError
from signaling.messages import LeaveReason
from signaling.nodes import admin, scripts
from signaling.nodes.calls import Call, Publish
from signaling.nodes.connecting import connect, is_passing, location
from signaling.nodes.core import NodeCore
from signaling.nodes.errors import (
    BackplaneUnreachableError,
    NameTakenError,
)
from signaling.nodes.stages import NameTaken, Output, Reconnect, Stage, Times
from signaling.nodes.tasks import complain, end, run_until_one_ends
from signaling.orders import Exit, Order, RoomSeen
from signaling.reports import Report

_logger = logging.getLogger("signaling.nodes")

PIPELINE: Final = 1000
"""Commands in one pipeline, at most."""
LEAVE_WITHIN: Final = 1.0
_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds until the next attempt to reach the server, before they are varied."""


class _DroppedError(NodesError):
    """The core wants other connections."""


_FAILURES = (RedisError, OSError, TimeoutError, _DroppedError)


class RedisBackplane:
    """Holds the rooms of many nodes in Redis or Valkey, and carries messages between the nodes.

    Args:
        url: `redis://`, `rediss://` or `unix://`, with user, password and number of the database.
        node: The name of this node, which no other has at the same time.
        prefix: Of all keys and channels; deployments with different ones do not meet.
        wait_for_server: Whether to refuse to start (False) or to start alone (True) when no
            server answers.
    """

    def __init__(
        self,
        url: str,
        node: str,
        *,
        prefix: str = "hairpin",
        times: Times | None = None,
        wait_for_server: bool = False,
    ) -> None:
        self._location = location(url)
        self._url = url
        self._node = node
        self._prefix = "{" + prefix + "}:"
        self._times = times or Times()
        self._wait_for_server = wait_for_server
        self._core = NodeCore(node, time.time_ns(), self._times)
        self._receive: Callable[[Report], None] = lambda _report: None
        self._wake = asyncio.Event()
        self._drop = asyncio.Event()
        self._changed = asyncio.Event()
        self._stage = self._core.stage
        self._why = self._said = ""
        self._is_in = wait_for_server
        self._taken: float | None = None
        self._taken_twice = False
        self._unanswered: list[Call | Publish] = []
        self._timer: asyncio.TimerHandle | None = None
        self._run = ""
        self._shared_key: bytes | None = None
        self._client: Redis = connect(url)

    async def __aenter__(self) -> Self:
        """Register with the server.

        Raises:
            BackplaneUnreachableError: No server answers, or it cannot be used.
            NameTakenError: Another living node has this name.
        """
        self._loop = asyncio.get_running_loop()
        self._runner = self._loop.create_task(self._run_forever())
        self._runner.add_done_callback(complain)
        try:
            await self._first_answer()
        except BaseException:
            await self._stop()
            raise
        self._is_in = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._core.leave()
        self._wake.set()
        deadline = self._loop.time() + LEAVE_WITHIN
        while self._stage is not Stage.DOWN and self._loop.time() < deadline:
            if not self._wake.is_set() and not self._unanswered:
                break
            await asyncio.sleep(0.005)
        await self._stop()

    @property
    def is_up(self) -> bool:
        """Whether the server can be reached, and knows all about this node."""
        return self._core.stage is Stage.UP

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes that are alive, as far as is known."""
        return self._core.living

    # --- what the hub wants -------------------------------------------------------------------

    def listen(self, receive: Callable[[Report], None]) -> None:
        """Give reports to `receive`."""
        self._receive = receive

    def carry(self, order: Order) -> list[Report]:
        """Carry out an order, and return what is known about it at once."""
        outputs = self._core.receive_order(order, self._loop.time())
        self._arm()
        return self._reports(outputs)

    # --- what an operator wants ---------------------------------------------------------------

    async def shared_key(self) -> bytes:
        """The key of resume tokens that all nodes have in common; made by the first.

        A node that starts alone makes its own, and brings it along if there is none.

        Raises:
            BackplaneUnreachableError: The server is away.
        """
        if self._shared_key is None and self._wait_for_server and not self.is_up:
            self._shared_key = secrets.token_bytes(32)
        if self._shared_key is None:
            with self._complaining():
                self._shared_key = await admin.share_key(self._client, self._prefix)
        return self._shared_key

    async def rooms(self) -> list[RoomSeen]:
        """List the rooms of all nodes with their members.

        Raises:
            BackplaneUnreachableError: The server is away.
        """
        with self._complaining():
            return await admin.list_rooms(self._client, self._prefix)

    async def room(self, name: str) -> RoomSeen | None:
        """See one room with its members.

        Raises:
            BackplaneUnreachableError: The server is away.
        """
        with self._complaining():
            return await admin.look_up(self._client, self._prefix, name)

    async def kick(self, room: str, peer: str, *, by: str = "", msg: str = "") -> bool:
        """Put a member out of a room, on whichever node it is; False if there is none.

        Raises:
            BackplaneUnreachableError: The server is away.
        """
        seen = await self.room(room)
        for member in () if seen is None else seen.members:
            if member.peer == peer:
                order = Exit(room, peer, member.sid, LeaveReason.KICKED, by, msg)
                for report in self.carry(order):
                    self._receive(report)
                return True
        return False

    @contextmanager
    def _complaining(self) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            raise BackplaneUnreachableError(f"{self._location} cannot be used: {error}") from error

    # --- the connection -----------------------------------------------------------------------

    async def _first_answer(self) -> None:
        patience = self._times.patience if self._wait_for_server else self._times.lease + 5.0
        deadline = self._loop.time() + patience
        while not self.is_up:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._changed.wait()
            self._changed.clear()
            is_hopeless = self._why and self._taken is None
            if self._wait_for_server and (is_hopeless or self._loop.time() >= deadline):
                return
            if self._taken_twice and not self._wait_for_server:
                raise NameTakenError(self._why)
            if is_hopeless or self._loop.time() >= deadline:
                raise BackplaneUnreachableError(self._why or f"{self._location} is too slow")

    async def _run_forever(self) -> None:
        failures = 0
        while True:
            began: float = self._loop.time()
            error: BaseException | None = None
            try:
                await self._run_once()
            except _FAILURES as failure:
                error = failure
            self._say_why(error)
            self._carry_out(self._core.receive_down(self._take_unanswered()))
            await self._client.connection_pool.disconnect()
            if self._loop.time() - began > self._times.lease:
                failures = 0
            pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
            failures += 1
            if self._taken is not None:
                pause = max(pause, min(self._taken, self._times.lease) + 0.1)
            self._changed.set()
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))

    async def _run_once(self) -> None:
        self._drop.clear()
        pubsub: PubSub = self._client.pubsub()
        try:
            async with asyncio.timeout(5.0):
                self._run = str((await self._client.info("server")).get("run_id", ""))
                await self._load_scripts()
                if self._shared_key is not None:
                    await self._client.set(f"{self._prefix}resume-key", self._shared_key, nx=True)
                await pubsub.subscribe(f"{self._prefix}inbox:{self._node}")
                await pubsub.get_message(timeout=2.0)
            self._core.receive_up(self._loop.time())
            self._arm()
            await run_until_one_ends(self._write(), self._read(pubsub), self._wait_for_drop())
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _load_scripts(self) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for name in scripts.NAMES:
            pipeline.script_load(scripts.source(name))
        await pipeline.execute()

    async def _wait_for_drop(self) -> None:
        await self._drop.wait()
        raise _DroppedError(self._why)

    async def _read(self, pubsub: PubSub) -> None:
        read = 0
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=None)
            if message is None or message["type"] != "message":
                continue
            try:
                outputs = self._core.receive_letter(message["data"], self._loop.time())
            except DecodeError as error:
                _logger.warning("a letter is passed over: %s", error)
                continue
            self._carry_out(outputs)
            read += 1
            if read % 64 == 0:
                await asyncio.sleep(0)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._unanswered = self._core.take()
            while self._unanswered:
                batch = self._unanswered[:PIPELINE]
                results = await self._execute(batch)
                self._unanswered = self._unanswered[PIPELINE:]
                self._hear(batch, results)

    async def _execute(self, batch: Sequence[Call | Publish]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for each in batch:
            pipeline.execute_command(*self._command(each))
        results: list[Any] = await pipeline.execute(raise_on_error=False)
        unknown = [i for i, result in enumerate(results) if isinstance(result, NoScriptError)]
        if unknown:
            await self._load_scripts()
            again = await self._execute([batch[i] for i in unknown])
            for i, result in zip(unknown, again, strict=True):
                results[i] = result
        for result in results:
            if isinstance(result, ResponseError) and is_passing(result):
                raise result
        return results

    def _command(self, each: Call | Publish) -> tuple[Any, ...]:
        if isinstance(each, Publish):
            return ("PUBLISH", f"{self._prefix}inbox:{each.node}", each.letter)
        header = (self._prefix, self._run, self._node, self._core.incarnation)
        digest, key = scripts.digest(each.script), f"{self._prefix}run"
        return ("EVALSHA", digest, 1, key, *header, each.arguments)

    def _hear(self, batch: Sequence[Call | Publish], results: Sequence[Any]) -> None:
        for each, result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                _logger.error("the server could not do %r: %s", each, result)
            elif isinstance(each, Call):
                outputs = self._core.receive_result(each, result, self._loop.time())
                self._carry_out(outputs)

    # --- the core's outputs -------------------------------------------------------------------

    def _carry_out(self, outputs: Iterable[Output]) -> None:
        for report in self._reports(outputs):
            self._receive(report)
        self._arm()

    def _reports(self, outputs: Iterable[Output]) -> list[Report]:
        reports: list[Report] = []
        for each in outputs:
            match each:
                case Reconnect(reason):
                    self._why = reason
                    self._drop.set()
                case NameTaken(wait):
                    self._hear_taken(wait)
                case _:
                    reports.append(each)
        return reports

    def _hear_taken(self, wait: float) -> None:
        self._why = f"another living node is called {self._node!r}"
        self._taken_twice = self._taken is not None
        self._taken = wait
        self._drop.set()

    def _arm(self) -> None:
        self._wake.set()
        if self._core.stage is not self._stage:
            self._stage = self._core.stage
            self._changed.set()
            if self._stage is Stage.UP:
                self._why = self._said = ""
                self._taken = None
                _logger.info("node %s is registered with %s", self._node, self._location)
        deadline = self._core.next_deadline()
        if self._timer is not None:
            if self._timer.when() == deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        assert self._timer is not None
        due, self._timer = self._timer.when(), None
        self._carry_out(self._core.handle_timer(max(due, self._loop.time())))

    # --- small steps --------------------------------------------------------------------------

    def _take_unanswered(self) -> list[Call | Publish]:
        unanswered, self._unanswered = self._unanswered, []
        return unanswered

    def _say_why(self, error: BaseException | None) -> None:
        reason = str(error) or type(error).__name__
        if not self._why or not isinstance(error, _DroppedError):
            self._why = f"{self._location} cannot be used: {reason}"
        is_told = self._why == self._said or not self._is_in  # who enters hears it as an exception
        level = logging.DEBUG if is_told else logging.WARNING
        _logger.log(level, "node %s is cut off: %s", self._node, self._why)
        self._said = self._why

    async def _stop(self) -> None:
        try:
            await end(self._runner)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            await self._client.aclose()
        if not self._runner.cancelled():
            self._runner.result()
