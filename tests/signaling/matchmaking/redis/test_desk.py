"""What happens when something fails, row by row, with real nodes around a real server.

Leases are short here; what the real ones come to is a sum (the first test).
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest
import redis

from signaling.codes import ErrorCode
from signaling.matchmaking.ledger.dealings import (
    Done,
    Enqueue,
    Finish,
    Found,
    MovePlayer,
    Outcome,
    Over,
    Pause,
    Queued,
    Reachable,
    Refused,
    Requeued,
    Started,
    Withdraw,
)
from signaling.matchmaking.redis.desk import RedisDesk
from signaling.matchmaking.redis.lane import DeskTimes
from signaling.nodes.errors import BackplaneUnreachableError
from tests.signaling.matchmaking.desks import Hub, node, two_nodes
from tests.signaling.matchmaking.ledgers import ASKING, DUEL, ticket
from tests.signaling.nodes.redisserver import RedisServer

FAST = DeskTimes(beat=0.1, others=0.05, lease=2.0, resume=1.0)


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def test_a_queue_has_a_leader_again_within_six_seconds() -> None:
    times = DeskTimes()
    assert times.lease + times.others < 6.0
    assert times.beat * 3 < times.lease, "two renewals may be lost"


async def _until(is_so: Callable[[], bool], within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not is_so():
            await asyncio.sleep(0.01)


async def _vanish(hub: Hub) -> None:
    """A process that is no more: it says nothing, and gives nothing up."""
    await hub.desk._end_runner()


# --- all is well ----------------------------------------------------------------------------------


async def test_players_of_two_nodes_are_in_one_match_and_hear_its_result(
    redis_server: RedisServer, prefix: str
) -> None:
    async with two_nodes(redis_server.url, DUEL, prefix) as (one, other):
        one.enqueue("s1", request=1)
        other.enqueue("s2")
        here, there = await one.hears(Started), await other.hears(Started)
        assert here.match == there.match
        one.enqueue("s3")
        await one.hears(Queued, "s3")
        (seen,) = await other.desk.overview()
        assert (seen.queue, seen.waiting, seen.running, seen.players) == ("duel", 1, 1, 2)
        assert seen.longest is not None
        assert 0.0 <= seen.longest < 20.0
        assert {each.player.node for each in here.match.seats} == {"n1", "n2"}
        host = next(each.player for each in here.match.seats if each.player.peer == here.match.host)
        hub = one if host.node == "n1" else other
        hub.order(Finish("duel", here.match.id, host.sid, b"[2,1]", request=9))
        for each in (one, other):
            over = await each.hears(Over)
            assert (over.outcome, over.result) == (Outcome.FINISHED, b"[2,1]")
        assert Done(host.sid, 9) in hub.heard
        assert one.of(Queued)[0].request == 1
        assert await one.desk.waiting("duel") == 1


async def test_who_goes_gives_its_leadership_up_at_once(
    redis_server: RedisServer, prefix: str
) -> None:
    more = {"times": DeskTimes(lease=600.0)}  # whose end nobody waits for
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(node(redis_server.url, "n1", DUEL, prefix, **more))
        await _until(lambda: one.desk.leads("duel"))
        async with node(redis_server.url, "n2", DUEL, prefix, **more) as other:
            await stack.aclose()
            await _until(lambda: other.desk.leads("duel"))


# --- a player cancels while it is matched ---------------------------------------------------------


async def test_a_player_cancels_while_it_is_matched(redis_server: RedisServer, prefix: str) -> None:
    async with node(redis_server.url, "n1", ASKING, prefix) as hub:
        hub.answers = False
        hub.enqueue("s1", "s2")
        await hub.hears(Found, "s1")
        waited = hub.of(Found)[0].match.tickets
        hub.order(Withdraw("duel", "t-s1", "s1", request=3))
        assert (await hub.hears(Over, "s1")).outcome is Outcome.CANCELLED
        again = await hub.hears(Requeued, "s2")
        assert (again.generation, again.why) == (2, Outcome.CANCELLED)
        hub.answers = True
        hub.enqueue("s3")
        match = (await hub.hears(Started, "s2")).match
        old = {each.id: each.enqueued for each in waited}
        assert {each.id: each.enqueued for each in match.tickets}["t-s2"] == old["t-s2"]


# --- a socket drops -------------------------------------------------------------------------------


async def test_a_socket_drops_and_comes_back(redis_server: RedisServer, prefix: str) -> None:
    async with node(redis_server.url, "n1", DUEL, prefix) as hub:
        hub.enqueue("s1")
        hub.order(Pause("duel", "t-s1", "s1", True))
        hub.enqueue("s2", "s3")
        match = (await hub.hears(Started, "s2")).match
        assert {each.id for each in match.tickets} == {"t-s2", "t-s3"}
        hub.enqueue("s4")
        hub.order(Pause("duel", "t-s1", "s1", False))
        await hub.hears(Started, "s1")


# --- a gateway dies -------------------------------------------------------------------------------


async def test_a_gateway_dies_and_its_players_come_back_elsewhere_or_are_gone(
    redis_server: RedisServer, prefix: str
) -> None:
    more = {"times": FAST}
    async with two_nodes(redis_server.url, DUEL, prefix, **more) as (one, other):
        for sid in ("s2", "s3"):
            other.enqueue(sid)
            other.order(Pause("duel", f"t-{sid}", sid, True))
        await other.until(lambda: len(other.of(Queued)) == 2)
        await _vanish(other)
        one.order(MovePlayer("duel", "t-s3", "s3", "n1"))
        await one.hears(Queued, "s3")
        one.order(Pause("duel", "t-s3", "s3", False))
        client = redis_server.client
        key = f"{{{prefix}:mm2:duel}}:t"
        await _until(lambda: client.hkeys(key) == [b"t-s3"])
        one.enqueue("s1")
        await one.hears(Started, "s3")


# --- the leader dies ------------------------------------------------------------------------------


async def test_the_leader_dies_and_another_knows_all_that_waits(
    redis_server: RedisServer, prefix: str
) -> None:
    async with two_nodes(redis_server.url, DUEL, prefix, times=FAST) as (one, other):
        other.enqueue("s2")
        await other.hears(Queued)
        await _vanish(one)
        await _until(lambda: other.desk.leads("duel"))
        other.enqueue("s3")
        await other.hears(Started, "s2")


async def test_a_leader_that_was_asleep_claims_nothing_and_steps_down(
    redis_server: RedisServer, prefix: str
) -> None:
    """Its lease was over, and another has led since; its first claim tells it so."""
    slow = DeskTimes(beat=30.0, others=30.0, lease=60.0)
    async with node(redis_server.url, "n1", DUEL, prefix, times=slow) as one:
        await _until(lambda: one.desk.leads("duel"))
        client, key = redis_server.client, f"{{{prefix}:mm2:duel}}:lead"
        client.hset(key, mapping={"epoch": int(client.hget(key, "epoch")) + 1, "leader": "x"})
        one.enqueue("s1", "s2")
        await _until(lambda: not one.desk.leads("duel"))
        assert one.of(Found) == []
        assert await one.desk.waiting("duel") == 2


async def test_a_leader_that_does_nothing_any_more_lets_another_lead(
    redis_server: RedisServer, prefix: str
) -> None:
    """Its node is well, and would renew the lease for ever."""
    async with two_nodes(redis_server.url, DUEL, prefix, times=FAST) as (one, other):
        stuck: list[Hub] = []

        async def run(hub: Hub, run_all: Any, todo: Any) -> Any:
            if any(call.script == "claim" for call in todo) and stuck in ([], [hub]):
                stuck[:] = [hub]
                await asyncio.Event().wait()
            return await run_all(todo)

        for hub in (one, other):  # whichever leads when the players are here
            store: Any = hub.desk._lanes["duel"].store
            store.run_all = partial(run, hub, store.run_all)
        other.enqueue("s1", "s2")
        await other.hears(Started, "s2")
        assert len(stuck) == 1
        assert len({report.match.id for report in other.of(Found)}) == 1


# --- the server restarts empty --------------------------------------------------------------------


async def test_a_server_that_lost_everything_is_told_again() -> None:
    with RedisServer() as server:
        async with two_nodes(server.url, DUEL, "p", times=FAST) as (one, other):
            one.enqueue("s1")
            other.enqueue("s2")
            match = (await one.hears(Started)).match
            await other.hears(Started)
            one.enqueue("s3")
            await one.hears(Queued, "s3")
            server.kill()
            server.start()
            for hub in (one, other):
                await hub.until(lambda hub=hub: hub.of_reachable() == [True, False, True])
            await _until(lambda: _waits(server, "p") == {b"t-s3"})
            other.enqueue("s4")
            await one.hears(Started, "s3")
            host = next(each.player for each in match.seats if each.player.peer == match.host)
            hub = one if host.node == "n1" else other
            hub.order(Finish("duel", match.id, host.sid, b"1"))
            await one.until(lambda: any(each.match == match.id for each in one.of(Over)))


def _waits(server: RedisServer, prefix: str) -> set[bytes]:
    try:
        return set(server.client.hkeys(f"{{{prefix}:mm2:duel}}:t"))
    except redis.RedisError:
        return set()


async def test_players_who_were_asked_when_everything_was_lost_wait_again() -> None:
    with RedisServer() as server:
        async with node(server.url, "n1", ASKING, "p", times=FAST) as hub:
            hub.answers = False
            hub.enqueue("s1", "s2")
            first = await hub.hears(Found, "s1")
            await hub.hears(Found, "s2")
            server.kill()
            server.start()
            assert (await hub.hears(Requeued, "s1")).generation == 2
            hub.answers = True
            started = await hub.hears(Started, "s1")
            assert started.match.id != first.match.id
            hub.order(hub.reply_to(first))
            assert len(hub.of(Started, "s1")) == 1


async def test_a_claim_that_a_failover_has_lost_is_refused_by_the_node(
    redis_server: RedisServer, prefix: str
) -> None:
    """The server lacks the last that it did: the ticket waits there again, though its match has begun."""
    async with node(redis_server.url, "n1", DUEL, prefix, times=FAST) as hub:
        client, queue = redis_server.client, f"{{{prefix}:mm2:duel}}:"
        hub.enqueue("s1")
        await hub.hears(Queued)
        before = client.hget(f"{queue}t", "t-s1")
        hub.enqueue("s2")
        await hub.hears(Started, "s1")
        client.delete(*(f"{queue}{name}" for name in ("mx", "mh", "m", "w")))
        client.hset(f"{queue}t", "t-s1", before)
        client.hset(f"{queue}w", "t-s1", before[2:18])
        await _lead_anew(client, queue, hub)
        hub.enqueue("s3")
        again = await hub.hears(Requeued, "s3")
        assert again.why is Outcome.LOST
        assert len(hub.of(Found, "s1")) == len(hub.of(Started, "s1")) == 1


async def _lead_anew(client: redis.Redis, queue: str, hub: Hub) -> None:
    """Let the leader read everything again."""
    epoch = client.hget(f"{queue}lead", "epoch")
    client.hset(f"{queue}lead", "until", 0)
    await _until(lambda: client.hget(f"{queue}lead", "epoch") != epoch)
    await _until(lambda: hub.desk.leads("duel"))


# --- the server cannot be reached -----------------------------------------------------------------


async def test_while_the_server_is_away_orders_are_refused_for_now() -> None:
    with RedisServer() as server:
        async with node(server.url, "n1", DUEL, "p", times=FAST) as hub:
            assert hub.heard == [Reachable(True)]
            hub.enqueue("s9")
            await hub.hears(Queued)
            server.kill()
            await hub.until(lambda: hub.of_reachable()[-1] is False)
            hub.enqueue("s1", request=4)
            (refused,) = hub.of(Refused)
            assert (refused.code, refused.request) == (ErrorCode.UNAVAILABLE, 4)
            assert refused.retry_after is not None
            hub.order(Withdraw("duel", "t-s9", "s9", Outcome.LOST))
            server.start()
            await hub.until(lambda: hub.of_reachable()[-1] is True)
            hub.enqueue("s1", "s2")
            await hub.hears(Started, "s1")
            assert _waits(server, "p") == set()


async def test_without_a_server_a_desk_does_not_begin_unless_it_is_told_to() -> None:
    with RedisServer() as server:
        server.kill()
        with pytest.raises(BackplaneUnreachableError, match="cannot be used for queues"):
            async with RedisDesk(server.url, "n1", [DUEL]):
                pass
        async with RedisDesk(server.url, "n1", [DUEL], wait_for_server=True) as desk:
            assert not desk.is_up
            server.start()
            await _until(lambda: desk.is_up)


async def test_a_queue_that_there_is_not_is_refused(redis_server: RedisServer, prefix: str) -> None:
    async with node(redis_server.url, "n1", DUEL, prefix) as hub:
        (refused,) = hub.order(Withdraw("ctf", "t", "s", request=1))
        assert refused.code is ErrorCode.NOT_FOUND
        assert [queue.name for queue in hub.desk.queues] == ["duel"]


# --- a message is lost ----------------------------------------------------------------------------


async def test_what_a_node_has_missed_it_asks_for(redis_server: RedisServer, prefix: str) -> None:
    async with two_nodes(redis_server.url, ASKING, prefix) as (one, other):
        lane: Any = other.desk._lanes["duel"]
        receive, lost = lane.receive_entry, []

        def lose_one(name: bytes, fields: dict[bytes, bytes]) -> None:
            if lost or b"found" not in fields[b"r"]:
                receive(name, fields)
            else:
                lost.append(name)

        lane.receive_entry = lose_one
        one.enqueue("s1")
        other.enqueue("s2")
        await one.hears(Found)
        await _until(lambda: bool(lost))
        other.order(Enqueue(ticket("t3"), 60.0))
        await other.hears(Started, "s2")
