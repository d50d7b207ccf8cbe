"""Nodes with a hub that says yes, around one real server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import Enqueue, Found, Reachable, Reply, Report
from signaling.matchmaking.redis.desk import RedisDesk
from signaling.matchmaking.tickets import Player, Ticket
from signaling.matchmaking.worker.worker import InlineWorker


class Hub:
    """Writes down what its node is told, and says of its players that they are there."""

    def __init__(self, node: str, desk: RedisDesk) -> None:
        self.node = node
        self.desk = desk
        self.heard: list[Report] = []
        self.answers = True
        self.news = asyncio.Event()
        desk.listen(self.receive)

    def order(self, order: Any) -> list[Report]:
        reports = self.desk.carry(order)
        for report in reports:
            self.receive(report)
        return reports

    def enqueue(self, *sids: str, **more: Any) -> None:
        for sid in sids:
            player = Player(f"peer-{sid}", sid, self.node)
            self.order(Enqueue(Ticket(f"t-{sid}", "duel", (player,)), 600.0, **more))

    def receive(self, report: Report) -> None:
        self.heard.append(report)
        self.news.set()
        if isinstance(report, Found) and self.answers:
            self.order(self.reply_to(report))

    def reply_to(self, found: Found, *, yes: bool = True) -> Reply:
        seat = next(each for each in found.match.seats if each.player.sid == found.sid)
        return Reply("duel", found.match.id, seat.ticket, seat.generation, found.sid, yes)

    def of(self, kind: type, sid: str | None = None) -> list[Any]:
        return [
            each
            for each in self.heard
            if isinstance(each, kind) and (sid is None or getattr(each, "sid", None) == sid)
        ]

    def of_reachable(self) -> list[bool]:
        return [each.up for each in self.heard if isinstance(each, Reachable)]

    async def until(self, is_so: Callable[[], bool], within: float = 20.0) -> None:
        async with asyncio.timeout(within):
            while not is_so():
                self.news.clear()
                await self.news.wait()

    async def hears(self, kind: type, sid: str | None = None, count: int = 1) -> Any:
        await self.until(lambda: len(self.of(kind, sid)) >= count)
        return self.of(kind, sid)[count - 1]


@asynccontextmanager
async def node(url: str, name: str, queue: Queue, prefix: str, **more: Any) -> AsyncIterator[Hub]:
    more.setdefault("make_worker", InlineWorker)
    async with RedisDesk(url, name, [queue], prefix=prefix, **more) as desk:
        yield Hub(name, desk)


@asynccontextmanager
async def two_nodes(
    url: str, queue: Queue, prefix: str, **more: Any
) -> AsyncIterator[tuple[Hub, Hub]]:
    """The first of them leads."""
    async with node(url, "n1", queue, prefix, **more) as one:
        async with asyncio.timeout(20):
            while not one.desk.leads(queue.name):
                await asyncio.sleep(0.01)
        async with node(url, "n2", queue, prefix, **more) as other:
            yield one, other
