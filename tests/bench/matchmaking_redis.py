"""What matchmaking costs where many nodes share Redis: claims, a leader's reload, and what sockets notice of a matcher."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import house  # noqa: F401  tests.…
from redis.asyncio import Redis

from signaling.matchmaking.configuration.queues import Queue, Widening
from signaling.matchmaking.leading.leader import Leader
from signaling.matchmaking.leading.matching import Feed, Result, Tick
from signaling.matchmaking.ledger.changes import Waits
from signaling.matchmaking.ledger.claims import Claim
from signaling.matchmaking.ledger.dealings import Enqueue, Reply
from signaling.matchmaking.matches import Match
from signaling.matchmaking.redis import calls, codec
from signaling.matchmaking.redis.calls import Call
from signaling.matchmaking.redis.leading import CLAIMED, Leading, _uncollected
from signaling.matchmaking.redis.store import Store
from signaling.matchmaking.tickets import Player, Ticket
from signaling.matchmaking.worker.process import ProcessWorker
from signaling.matchmaking.worker.worker import InlineWorker
from signaling.nodes.connecting import connect
from tests.signaling.nodes.redisserver import RedisServer

QUEUE = Queue("arena", team_min=5, team_max=5, rating=None)
DUEL = Queue("duel", rating=Widening(10.0, 1.0, 0.0, 50.0))
PIPELINE = 200


def ticket(number: int, queue: str = "arena") -> Ticket:
    """One who waits, with about what a client tells."""
    rng = random.Random(number)
    rtt = {"eu": round(rng.uniform(10, 90)), "us": round(rng.uniform(80, 200))}
    rating = rng.gauss(1500.0, 300.0)
    node = f"n{number % 4}"
    player = Player(f"peer{number}", f"sid-{number:08d}", node, f"u{number}", rating, rtt)
    return Ticket(f"sid-{number:08d}.1", queue, (player,), enqueued=1.0, expires=1e12)


@asynccontextmanager
async def store(queue: Queue) -> AsyncIterator[tuple[Store, int]]:
    """A queue on a server of its own, led by us, and known to four nodes."""
    with RedisServer() as server:
        client: Redis = connect(server.url)
        made = Store(client, "bench", "n0", queue)
        for number in (3, 2, 1, 0):
            node = Store(client, "bench", f"n{number}", queue)
            call = calls.beat("p", "store", 3600.0, leads=number == 0)
            made.name, _, lead = codec.read_lead(await node.run(call))
        yield made, lead.epoch
        await client.aclose()


async def run_all(made: Store, todo: Sequence[Call]) -> None:
    """Run scripts in pipelines."""
    for first in range(0, len(todo), PIPELINE):
        await made.run_all(todo[first : first + PIPELINE])


async def fill(made: Store, count: int) -> list[Waits]:
    """Let tickets wait, and read them back."""
    await run_all(made, [calls.carry(Enqueue(ticket(number), 600.0)) for number in range(count)])
    found = []
    async for some in made.scan("t", 1000):
        found += [codec.read_kept_ticket(each, QUEUE.name) for each in some.values()]
    return [each for each in found if isinstance(each, Waits)]


async def claims_per_second(matches: int) -> tuple[float, float, float]:
    """Matches of ten in a second, all of it counted: written, claimed, told to four nodes; CPU µs, ours and Redis's."""
    async with store(QUEUE) as (made, epoch):
        waiting = await fill(made, matches * 10)
        tens = [waiting[first : first + 10] for first in range(0, len(waiting), 10)]
        began, worked = time.perf_counter(), time.process_time()
        theirs = await _server_seconds(made.client)
        for first in range(0, len(tens), PIPELINE):
            batch = [
                claim_of(f"m{first + place}", ten)
                for place, ten in enumerate(tens[first : first + PIPELINE])
            ]
            parts = [batch[at : at + CLAIMED] for at in range(0, len(batch), CLAIMED)]
            answers = await made.run_all([calls.claim(each, epoch) for each in parts])
            assert {each for some in answers for each in some} == {b"DONE"}, answers
        took = time.perf_counter() - began
        worked = time.process_time() - worked
        theirs = await _server_seconds(made.client) - theirs
        return matches / took, worked / matches * 1e6, theirs / matches * 1e6


