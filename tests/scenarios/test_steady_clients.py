"""Two clients, the real server and a network that is cut at random: each signal arrives once, in order.

`python tests/scenarios/test_steady_clients.py FIRST COUNT` plays any number of seeds.
"""

import asyncio
import random
import sys
from dataclasses import dataclass, field

import pytest

import signaling
from nat.simulator import Simulation
from signaling import SignalKind

SERVER = "198.51.100.10"
URL = f"ws://{SERVER}:80{signaling.PATH}"
NAMES = ("alice", "bob")
TALK = 60.0
QUIET = 60.0
KEPT_FOR = signaling.Settings().resume_for


@dataclass
class Side:
    """One client: what it said, what it heard."""

    said: int = 0
    heard: list[int] = field(default_factory=list)
    resumed: list[bool] = field(default_factory=list)
    away: list[float] = field(default_factory=list)


class Play:
    """One seed."""

    def __init__(self, seed: int, *, restarts: bool) -> None:
        self.rng = random.Random(seed)
        self.restarts = restarts
        self.simulation = Simulation(seed)
        self.server = self.simulation.host("server", SERVER)
        self.hosts = {
            name: self.simulation.host(name, f"198.51.100.{21 + number}")
            for number, name in enumerate(NAMES)
        }
        self.sides = {name: Side() for name in NAMES}
        self._serving: asyncio.Task[None] | None = None

    def run(self) -> None:
        for place in (self.server, *self.hosts.values()):
            self.simulation.link(place, latency=self.rng.choice((0.005, 0.05)))
        self.simulation.run(self._whole(), deadline=400.0)

    async def _whole(self) -> None:
        await self._start()
        there = asyncio.Barrier(len(NAMES) + 1)
        async with asyncio.TaskGroup() as group:
            for name in NAMES:
                self.hosts[name].start(group, self._side(name, there))
            await there.wait()
            await self._trouble()
        await self._stop()

    async def _start(self) -> None:
        up = asyncio.Event()

        async def serve() -> None:
            async with signaling.serve(signaling.Settings(), SERVER, 80):
                up.set()
                await asyncio.Event().wait()

        with self.server:
            self._serving = asyncio.create_task(serve())
        await up.wait()

    async def _stop(self) -> None:
        assert self._serving is not None
        self._serving.cancel()
        await asyncio.wait([self._serving])

    async def _trouble(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + TALK
        while loop.time() < end:
            await asyncio.sleep(self.rng.uniform(0.0, 12.0))
            host = self.hosts[self.rng.choice(NAMES)]
            match self.rng.randrange(4 if self.restarts else 3):
                case 0 | 1:
                    self.simulation.partition([host], [self.server])
                    await asyncio.sleep(self.rng.choice((0.1, 1.0, 5.0, 24.0)))
                    self.simulation.heal()
                case 2:
                    self.simulation.link(host, loss=0.3)
                    await asyncio.sleep(self.rng.uniform(0.0, 8.0))
                    self.simulation.link(host, loss=0.0)
                case _:
                    await self._stop()
                    await asyncio.sleep(self.rng.uniform(0.0, 10.0))
                    await self._start()

    async def _side(self, name: str, there: asyncio.Barrier) -> None:
        side = self.sides[name]
        (other,) = set(NAMES) - {name}
        async with signaling.connect(URL, peer=name) as client:
            await client.join("r")
            await there.wait()
            hearing = asyncio.create_task(self._hear(client, side))
            loop = asyncio.get_running_loop()
            end = loop.time() + TALK
            while loop.time() < end:
                side.said += 1
                await client.signal("r", other, SignalKind.CUSTOM, side.said)
                if self.rng.random() < 0.05:
                    client.reconnect()
                await asyncio.sleep(self.rng.uniform(0.05, 0.6))
            await asyncio.sleep(QUIET)
            assert client.is_connected
            assert client.rooms == ("r",)
            hearing.cancel()
            await asyncio.wait([hearing])

    @staticmethod
    async def _hear(client: signaling.Client, side: Side) -> None:
        loop = asyncio.get_running_loop()
        lost_at = 0.0
        async for event in client.events():
            match event:
                case signaling.SignalReceived(data=number):
                    side.heard.append(number)
                case signaling.Disconnected():
                    lost_at = loop.time()
                case signaling.Reconnected(resumed=resumed):
                    side.resumed.append(resumed)
                    side.away.append(loop.time() - lost_at)
                case _:
                    pass

    def check(self) -> None:
        for name, other in zip(NAMES, reversed(NAMES), strict=True):
            side = self.sides[name]
            assert side.heard == sorted(set(side.heard))
            if self.restarts:
                continue
            for resumed, away in zip(side.resumed, side.away, strict=True):
                assert resumed or away > KEPT_FOR
            if all(side.resumed) and all(self.sides[other].resumed):
                assert side.heard == list(range(1, self.sides[other].said + 1))


def play(seed: int, *, restarts: bool) -> Play:
    played = Play(seed, restarts=restarts)
    played.run()
    played.check()
    return played


@pytest.mark.parametrize("seed", range(20))
def test_random_cuts_lose_nothing_and_repeat_nothing(seed: int) -> None:
    play(seed, restarts=False)


@pytest.mark.parametrize("seed", range(100, 110))
def test_random_cuts_with_servers_that_forget_repeat_nothing(seed: int) -> None:
    play(seed, restarts=True)


def test_the_cuts_do_cut() -> None:
    played = play(3, restarts=False)
    assert sum(len(side.resumed) for side in played.sides.values()) > 3


if __name__ == "__main__":
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for number in range(first, first + count):
        try:
            play(number, restarts=bool(number % 2))
        except BaseException:
            print(f"seed {number} failed", flush=True)
            raise
    print(f"{count} seeds from {first} on: nothing lost, nothing twice")
