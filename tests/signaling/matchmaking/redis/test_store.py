"""One queue on a real server."""

import time

import pytest
from redis.asyncio import Redis

from signaling.matchmaking.redis import calls, codec
from signaling.matchmaking.redis.store import Store, load_scripts, read_streams
from signaling.nodes.connecting import connect
from tests.signaling.matchmaking.ledgers import DUEL
from tests.signaling.nodes.redisserver import RedisServer


def _store(client: Redis) -> Store:
    return Store(client, "stores", "n1", DUEL)


async def test_scripts_that_the_server_has_forgotten_are_told_again(
    redis_server: RedisServer,
) -> None:
    client = connect(redis_server.url)
    store = _store(client)
    await load_scripts(client)
    redis_server.client.script_flush()
    results = await store.run_all([calls.beat("p", "name", 5.0, leads=True)] * 2)
    assert {codec.read_lead(each)[0] for each in results} == {"name"}
    await client.aclose()


async def test_all_keys_of_a_queue_are_in_one_slot(redis_server: RedisServer) -> None:
    client = connect(redis_server.url)
    store = _store(client)
    assert store.key("t") == "{stores:mm2:duel}:t"
    assert {store.key(name).partition("}")[0] for name in ("t", "log", "out:n1")} == {
        "{stores:mm2:duel"
    }
    assert abs(store.now - time.time()) < 1.0
    await client.aclose()


@pytest.mark.parametrize(
    ("said", "comes_to"),
    [
        *((0.0, 0.0), (-3.0, 0.0), (-1.0, 0.0)),
        *((2.0, 2.0), (-4.0, -1.0)),
    ],
)
def test_a_late_answer_mends_the_time_no_more_than_it_must(
    monkeypatch: pytest.MonkeyPatch, said: float, comes_to: float
) -> None:
    """It was asked for three seconds ago: it may have been said then, or just now."""
    store = _store(connect("redis://127.0.0.1"))
    monkeypatch.setattr(time, "monotonic", lambda: 50.0)
    store.offset = 1000.0
    store.receive_time(1050.0 + said, asked=47.0)
    assert store.offset - 1000.0 == comes_to


async def test_hashes_are_read_in_portions_and_streams_from_a_place_on(
    redis_server: RedisServer,
) -> None:
    client = connect(redis_server.url)
    store, plain = _store(client), redis_server.client
    plain.hset(store.key("h"), mapping={str(number): number for number in range(1000)})
    portions = [some async for some in store.scan("h", 100)]
    assert len(portions) > 5
    assert len({name for some in portions for name in some}) == 1000
    assert await store.last_entry("s") is None
    first, second = (plain.xadd(store.key("s"), {"n": number}) for number in (1, 2))
    assert await store.last_entry("s") == (second, {b"n": b"2"})
    read = await read_streams(client, {store.key("s"): first}, 10, 10)
    assert read == [(store.key("s"), [(second, {b"n": b"2"})])]
    await store.trim("s", second)
    assert await read_streams(client, {store.key("s"): second}, 10, 10) == []
    await client.aclose()
