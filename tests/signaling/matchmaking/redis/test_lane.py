"""A queue as one node has it, on a real server, without a desk around it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from signaling.matchmaking.ledger.dealings import Enqueue, MovePlayer, Queued, Report
from signaling.matchmaking.redis.lane import DeskTimes, Lane
from signaling.matchmaking.redis.store import Store, read_streams
from signaling.matchmaking.worker.worker import InlineWorker
from signaling.nodes.connecting import connect
from tests.signaling.matchmaking.ledgers import DUEL, ticket
from tests.signaling.nodes.redisserver import RedisServer


class Rig:
    """Lanes of one queue, and what their hubs heard."""

    def __init__(self, client: Redis, prefix: str) -> None:
        self.client = client
        self.prefix = prefix
        self.heard: list[Report] = []

    async def lane(self, node: str) -> Lane:
        store = Store(self.client, self.prefix, node, DUEL)
        lane = Lane(store, node, self.heard.extend, InlineWorker, DeskTimes())
        await lane.begin("run")
        return lane

    async def say(self, lane: Lane, *orders: Any) -> None:
        for order in orders:
            lane.carry(order)
        await lane._write_some()

    async def hear(self, lane: Lane, node: str) -> list[Report]:
        key, before = lane.store.key(f"out:{node}"), len(self.heard)
        for _, entries in await read_streams(self.client, {key: lane.position}, 100, 10):
            for entry in entries:
                lane.receive_entry(*entry)
        return self.heard[before:]


@pytest.fixture
async def rig(redis_server: RedisServer, request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    client = connect(redis_server.url)
    yield Rig(client, request.node.name)
    await client.aclose()


async def test_one_of_them_leads_and_another_when_it_resigns(rig: Rig) -> None:
    one, other = await rig.lane("n1"), await rig.lane("n2")
    assert (one._epoch > 0, other._epoch) == (True, 0)
    await one.resign()
    await other.beat()
    assert other._epoch > one._epoch


async def test_what_is_said_is_answered_in_the_inbox_of_the_node(rig: Rig) -> None:
    lane = await rig.lane("n1")
    await rig.say(lane, Enqueue(ticket("t1"), 60.0, 7))
    (queued,) = await rig.hear(lane, "n1")
    assert isinstance(queued, Queued)
    assert (queued.ticket, queued.request) == ("t1", 7)
    assert await rig.hear(lane, "n1") == []


async def test_a_store_that_was_emptied_is_told_again(rig: Rig) -> None:
    lane = await rig.lane("n1")
    await rig.say(lane, Enqueue(ticket("t1"), 60.0))
    await rig.hear(lane, "n1")
    await rig.client.delete(*[key async for key in rig.client.scan_iter(lane.store.key("*"))])
    await rig.say(lane, Enqueue(ticket("t3"), 60.0))
    assert await rig.client.hlen(lane.store.key("t")) == 0, "first it finds out"
    await lane._write_some()
    assert set(await rig.client.hkeys(lane.store.key("t"))) == {b"t1", b"t3"}


async def test_what_was_missed_is_asked_for(rig: Rig) -> None:
    lane = await rig.lane("n1")
    await rig.say(lane, Enqueue(ticket("t1"), 60.0))
    await rig.client.delete(lane.store.key("out:n1"))
    await rig.say(lane, Enqueue(ticket("t3"), 60.0))
    assert [each.ticket for each in await rig.hear(lane, "n1")] == ["t3"]  # type: ignore[union-attr]
    await lane._write_some()
    assert "t1" in {each.ticket for each in await rig.hear(lane, "n1")}  # type: ignore[union-attr]


async def test_a_player_that_has_moved_is_told_again_by_its_new_node(rig: Rig) -> None:
    one, other = await rig.lane("n1"), await rig.lane("n2")
    await rig.say(one, Enqueue(ticket("t1"), 60.0))
    await rig.say(other, MovePlayer("duel", "t1", "s1", "n2"))
    await rig.hear(one, "n1")
    assert (one.gateway.players, other.gateway.players) == (0, 1)
    assert [type(each) for each in await rig.hear(other, "n2")] == [Queued]
