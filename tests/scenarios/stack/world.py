"""A world for the whole stack: nodes with real servers, Redis between them, users with the real client."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

import signaling
from nat.simulator import Host, Simulation
from signaling.nodes import RedisBackplane, Times
from signaling.transports.listener import Transport
from tests.scenarios.stack import oracle
from tests.scenarios.stack.users import User
from tests.signaling.nodes.respserver import RespServer

REDIS = "198.51.100.1"
NAMES = ("ann", "bob", "cat", "dan")
ROOMS = ("red", "blue")


@dataclass(frozen=True)
class Plan:
    """How large a world is, and how its servers are set up; times in seconds.

    Attributes:
        nodes: How many; one alone has no Redis.
        calm: After the last fault, until all must be well again.
    """

    nodes: int
    users: int
    settings: signaling.Settings
    times: Times
    transports: tuple[Transport, ...]
    calm: float


def draw_plan(choose: random.Random) -> Plan:
    """Choose a world: mostly a hasty one, in which whatever takes long as shipped takes seconds."""
    is_hasty = choose.random() < 0.8
    times = Times(renewal=0.8, lease=2.4, grace=6.0, patience=1.0) if is_hasty else Times()
    resume_for = choose.choice((3.0, 8.0)) if is_hasty else 30.0
    ping = 4.0 if is_hasty else 20.0
    nodes = choose.choice((1, 2, 2, 3))
    settings = signaling.Settings(
        limits=signaling.Limits(rate=1000.0, burst=1000),
        resume_key=choose.choice((b"key", None)) if nodes > 1 else None,
        resume_for=resume_for,
        ping_interval=ping,
        ping_timeout=ping,
    )
    return Plan(
        nodes=nodes,
        users=choose.choice((2, 3)),
        settings=settings,
        times=times,
        transports=tuple(choose.choice([*Transport]) for _ in range(nodes)),
        calm=resume_for + times.grace + 25.0,
    )


class Node:
    """One server, which may be killed, drained and started again."""

    def __init__(self, name: str, host: Host, plan: Plan, transport: Transport, redis: str) -> None:
        self.name = name
        self.host = host
        self.server: signaling.Server | None = None
        self._plan = plan
        self._transport = transport
        self._redis = redis
        self._task: asyncio.Task[None] | None = None
        self._drain = asyncio.Event()

    @property
    def url(self) -> str:
        return f"ws://{self.host.address}:80{signaling.PATH}"

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        up = asyncio.Event()
        self._drain = asyncio.Event()
        task = self._task = asyncio.create_task(self._serve(up), context=self.host.context())
        waiting = asyncio.create_task(up.wait())
        await asyncio.wait((waiting, task), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if task.done():
            task.result()

    async def kill(self) -> None:
        """Nobody hears of its end: the host is off the network before its sockets are closed."""
        self.host.detach()
        await self.stop()

    async def stop(self) -> None:
        """Cancel it, so that it closes as if it were in a hurry."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])

    async def drain(self) -> None:
        """Send the clients away, hand over their sessions, and end."""
        assert self._task is not None
        self._drain.set()
        await asyncio.wait([self._task])

    async def _serve(self, up: asyncio.Event) -> None:
        plan = self._plan
        settings = replace(plan.settings, node=self.name)
        backplane = None
        if plan.nodes > 1:
            backplane = RedisBackplane(
                self._redis, self.name, times=plan.times, wait_for_server=True
            )
        try:
            async with signaling.serve(
                settings, self.host.address, 80, backplane=backplane, transport=self._transport
            ) as server:
                self.server = server
                up.set()
                await self._drain.wait()
                await server.drain(5.0)
        finally:
            self.server = None


