"""Nodes, the server between them, and clients, in virtual time; and faults of every kind."""

import asyncio
import random
from typing import Any

import signaling
from nat.simulator import Host, Simulation
from signaling.nodes import RedisBackplane
from tests.scenarios.talkers import Talker, check
from tests.signaling.nodes.respserver import RespServer

REDIS = "198.51.100.1"
NODES = ("n1", "n2", "n3")
CALM = 45.0
"""Seconds after the last fault in which everything must be well again."""
STEADY = 7.0
"""Seconds in which all must stay well; what a node missed is found by the next that is said to it."""


class World:
    """Three nodes and four clients; what happens to them is decided by the seed."""

    def __init__(self, seed: int, *, faults: int = 4) -> None:
        self.random = random.Random(seed)
        self.faults = faults
        self.pause = 0.4
        self.simulation = Simulation(seed)
        self.redis_host = self.simulation.host("redis", REDIS)
        self.redis = RespServer(REDIS)
        self.node_hosts = {
            name: self.simulation.host(name, f"198.51.100.{10 + number}")
            for number, name in enumerate(NODES)
        }
        self.client_hosts = [
            self.simulation.host(f"client{number}", f"198.51.100.{50 + number}")
            for number in range(4)
        ]
        self.running: dict[str, asyncio.Task[None]] = {}
        urls = [f"ws://{host.address}:80{signaling.PATH}" for host in self.node_hosts.values()]
        self.talkers = [Talker(f"t{n}", urls, self.random) for n in range(len(self.client_hosts))]
        self.story: list[tuple[float, str]] = []

    def play(self) -> None:
        """Run it, and look at the end whether all is well."""
        self.simulation.run(self._main(), deadline=1000.0)

    async def _main(self) -> None:
        await self.redis_host.run(self.redis.start())
        for name in NODES:
            await self._start(name)
        talking = [
            asyncio.create_task(talker.run(), context=host.context())
            for talker, host in zip(self.talkers, self.client_hosts, strict=True)
        ]
        chatting = asyncio.create_task(self._chat())
        try:
            await asyncio.sleep(3.0)
            for _ in range(self.faults):
                await self._fault()
                await asyncio.sleep(self.random.choice((0.1, 2.0, 8.0)))
            self.simulation.heal()
            self.pause = 2.0
            await self._until_well()
            chatting.cancel()
            await asyncio.sleep(3.0)
            self._check()
        finally:
            tasks = [*talking, chatting, *self.running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            self.redis.stop()

    async def _until_well(self) -> None:
        """Wait until all is well, and has been for some seconds of talk in which no session ended."""
        loop = asyncio.get_running_loop()
        end = loop.time() + CALM
        well_since, sessions = loop.time(), 0
        while loop.time() < min(end, well_since + STEADY):
            await asyncio.sleep(1.0)
            begun = sum(len(talker.sessions) for talker in self.talkers)
            try:
                self._check_rooms()
            except AssertionError:
                well_since = loop.time()
            if begun != sessions:
                well_since, sessions = loop.time(), begun

    async def _chat(self) -> None:
        while True:
            await asyncio.sleep(self.pause)
            for talker in self.talkers:
                talker.say_to_all()

    async def _start(self, name: str) -> None:
        up = asyncio.Event()
        host = self.node_hosts[name]
        task = asyncio.create_task(self._serve(name, up), context=host.context())
        self.running[name] = task
        waiting = asyncio.create_task(up.wait())
        await asyncio.wait((waiting, task), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def _serve(self, name: str, up: asyncio.Event) -> None:
        backplane = RedisBackplane(self.redis.url, name, wait_for_server=True)
        limits = signaling.Limits(rate=1000.0, burst=1000)
        settings = signaling.Settings(node=name, limits=limits, resume_key=b"key")
        address = self.node_hosts[name].address
        async with signaling.serve(settings, address, 80, backplane=backplane):
            up.set()
            await asyncio.Event().wait()

    # --- faults -----------------------------------------------------------------------------------

    async def _fault(self) -> None:
        kinds = (
            self._cut_node,
            self._cut_node,
            self._restart_redis,
            self._restart_redis,
            self._kill_node,
            self._lose_packets,
            self._cut_client,
        )
        fault = self.random.choice(kinds)
        self._tell(fault.__name__)
        await fault()

    def _tell(self, what: str) -> None:
        self.story.append((asyncio.get_running_loop().time(), what))

    async def _cut_node(self) -> None:
        host = self.random.choice(list(self.node_hosts.values()))
        self.simulation.partition([host], [self.redis_host])
        await asyncio.sleep(self.random.choice((0.5, 3.0, 12.0)))
        self.simulation.heal()

    async def _restart_redis(self) -> None:
        self.redis.stop()
        await asyncio.sleep(self.random.choice((0.0, 1.0, 7.0)))
        await self.redis_host.run(self.redis.start(empty=self.random.random() < 0.5))

    async def _kill_node(self) -> None:
        name = self.random.choice(NODES)
        host = self.node_hosts[name]
        address = host.address
        host.detach()
        task = self.running.pop(name)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(self.random.choice((0.1, 6.0)))
        host.attach(self.simulation.internet, address)
        await self._start(name)

    async def _lose_packets(self) -> None:
        host = self.random.choice(self.client_hosts)
        self.simulation.link(host, loss=0.3)
        await asyncio.sleep(4.0)
        self.simulation.link(host, loss=0.0)

    async def _cut_client(self) -> None:
        host = self.random.choice(self.client_hosts)
        others: list[Host] = list(self.node_hosts.values())
        self.simulation.partition([host], others)
        await asyncio.sleep(self.random.choice((1.0, 8.0, 40.0)))
        self.simulation.heal()

    # --- the end ----------------------------------------------------------------------------------

    def _check(self) -> None:
        check(self.talkers)
        self._check_rooms()
        for talker in self.talkers:
            for other in self.talkers:
                if other is not talker:
                    self._check_last(talker, other)

    def _check_rooms(self) -> None:
        names = {talker.name for talker in self.talkers}
        for talker in self.talkers:
            others = dict.fromkeys(names - {talker.name}, "here")
            assert talker.members == others, f"{talker.name} knows {talker.members}"
        members = self.redis.store.membership.rooms["room"].members
        assert set(members) == names, f"the server knows {set(members)}"

    def _check_last(self, talker: Talker, other: Talker) -> None:
        """Whoever talks at the end is heard at the end."""
        epoch = len(other.sessions) - 1
        number = other.said.get((epoch, talker.name), 0)
        last: Any = talker.sessions[-1].heard
        assert (other.name, epoch, number) in last, f"{talker.name} does not hear {other.name}"
