"""One queue on the server: its keys, its scripts, and its time."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.redis import scripts
from signaling.matchmaking.redis.calls import Call
from signaling.nodes.connecting import is_passing

LAYOUT: Final = 2
"""Of what is kept, and how it is told: those who have another do not meet."""
Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]
"""An entry of a stream: its name and its fields."""


class Store:
    """Runs scripts for one node and one queue.

    Attributes:
        name: What the store is called; one that has lost everything has another name.
        offset: Seconds that the server's clock is ahead of ours, which nobody sets.
    """

    def __init__(self, client: Redis, prefix: str, node: str, queue: Queue) -> None:
        self.client = client
        self.queue = queue
        self.name = ""
        self.offset = time.time() - time.monotonic()
        self._prefix = "{" + f"{prefix}:mm{LAYOUT}:{queue.name}" + "}:"
        self._node = node
        self._asks = "0" if queue.accept_within is None else "1"

    @property
    def now(self) -> float:
        """The server's time."""
        return time.monotonic() + self.offset

    def receive_time(self, now: float, asked: float) -> None:
        """Hear the server's time, in answer to what was asked of it when ours was `asked`.

        It said so at some time since then. What we take for its time is mended by no more than that makes certain:
        an answer that was long on its way would make all that is due wait, if its middle were believed.
        """
        self.offset = min(max(self.offset, now - time.monotonic()), now - asked)

    def key(self, name: str) -> str:
        """A key of this queue; all of them are in one slot."""
        return self._prefix + name

    async def run(self, call: Call) -> Any:
        """Run one script."""
        (result,) = await self.run_all([call])
        return result

    async def run_all(self, todo: Sequence[Call]) -> list[Any]:
        """Run scripts, one after the other, in one round trip.

        Raises:
            RedisError: The server cannot do it, or is away; which of them it did is unknown.
        """
        results = await self._execute(todo)
        unknown = [i for i, result in enumerate(results) if isinstance(result, NoScriptError)]
        if unknown:
            await load_scripts(self.client)
            again = await self._execute([todo[i] for i in unknown])
            for i, result in zip(unknown, again, strict=True):
                results[i] = result
        for result in results:
            if isinstance(result, ResponseError) and is_passing(result):
                raise result
        return results

    async def last_entry(self, stream: str) -> Entry | None:
        """The newest entry of a stream."""
        found = cast("list[Entry]", await self.client.xrevrange(self.key(stream), count=1))
        return found[0] if found else None

    async def scan(self, name: str, count: int) -> AsyncIterator[dict[bytes, bytes]]:
        """Read a hash in portions of about so many; what changes meanwhile is in one of them or in none."""
        cursor, some = await self._portion(name, 0, count)
        while cursor:
            following = asyncio.create_task(self._portion(name, cursor, count))
            try:
                await asyncio.sleep(0)  # the server is asked for the next before these are read
                yield some
                cursor, some = await following
            finally:
                following.cancel()
        yield some

    async def _portion(self, name: str, cursor: int, count: int) -> tuple[int, dict[bytes, bytes]]:
        found: Any = await self.client.hscan(self.key(name), cursor, count=count)
        return cast("tuple[int, dict[bytes, bytes]]", found)

    async def trim(self, stream: str, seen: bytes) -> None:
        """Let the server forget what was read."""
        await self.client.xtrim(self.key(stream), minid=seen.decode(), approximate=True)

    async def _execute(self, todo: Sequence[Call]) -> list[Any]:
        pipeline = self.client.pipeline(transaction=False)
        for each in todo:
            header = (self._prefix, self.name, self._node, "", self._asks, self.queue.most_waiting)
            digest = scripts.digest(each.script)
            arguments = (*header, each.arguments, *each.behind)
            pipeline.execute_command("EVALSHA", digest, 1, self.key("t"), *arguments)
        results: list[Any] = await pipeline.execute(raise_on_error=False)
        return results


async def read_streams(
    client: Redis, since: Mapping[str, bytes], count: int, block_ms: int
) -> list[tuple[str, list[Entry]]]:
    """Read what streams have after these places, or wait for it for a while."""
    found = await client.xread(cast("Any", since), count, block_ms)
    return [(cast("bytes", key).decode(), entries) for key, entries in cast("Any", found or ())]


async def load_scripts(client: Redis) -> None:
    """Let the server know the scripts."""
    pipeline = client.pipeline(transaction=False)
    for name in scripts.NAMES:
        pipeline.script_load(scripts.source(name))
    await pipeline.execute()
