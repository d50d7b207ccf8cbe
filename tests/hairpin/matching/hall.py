"""A hall for bots in virtual time: a server with a queue, and machines from which players come."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import signaling
from hairpin.matching.bot import Bot
from nat.simulator import Simulation
from signaling import MemoryDesk, Queue, Settings

SERVER = "198.51.100.10"
URL = f"ws://{SERVER}:80{signaling.PATH}"
Came = TypeVar("Came")


def bot(name: str, **more: Any) -> Bot:
    return Bot(**({"name": name, "url": URL, "queue": "duel"} | more))


class Hall:
    """The server and the machines."""

    def __init__(self, simulation: Simulation, machines: int) -> None:
        self.server = simulation.host("server", SERVER)
        self.machines = [
            simulation.host(f"m{number}", f"198.51.100.{20 + number}") for number in range(machines)
        ]

    @contextmanager
    def at(self, machine: int) -> Iterator[None]:
        """What is started here is started on that machine."""
        with self.machines[machine]:
            yield

    def start(self, machine: int, work: Any) -> asyncio.Task[Any]:
        """Let somebody do something on a machine."""
        with self.machines[machine]:
            return asyncio.create_task(work)


def play(scenario: Callable[[Hall], Awaitable[Came]], queue: Queue, *, machines: int = 2) -> Came:
    """Play a scenario from beginning to end."""
    simulation = Simulation(7)
    hall = Hall(simulation, machines)

    async def whole() -> Came:
        up = asyncio.Event()

        async def serve() -> None:
            desk = MemoryDesk([queue], clock=asyncio.get_running_loop().time)
            async with signaling.serve(Settings(), SERVER, 80, desk=desk):
                up.set()
                await asyncio.Event().wait()

        with hall.server:
            serving = asyncio.create_task(serve())
        await up.wait()
        try:
            return await scenario(hall)
        finally:
            serving.cancel()
            await asyncio.wait({serving})

    return simulation.run(whole())