async def answers_per_second(matches: int, *, asks: bool) -> tuple[float, float, float]:
    """Matches of ten in a second whose players say yes, one by one, until it starts; CPU µs, ours and Redis's."""
    queue = replace(QUEUE, accept_within=10.0) if asks else QUEUE
    async with store(queue) as (made, epoch):
        waiting = await fill(made, matches * 10)
        tens = [waiting[first : first + 10] for first in range(0, len(waiting), 10)]
        for first in range(0, matches, CLAIMED):
            some = [
                claim_of(f"m{at}", tens[at]) for at in range(first, min(first + CLAIMED, matches))
            ]
            await made.run(calls.claim(some, epoch))
        replies = [
            calls.carry(Reply(QUEUE.name, f"m{at}", each.name, 1, each.places[0][0], accepted=True))
            for at, ten in enumerate(tens)
            for each in ten
        ]
        began, worked = time.perf_counter(), time.process_time()
        theirs = await _server_seconds(made.client)
        await run_all(made, replies)
        took, worked = time.perf_counter() - began, time.process_time() - worked
        theirs = await _server_seconds(made.client) - theirs
        return matches / took, worked / matches * 1e6, theirs / matches * 1e6


async def _server_seconds(client: Redis) -> float:
    cpu = await client.info("cpu")
    return float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"])


def claim_of(name: str, ten: Sequence[Waits]) -> Claim:
    """The claim of a match of ten."""
    _, _, host = ten[0].places[0]
    match = Match(name, QUEUE.name, f"room-{name}", (), (), host, made=1.0, accept_by=4.0)
    tickets = tuple((each.name, each.stamp) for each in ten)
    return Claim(name, match, tickets, (0,) * 5 + (1,) * 5, known=tuple(ten))


async def reload_seconds(count: int) -> tuple[float, float, float]:
    """How long a leader takes to know so many tickets, its CPU seconds, and the longest that it kept the loop."""
    async with store(QUEUE) as (made, epoch):
        await run_all(
            made, [calls.carry(Enqueue(ticket(number), 600.0)) for number in range(count)]
        )
        leader = Leader(QUEUE, lambda: "name")
        _, _, lead = codec.read_lead(await made.run(calls.beat("p", "store", 3600.0, leads=True)))
        leading = Leading(made, epoch, leader, lambda ear: InlineWorker(QUEUE, ear), lead.lives)
        stalls: list[float] = []
        watch = asyncio.create_task(_watch(stalls))
        began, worked = time.perf_counter(), time.process_time()
        with _uncollected():
            await leading._reload()
        took, worked = time.perf_counter() - began, time.process_time() - worked
        watch.cancel()
        assert leader.waiting == count
        return took, worked, max(stalls, default=0.0)


async def _watch(stalls: list[float], every: float = 0.001) -> None:
    """Note by how much a sleep is longer than it should be: what a socket would have waited."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(every)
        stalls.append(time.perf_counter() - began - every)


class _Ear:
    def __init__(self) -> None:
        self.results: asyncio.Queue[Result] = asyncio.Queue()

    def receive_result(self, result: Result) -> None:
        self.results.put_nowait(result)

    def receive_new_matcher(self) -> None:
        raise AssertionError("the matcher has died")


async def loop_latency(count: int, seconds: float) -> tuple[float, float, float]:
    """The p99 by which a sleep is late: idle, and while the matcher ticks; and the seconds of its tick."""
    idle: list[float] = []
    watch = asyncio.create_task(_watch(idle))
    await asyncio.sleep(seconds)
    watch.cancel()
    ear = _Ear()
    worker = ProcessWorker(DUEL, ear)
    for first in range(0, count, 250):
        worker.give(Feed(tuple(ticket(n, "duel") for n in range(first, min(first + 250, count)))))
    worker.give(Tick(1, 1.0))
    await ear.results.get()
    busy: list[float] = []
    took: list[float] = []
    watch = asyncio.create_task(_watch(busy))
    until, number = time.perf_counter() + seconds, 1
    while time.perf_counter() < until:
        number += 1
        worker.give(Tick(number, 1.0 + number))
        took.append((await ear.results.get()).took)
    watch.cancel()
    await worker.close()
    return p99(idle), p99(busy), max(took)


def p99(values: list[float]) -> float:
    """The value that one in a hundred exceeds."""
    return sorted(values)[int(len(values) * 0.99)]