class World:
    """Nodes, users, and what happens to them; everything is decided by the seed."""

    def __init__(self, seed: int, *, plan: Plan | None = None) -> None:
        choose = self.choose = random.Random(seed)
        self.plan = plan or draw_plan(choose)
        self.simulation = Simulation(seed, trace_limit=0, shuffle_ready=choose.random() < 0.5)
        self.story: list[tuple[float, str]] = []
        self.redis_host = self.simulation.host("redis", REDIS)
        self.redis = RespServer(REDIS)
        hosts = [
            self.simulation.host(f"n{number}", f"198.51.100.{10 + number}")
            for number in range(1, self.plan.nodes + 1)
        ]
        self.nodes = [
            Node(host.name, host, self.plan, transport, self.redis.url)
            for host, transport in zip(hosts, self.plan.transports, strict=True)
        ]
        self.users = [self._user(number) for number in range(self.plan.users)]
        self.busy: list[Host] = []
        self._cuts: list[tuple[Host, Host]] = []

    def _user(self, number: int) -> User:
        choose = self.choose
        host = self.simulation.host(NAMES[number], f"198.51.100.{50 + number}")
        self.simulation.link(host, latency=choose.choice((0.002, 0.01, 0.08)))
        urls = [node.url for node in self.nodes]
        choose.shuffle(urls)
        if choose.random() < 0.2:
            urls = urls[:1]
        user = User(NAMES[number], host, urls, random.Random(choose.random()))
        user.wanted = [ROOMS[0], *choose.choice(([], ROOMS[1:]))]
        user.pause = choose.choice((0.4, 1.0, 2.0))
        return user

    def play(self, troubles: Callable[["World"], Coroutine[Any, Any, None]]) -> None:
        """Run it, and look at the end whether all is well."""
        self.simulation.run(self._main(troubles), deadline=1000.0)

    async def _main(self, troubles: Callable[["World"], Coroutine[Any, Any, None]]) -> None:
        if self.plan.nodes > 1:
            await self.redis_host.run(self.redis.start())
        for node in self.nodes:
            await node.start()
        for user in self.users:
            user.come()
            await asyncio.sleep(self.choose.uniform(0.0, 0.1))
        await self.until_well(10.0)
        await troubles(self)
        self.tell("peace")
        for user in self.users:
            user.pause = 1.0
        await self.until_well(self.plan.calm)
        for user in self.users:
            user.is_silent = True
        await self._until_heard()
        self.check()
        for user in self.users:
            await user.go()
        await asyncio.sleep(0.5)
        self.check_empty()
        for node in self.nodes:
            await node.stop()
        self.redis.stop()

    # --- what happens -------------------------------------------------------------------------------

    def tell(self, what: str) -> None:
        """Write down what happens."""
        self.story.append((asyncio.get_running_loop().time(), what))

    def cut(self, one: Sequence[Host], other: Sequence[Host]) -> list[tuple[Host, Host]]:
        """Part hosts."""
        cuts = [(a, b) for a in one for b in other]
        self._cuts += cuts
        self._part()
        return cuts

    def mend(self, cuts: list[tuple[Host, Host]]) -> None:
        """End such a partition; others last."""
        for each in cuts:
            self._cuts.remove(each)
        self._part()

    def plug_in(self, node: Node, address: str) -> None:
        """Put a node's host back on the network."""
        node.host.attach(self.simulation.internet, address)
        self._part()

    def _part(self) -> None:
        self.simulation.heal()
        for one, other in self._cuts:
            if one.ports and other.ports:
                self.simulation.partition([one], [other])

    # --- the end ------------------------------------------------------------------------------------

    async def until_well(self, seconds: float) -> None:
        """Wait until everybody is where it wants to be and knows the others, and stays so."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        well = 0
        while well < 2:
            await asyncio.sleep(0.5)
            why = self.unwell()
            well = 0 if why else well + 1
            assert loop.time() < deadline, f"not well within {seconds:g} s: {why}"

    async def _until_heard(self) -> None:
        """Wait for what is still on its way: after lost packets TCP takes its time for the next."""
        for _ in range(5):
            await asyncio.sleep(1.0)
            with contextlib.suppress(AssertionError):
                oracle.check(self.users)
                return

    def unwell(self) -> str:
        """Say what is not as it should be; empty if all is well."""
        for user in self.users:
            user.raise_failure()
        now = asyncio.get_running_loop().time()
        return oracle.unwell(self.users, now) or self._servers_are_wrong()

    def check(self) -> None:
        """All is well, all was heard or told, and the servers hold nothing that nobody needs."""
        oracle.check(self.users)
        for node in self.nodes:
            assert node.server is not None
            state = node.server.hub._state
            assert not state.homing, f"{node.name}: on their way {[*state.homing]}"
            assert state.kept == sum(s.ring.size for s in state.sessions.values() if s.ring)

    def _servers_are_wrong(self) -> str:
        """Say in what the servers' rooms are others than those the users are in."""
        rooms = self._rooms()
        for room in ROOMS:
            true = {
                user.name: (user.client.welcome.sid, user.client.welcome.server.node)
                for user in self.users
                if user.client is not None and room in user.wanted
            }
            if rooms.get(room, {}) != true:
                return f"{room} has {rooms.get(room)} on the server, not {true}"
        sids = sorted(sid for node in self.nodes for sid in _sessions(node))
        clients = sorted(user.client.welcome.sid for user in self.users if user.client is not None)
        return "" if sids == clients else f"the nodes have sessions {sids}, not {clients}"

    def _rooms(self) -> dict[str, dict[str, tuple[str, str]]]:
        """The members of each room, with their sessions and nodes."""
        if self.plan.nodes > 1:
            membership = self.redis.store.membership
        else:
            assert self.nodes[0].server is not None
            membership = self.nodes[0].server.backplane._membership  # type: ignore[attr-defined]
        return {
            name: {peer: (member.sid, member.node) for peer, member in copy.members.items()}
            for name, copy in membership.rooms.items()
        }

    def check_empty(self) -> None:
        """Everybody said goodbye: nobody is left anywhere."""
        assert not self._rooms(), f"left behind: {self._rooms()}"
        for node in self.nodes:
            assert not _sessions(node), f"{node.name} still has {_sessions(node)}"


def _sessions(node: Node) -> list[str]:
    return [] if node.server is None else [*node.server.hub._state.sessions]
