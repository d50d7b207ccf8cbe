"""Two sessions that talk while the world under them changes, and what both heard of it."""

import asyncio
import itertools
from typing import Any

from peer import Configuration
from peer.happenings import Restarted
from peer.restarts import Reason

PACE = 0.02


async def beat(session: Any, channel: Any, stop: asyncio.Event, pace: float) -> None:
    number = 0
    while not stop.is_set():
        await channel.send(str(number))
        number += 1
        await asyncio.sleep(pace)


async def listen(channel: Any, heard: list[tuple[float, int]], stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        heard.append((loop.time(), int(await channel.receive())))


def silence(heard: list[tuple[float, int]]) -> float:
    """The longest time without a message, once they came, to the end of the talk."""
    times = [at for at, _ in heard]
    return max(later - earlier for earlier, later in itertools.pairwise(times))


class Talk:
    """Both sides send each other numbers, one every `pace` seconds, and write down when which came."""

    def __init__(self, pace: float = PACE) -> None:
        self.pace = pace
        self.heard: dict[str, list[tuple[float, int]]] = {}
        self.events: dict[str, list[Any]] = {}
        self.stop = asyncio.Event()
        self.talking = asyncio.Barrier(3)
        self.stopped_at = 0.0

    async def __call__(self, session: Any, channel: Any) -> None:
        name = "bob" if session.remote == "alice" else "alice"
        heard = self.heard.setdefault(name, [])
        events = self.events.setdefault(name, [])
        await self.talking.wait()

        async def watch() -> None:
            async for event in session.events():
                events.append(event)

        tasks = [
            asyncio.create_task(work)
            for work in (
                beat(session, channel, self.stop, self.pace),
                listen(channel, heard, self.stop),
                watch(),
            )
        ]
        await self.stop.wait()
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def play(
    world: Any,
    script: Any,
    configuration: Configuration | None = None,
    *,
    pace: float = PACE,
    **options: Any,
) -> Talk:
    """Let both talk while a script runs; nothing that was said may be lost or out of order.

    A long talk is cheaper at a slower pace, which has to be well below the silence that is looked for.
    """
    talks: list[Talk] = []

    async def main() -> None:
        talk = Talk(pace)
        talks.append(talk)

        async def direct() -> None:
            await talk.talking.wait()
            await asyncio.sleep(1)
            await script(world, talk)
            talk.stop.set()
            talk.stopped_at = asyncio.get_running_loop().time()

        async with asyncio.TaskGroup() as group:
            group.create_task(world.call(talk, talk, configuration))
            group.create_task(direct())

    world.run(main(), **options)
    for heard in talks[0].heard.values():
        numbers = [number for _, number in heard]
        assert talks[0].stopped_at - heard[-1][0] < max(0.2, 2 * pace), "they talk no more"
        assert numbers == list(range(len(numbers)))
    return talks[0]


def restarts(talk: Talk) -> list[Reason | None]:
    return [e.reason for events in talk.events.values() for e in events if isinstance(e, Restarted)]
