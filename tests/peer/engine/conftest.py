"""ICE agents of ours, joined by hand: no SDP, no signaling server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aioice
import pytest

import relay
import stunwire
from peer import Configuration, GatheredCandidate, Server
from peer.engine.connection import TrickleConnection
from peer.engine.events import CandidateFound, GatheringEnded, IceStateChanged, PathChanged
from peer.engine.gathering import Plan
from peer.engine.generations import RestartableConnection


def make_plan(servers: tuple[Server, ...] = (), **changes: Any) -> Plan:
    return Plan(servers, Configuration(**changes))


class Agent:
    """A trickling ICE agent whose candidates travel to the other one in `delay` seconds."""

    def __init__(
        self,
        name: str,
        plan: Plan,
        *,
        policy: aioice.TransportPolicy = aioice.TransportPolicy.ALL,
        delay: float = 0.05,
    ) -> None:
        self.connection = TrickleConnection(
            plan,
            self._found,
            local_username=f"{name}user",
            local_password=f"{name}password0123456789abcdef",
            policy=policy,
        )
        self.found: list[Any] = []
        self.delay = delay
        self._outbox: asyncio.Queue[aioice.Candidate | None] = asyncio.Queue()

    def _found(self, found: Any) -> None:
        self.found.append(found)
        if isinstance(found, GatheredCandidate):
            line = found.line.removeprefix("candidate:")
            self._outbox.put_nowait(aioice.Candidate.from_sdp(line))

    async def gather(self) -> None:
        await self.connection.gather_candidates()
        self._outbox.put_nowait(None)

    async def trickle_to(self, other: "Agent") -> None:
        while True:
            candidate = await self._outbox.get()
            await asyncio.sleep(self.delay)
            await other.connection.add_remote_candidate(candidate)
            if candidate is None:
                return

    async def connect_to(self, other: "Agent", password: str | None = None) -> None:
        self.connection.remote_username = other.connection.local_username
        self.connection.remote_password = password or other.connection.local_password
        async with asyncio.TaskGroup() as group:
            group.create_task(self.gather())
            telling = group.create_task(self.trickle_to(other))
            try:
                await self.connection.connect()
            except ConnectionError:
                await telling  # also whoever fails says that no more candidates come
                raise


@pytest.fixture
def plan() -> Callable[..., Plan]:
    return make_plan


@pytest.fixture
def make_agent() -> type[Agent]:
    return Agent


class End:
    """One end of a restartable connection, with a channel to the other for what must be told.

    What is told takes `delay` seconds and arrives in order. A description goes both ways: the one
    who starts or restarts tells its credentials, the other takes them and tells its own.
    """

    def __init__(self, host: Any, plan: Plan, *, controlling: bool, delay: float = 0.05) -> None:
        self.host = host
        self.described = asyncio.Event()
        self.events: list[tuple[float, Any]] = []
        self.connection = RestartableConnection(plan, self._event)
        self.connection.ice_controlling = controlling
        self.other: End
        self.got: list[tuple[float, int]] = []
        self.silent = False
        #: Seconds by which a candidate of each type is told later than it is found.
        self.late: dict[str, float] = {}
        self.renomination = plan.configuration.renomination
        self._delay = delay
        self._inbox: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def _event(self, event: Any) -> None:
        self.events.append((asyncio.get_running_loop().time(), event))
        if isinstance(event, CandidateFound) and event.candidate.told:
            line = event.candidate.line.removeprefix("candidate:")
            late = self.late.get(event.candidate.type.value, 0.0)
            self.tell("candidate", (aioice.Candidate.from_sdp(line), event.ufrag), late=late)
        elif isinstance(event, GatheringEnded):
            self.tell("candidate", (None, event.ufrag), late=max(self.late.values(), default=0.0))

    def states(self) -> list[str]:
        return [e.state.value for _, e in self.events if isinstance(e, IceStateChanged)]

    def paths(self) -> list[Any]:
        return [event.path for _, event in self.events if isinstance(event, PathChanged)]

    def tell(self, kind: str, what: Any, *, late: float = 0.0) -> None:
        if not self.silent:
            loop = asyncio.get_running_loop()
            loop.call_later(self._delay + late, self.other._inbox.put_nowait, (kind, what))

    def describe(self, kind: str) -> None:
        """Tell the credentials, and gather for them."""
        connection = self.connection
        self.tell(kind, (connection.local_username, connection.local_password))
        self._spawn(connection.gather_candidates())

    def restart(self) -> None:
        with self.host:
            self.connection.begin_restart()
            self.describe("offer")

    async def listen(self) -> None:
        """Take in what the other end tells."""
        while True:
            kind, what = await self._inbox.get()
            if kind == "candidate":
                await self.connection.add_remote_candidate(*what)
                continue
            self.connection.describe_remote(*what, renomination=self.other.renomination)
            self.described.set()
            if kind == "offer":
                self.describe("answer")

    async def count(self, every: float) -> None:
        """Send the numbers from 0 on."""
        number = 0
        while True:
            await self.connection.send(b"\x16" + number.to_bytes(4, "big"))
            number += 1
            await asyncio.sleep(every)

    async def read(self) -> None:
        """Note each number with the time at which it came."""
        loop = asyncio.get_running_loop()
        while True:
            data = await self.connection.recv()
            self.got.append((loop.time(), int.from_bytes(data[1:5], "big")))

    def start(self, *works: Any) -> None:
        for work in works:
            self._spawn(work)

    def _spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def close(self) -> None:
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if not isinstance(result, asyncio.CancelledError | ConnectionError | None):
                raise result


Act = Callable[[End, End], Awaitable[None]]


def play_ends(
    world: Any,
    plans: tuple[Plan, Plan],
    act: Act,
    *,
    every: float = 0.02,
    late: dict[str, float] | None = None,
    deadline: float = 300.0,
) -> tuple[End, End]:
    """Connect alice's end with bob's, let both count to each other, and act on them.

    Args:
        world: The world.
        plans: Each side's.
        act: Called once both are connected.
        every: Seconds between two numbers; 0 sends none.
        late: Seconds by which a candidate of each type is told later.
        deadline: In virtual seconds.
    """

    async def side(mine: End, *, offers: bool) -> None:
        mine.start(mine.listen())
        if offers:
            mine.describe("offer")
        await mine.described.wait()
        await mine.connection.connect()
        if every:
            mine.start(mine.count(every), mine.read())

    async def main() -> tuple[End, End]:
        a = End(world.alice, plans[0], controlling=True)
        b = End(world.bob, plans[1], controlling=False)
        a.other, b.other = b, a
        a.late = b.late = late or {}
        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side(a, offers=True))
            world.bob.start(group, side(b, offers=False))
        await act(a, b)
        async with asyncio.TaskGroup() as group:
            world.alice.start(group, a.close())
            world.bob.start(group, b.close())
        return a, b

    ends: tuple[End, End] = world.run(main(), deadline=deadline)
    return ends


@pytest.fixture
def play() -> Callable[..., tuple[End, End]]:
    return play_ends


@pytest.fixture
def make_two_relays(make_world: Any) -> Any:
    """A world with a second relay, at 198.51.100.11."""
    other = "198.51.100.11"

    class TwoRelays(make_world):  # type: ignore[misc]
        def __post_init__(self) -> None:
            super().__post_init__()
            self.other = self.simulation.host("other relay", other)
            self.simulation.link(self.other, latency=self.latency)

        async def _with_servers(self, main: Any) -> Any:
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                self.other.start(group, self._serve_other(stop))
                try:
                    return await super()._with_servers(main)
                finally:
                    stop.set()

        async def _serve_other(self, stop: asyncio.Event) -> None:
            settings = relay.Settings(
                listen=(stunwire.Address(other, 3478),),
                rest_secrets=("shared",),
                peers=relay.PeerPolicy(allow=("203.0.113.0/24", "198.51.100.0/24")),
            )
            async with relay.serve(settings):
                await stop.wait()

    return TwoRelays
