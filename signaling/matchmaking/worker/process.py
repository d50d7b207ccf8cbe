"""The matcher in a process of its own: started when there is work, started again when it dies, ended in time."""

import asyncio
import logging
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from typing import Final

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.matching import Feed, Result, Tick, Work
from signaling.matchmaking.ledger.changes import KeptTicket
from signaling.matchmaking.proposals import Proposal, Ticked
from signaling.matchmaking.tickets import Ticket
from signaling.matchmaking.worker.frames import (
    LENGTH,
    Part,
    named_to_proposal,
    read_part,
    write_work,
)
from signaling.matchmaking.worker.worker import Listener
from signaling.nodes.tasks import end, run_until_one_ends, to_its_end

_logger = logging.getLogger("signaling.matchmaking")

END_WITHIN: Final = 1.0
TICK_WITHIN: Final = 30.0
"""Seconds after which a tick is given up, and the process with it."""
_PAUSES: Final = (0.1, 0.5, 1.0, 5.0)
"""Seconds until the process is started again."""


class ProcessWorker:
    """Works for one queue."""

    def __init__(
        self, queue: Queue, listener: Listener, *, tick_within: float = TICK_WITHIN
    ) -> None:
        self._queue = queue
        self._listener = listener
        self._tick_within = tick_within
        self._todo: deque[Work] = deque()
        self._wake = asyncio.Event()
        self._tickets: dict[str, Ticket | KeptTicket] = {}
        self._proposals: list[Proposal] = []
        self._ticking: float | None = None
        self._failures = 0
        self._process: Process | None = None
        self._runner: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process, where it runs."""
        return None if self._process is None else self._process.pid

    def give(self, todo: Work) -> None:
        """Take what there is to do."""
        self._todo.append(todo)
        if isinstance(todo, Tick) and self._ticking is None:
            self._ticking = asyncio.get_running_loop().time()
        self._wake.set()
        if self._runner is None:
            self._runner = asyncio.get_running_loop().create_task(self._run())
            self._runner.add_done_callback(_complain)

    async def close(self) -> None:
        """End the process, within a deadline."""
        if self._runner is not None:
            await end(self._runner)

    async def _run(self) -> None:
        while True:
            self._process = await self._start()
            try:
                reading, writing = self._read(self._process), self._write(self._process)
                await run_until_one_ends(reading, writing, self._watch())
            except (OSError, EOFError):
                pass
            finally:
                await to_its_end(_stop(self._process))
                self._process = None
            pause = _PAUSES[min(self._failures, len(_PAUSES) - 1)]
            self._failures += 1
            _logger.error("the matcher of %s has died; another begins", self._queue.name)
            await asyncio.sleep(pause)
            self._todo.clear()
            self._tickets.clear()
            self._proposals.clear()
            self._ticking = None
            self._listener.receive_new_matcher()

    async def _start(self) -> Process:
        path = os.pathsep.join(part for part in sys.path if part)
        command = (sys.executable, "-m", "signaling.matchmaking.worker.program")
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, env={**os.environ, "PYTHONPATH": path}
        )
        assert process.stdin is not None, "it was asked for"
        data = pickle.dumps(self._queue)
        process.stdin.write(LENGTH.pack(b"q", len(data)) + data)
        return process

    async def _write(self, process: Process) -> None:
        assert process.stdin is not None, "it was asked for"
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._todo:
                todo = self._todo.popleft()
                if isinstance(todo, Feed):
                    self._keep(todo)
                process.stdin.write(write_work(todo))
                await process.stdin.drain()
                await asyncio.sleep(0)

    def _keep(self, feed: Feed) -> None:
        for ticket in feed.put:
            self._tickets[ticket.id] = ticket
        for each in feed.kept:
            self._tickets[each.name] = each
        for name in feed.gone:
            self._tickets.pop(name, None)

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None, "it was asked for"
        while True:
            _, length = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
            self._receive(read_part(await process.stdout.readexactly(length)))
            await asyncio.sleep(0)

    def _receive(self, part: Part) -> None:
        for named in part.proposals:
            names = [name for team in named.teams for name in team if name in self._tickets]
            tickets = {name: _ticket(self._tickets.pop(name)) for name in names}
            proposal = named_to_proposal(named, self._queue.name, tickets)
            self._proposals += [] if proposal is None else [proposal]
        if part.is_last:
            proposals, self._proposals = tuple(self._proposals), []
            self._ticking, self._failures = None, 0
            ticked = Ticked(proposals, part.blocked, part.cut, part.faults)
            self._listener.receive_result(Result(part.number, ticked, part.took))

    async def _watch(self) -> None:
        """End with a tick that takes for ever, also where the process does not read it: an operator's own rule may do that."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, self._tick_within / 10))
            if self._ticking is not None and loop.time() - self._ticking > self._tick_within:
                break
        _logger.error("a tick of %s took more than %g s", self._queue.name, self._tick_within)


def _ticket(known: Ticket | KeptTicket) -> Ticket:
    return known.ticket if isinstance(known, KeptTicket) else known


def _complain(runner: asyncio.Task[None]) -> None:
    """Say at once that a defect of ours has ended it for good."""
    if not runner.cancelled() and (error := runner.exception()) is not None:
        _logger.critical("matchmaking has failed", exc_info=error)


async def _stop(process: Process) -> None:
    assert process.stdin is not None, "it was asked for"
    process.stdin.close()
    try:
        async with asyncio.timeout(END_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
