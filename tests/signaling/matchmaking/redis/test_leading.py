"""One leadership on a real server: what it knows, and when it ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from signaling.matchmaking.leading.leader import Leader
from signaling.matchmaking.ledger.dealings import Enqueue, Withdraw
from signaling.matchmaking.redis import calls, codec
from signaling.matchmaking.redis.leading import LeadershipError, Leading
from signaling.matchmaking.redis.store import Store
from signaling.matchmaking.worker.worker import InlineWorker
from signaling.nodes.connecting import connect
from tests.signaling.matchmaking.ledgers import DUEL, ticket
from tests.signaling.nodes.redisserver import RedisServer


@pytest.fixture
async def store(redis_server: RedisServer, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    client = connect(redis_server.url)
    yield Store(client, request.node.name, "n1", DUEL)
    await client.aclose()


async def _leading(store: Store) -> Leading:
    result = await store.run(calls.beat("p", "name", 60.0, leads=True))
    store.name, _, lead = codec.read_lead(result)
    names = iter(f"m{number}" for number in range(1000))
    leader = Leader(DUEL, lambda: next(names))
    return Leading(store, lead.epoch, leader, lambda ear: InlineWorker(DUEL, ear), lead.lives)


async def _order(store: Store, order: Any) -> None:
    assert await store.run(calls.carry(order)) == b"OK"


async def _fails(leading: Leading) -> str:
    with pytest.raises(LeadershipError) as caught:
        async with asyncio.timeout(20):
            await leading.run()
    return str(caught.value)


async def test_it_knows_what_was_there_and_what_comes(store: Store) -> None:
    leading = await _leading(store)
    await _order(store, Enqueue(ticket("t1"), 600.0))
    await _order(store, Enqueue(ticket("t2"), 600.0))
    await _order(store, Withdraw("duel", "t2", "s2"))
    task = asyncio.create_task(leading.run())
    async with asyncio.timeout(20):
        while not (leading.is_ready and leading.leader.waiting == 1):
            await asyncio.sleep(0.01)
        await _order(store, Enqueue(ticket("t3"), 600.0))
        while await store.client.hlen(store.key("m")) == 0:
            await asyncio.sleep(0.01)
    assert leading.leader.waiting == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_ends_when_the_log_has_gone_on_without_it(store: Store) -> None:
    leading = await _leading(store)
    await _order(store, Enqueue(ticket("t1"), 600.0))
    task = asyncio.create_task(_fails(leading))
    while not leading.is_ready:
        await asyncio.sleep(0.01)
    await store.client.incr(store.key("logged"))
    await _order(store, Enqueue(ticket("t2"), 600.0))
    assert await task == "the log has gone on without us"


async def test_it_ends_when_another_leads(store: Store) -> None:
    leading = await _leading(store)
    await store.client.hincrby(store.key("lead"), "epoch", 1)
    await _order(store, Enqueue(ticket("t1"), 600.0))
    await _order(store, Enqueue(ticket("t3"), 600.0))
    assert await _fails(leading) == "another leads by now"
    assert await store.client.hlen(store.key("t")) == 2
