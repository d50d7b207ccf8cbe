"""Rival leaders, and whatever may go wrong: nobody is matched twice, and nobody is lost.

Twenty thousand tickets are played by `tests/bench/bench_matchmaking.py chaos`.
"""

from tests.signaling.matchmaking.chaos import play
from tests.signaling.nodes.redisserver import RedisServer

TICKETS = 4_000


async def test_nobody_is_matched_twice_and_nobody_is_lost(redis_server: RedisServer) -> None:
    came_to = await play(redis_server.url, redis_server.client, TICKETS, seed=1)
    assert came_to["enqueued"] == TICKETS
    assert came_to["matched"] > TICKETS // 2, came_to
    assert min(came_to[each] for each in ("twice", "killed", "usurped")) > 0, came_to
