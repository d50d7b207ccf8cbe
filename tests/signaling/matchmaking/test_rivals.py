"""Two processes, and the lease of a real node: who leads after the leader, and how soon."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from signaling.matchmaking.ledger.dealings import Found, Queued, Started
from tests.signaling.matchmaking.desks import Hub, node
from tests.signaling.matchmaking.ledgers import DUEL
from tests.signaling.nodes.redisserver import RedisServer

TAKE_OVER_WITHIN = 2 * 6.0  # on a machine that is busy with other things as well


@asynccontextmanager
async def _leader(url: str, prefix: str, *options: str) -> AsyncIterator[Process]:
    """A process that leads; it is ended in any case."""
    path = os.pathsep.join(part for part in sys.path if part)
    program = Path(__file__).with_name("rival.py")
    command = (sys.executable, str(program), url, prefix, *options)
    environment = {**os.environ, "PYTHONPATH": path}
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env=environment)
    try:
        assert await _line(process) == "leads"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return (await process.stdout.readline()).decode().strip()


async def _until_it_leads(hub: Hub) -> float:
    """Seconds until then."""
    began = time.monotonic()
    async with asyncio.timeout(30):
        while not hub.desk.leads("duel"):
            await asyncio.sleep(0.02)
    return time.monotonic() - began


async def _until_it_stands_still(process: Process) -> None:
    how = os.WSTOPPED | os.WNOWAIT | os.WNOHANG
    async with asyncio.timeout(30):
        while os.waitid(os.P_PID, process.pid, how) is None:
            await asyncio.sleep(0.02)


async def test_after_a_leader_that_was_killed_another_leads_within_six_seconds(
    redis_server: RedisServer,
) -> None:
    async with (
        _leader(redis_server.url, "killed") as leader,
        node(redis_server.url, "n2", DUEL, "killed") as hub,
    ):
        hub.enqueue("s1")
        await hub.hears(Queued)
        leader.send_signal(signal.SIGKILL)
        assert await _until_it_leads(hub) < TAKE_OVER_WITHIN
        hub.enqueue("s2")
        await hub.hears(Started, "s1")


async def test_a_leader_that_was_asleep_finds_its_claim_refused_and_nobody_is_matched_twice(
    redis_server: RedisServer,
) -> None:
    async with (
        _leader(redis_server.url, "asleep", "halt") as leader,
        node(redis_server.url, "n2", DUEL, "asleep") as hub,
    ):
        hub.enqueue("s1", "s2")
        await _until_it_stands_still(leader)
        assert await _until_it_leads(hub) < TAKE_OVER_WITHIN
        for sid in ("s1", "s2"):
            await hub.hears(Started, sid)
        leader.send_signal(signal.SIGCONT)
        assert await _line(leader) == "FENCED"
        assert hub.desk.leads("duel")
        assert len({report.match.id for report in hub.of(Found)}) == 1
        assert redis_server.client.hlen("{asleep:mm2:duel}:m") == 1
