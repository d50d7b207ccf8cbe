"""A program of its own: one node that leads a queue, with the times of a real one.

usage: rival.py REDIS_URL PREFIX [halt]

It says "leads" when it does. With `halt` it stops itself (SIGSTOP) where it is about to make its first claim, and
says what that came to when it goes on.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.redis import codec
from signaling.matchmaking.redis.desk import RedisDesk
from signaling.matchmaking.worker.worker import InlineWorker


def _halt_before_the_first_claim(desk: RedisDesk) -> None:
    store: Any = desk._lanes["duel"].store
    run_all = store.run_all

    async def claim(todo: Any) -> Any:
        results = None
        while results is None:
            with suppress(RedisError):  # its connection may be given up, too
                results = await run_all(todo)
        answers = [each for one in results for each in codec.read_answers(one)]
        print(*(each.verdict.name for each in answers), flush=True)
        return results

    async def run(todo: Any) -> Any:
        if not any(call.script == "claim" for call in todo):
            return await run_all(todo)
        os.kill(os.getpid(), signal.SIGSTOP)
        # Whoever awakes may hear first of answers that are overdue, and give up what it does: this claim is on its way.
        return await asyncio.shield(asyncio.create_task(claim(todo)))

    store.run_all = run


async def main(url: str, prefix: str, *options: str) -> None:
    queues = [Queue("duel")]
    async with RedisDesk(url, "n1", queues, prefix=prefix, make_worker=InlineWorker) as desk:
        if options:
            _halt_before_the_first_claim(desk)
        while not desk.leads("duel"):
            await asyncio.sleep(0.01)
        print("leads", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
