"""Two node processes over a real server: killed, stopped, cut off and restarted, while clients talk and a call goes on."""

import asyncio
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from peer import Channel, Configuration, meet
from tests.scenarios.talkers import Talker, check
from tests.signaling.nodes.redisserver import RedisServer

PROGRAM = Path(__file__).with_name("nodeprocess.py")
ROOT = Path(__file__).parents[3]
LOOPBACK = Configuration(host_addresses=("127.0.0.1",))


class NodeProcess:
    """A node in a process of its own, ended by its pid."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def start_node(server: RedisServer, name: str, lease: float) -> NodeProcess:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        server.url,
        name,
        str(lease),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        url = (await process.stdout.readline()).decode().strip()
    assert url, "the node did not start"
    return NodeProcess(process, url)


class World:
    """Two nodes, and clients that talk over both of them."""

    def __init__(self, server: RedisServer, nodes: list[NodeProcess]) -> None:
        self.server = server
        self.nodes = nodes
        self.talkers = [
            Talker(f"t{number}", [nodes[number % 2].url], random.Random(number))
            for number in range(4)
        ]
        self.running: dict[str, asyncio.Task[None]] = {}

    def begin(self, talker: Talker) -> None:
        self.running[talker.name] = asyncio.create_task(talker.run())

    async def stop(self, name: str) -> None:
        self.running[name].cancel()
        await asyncio.wait([self.running[name]])

    async def chat(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            for talker in self.talkers:
                talker.say_to_all()

    async def until(self, fact: Callable[[], bool], seconds: float = 30.0) -> float:
        """Wait for a fact, and say how long that took."""
        began = time.monotonic()
        while not fact():
            assert time.monotonic() < began + seconds, [
                (talker.members, talker.log) for talker in self.talkers
            ]
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    def all_here(self) -> bool:
        names = {talker.name for talker in self.talkers}
        return all(
            talker.joined and talker.members == dict.fromkeys(names - {talker.name}, "here")
            for talker in self.talkers
        )

    async def all_hear(self) -> None:
        """Wait until everybody is there, and has heard from everybody since."""
        await self.until(self.all_here)
        before = {talker: len(talker.sessions[-1].heard) for talker in self.talkers}
        await self.until(
            lambda: all(
                {said[0] for said in talker.sessions[-1].heard[before[talker] :]}
                >= {other.name for other in self.talkers if other is not talker}
                or len(talker.sessions[-1].heard) < before[talker]
                for talker in self.talkers
            )
        )


@asynccontextmanager
async def running(*, keeps: bool = False, lease: float = 4.0) -> AsyncIterator[World]:
    with RedisServer(keeps=keeps) as server:
        nodes = await asyncio.gather(*(start_node(server, n, lease) for n in ("n1", "n2")))
        world = World(server, list(nodes))
        for talker in world.talkers:
            world.begin(talker)
        chatting = asyncio.create_task(world.chat())
        try:
            await world.all_hear()
            for talker in world.talkers:
                talker.urls[:] = [node.url for node in nodes]
            yield world
            await world.all_hear()
            check(world.talkers)
        finally:
            tasks = [chatting, *world.running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for node in nodes:
                await node.kill()


async def exchange(channel: Channel, got: list[int]) -> None:
    """Send numbers back and forth for as long as the call lasts."""
    while True:
        channel.send(str(len(got)))
        got.append(int(await channel.receive()))
        await asyncio.sleep(0.02)


@asynccontextmanager
async def call(world: World) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A call between one at each node; gives what waits until its data has gone on."""
    first, second = (node.url for node in world.nodes)
    got: list[int] = []
    async with (
        meet(first, "call", LOOPBACK, name="alice") as alice,
        meet(second, "call", LOOPBACK, name="bob") as bob,
    ):
        channels = await asyncio.gather(alice.connected(), bob.connected())
        talking = [asyncio.create_task(exchange(channel, got)) for channel in channels]

        async def goes_on() -> None:
            before = len(got)
            await world.until(lambda: len(got) > before + 20)
            assert not any(task.done() for task in talking)

        try:
            yield goes_on
        finally:
            for task in talking:
                task.cancel()
            await asyncio.wait(talking)


async def test_a_node_is_killed_in_the_middle_of_a_call() -> None:
    async with running() as world, call(world) as goes_on:
        for talker in world.talkers:
            talker.urls[:] = [world.nodes[0].url]
        await world.stop("t1")
        await world.nodes[1].kill()
        await goes_on()
        watching = [world.talkers[0], world.talkers[2]]
        await world.until(lambda: all(each.members["t1"] == "gone" for each in watching))
        await goes_on()
        world.begin(world.talkers[1])


@pytest.mark.parametrize("keeps", [True, False])
async def test_the_server_restarts_with_and_without_its_data(*, keeps: bool) -> None:
    async with running(keeps=keeps) as world, call(world) as goes_on:
        sessions = [len(talker.sessions) for talker in world.talkers]
        world.server.kill()
        await asyncio.sleep(0.5)
        await goes_on()
        world.server.start()
        await world.all_hear()
        assert [len(talker.sessions) for talker in world.talkers] == sessions
        await goes_on()


async def test_the_server_sleeps_and_nodes_are_cut_from_it() -> None:
    async with running(lease=2.0) as world:
        for _ in range(3):
            world.server.client.client_kill_filter(_type="pubsub")
            world.server.client.client_kill_filter(_type="normal", skipme=True)
            await asyncio.sleep(0.1)
        await world.all_hear()
        world.server.send_signal(signal.SIGSTOP)
        await asyncio.sleep(3.0)
        world.server.send_signal(signal.SIGCONT)
        await world.all_hear()


async def test_a_node_that_slept_beyond_its_lease_comes_in_again() -> None:
    async with running(lease=2.0) as world:
        world.nodes[1].process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(4.0)
        world.nodes[1].process.send_signal(signal.SIGCONT)
        await world.all_hear()
