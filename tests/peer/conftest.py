"""A simulated world with signaling, STUN and TURN in it, and two peers behind NATs."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

import nat
import relay
import signaling
import stunwire
from nat.simulator import Host, Simulation
from peer import Channel, Configuration, Session, meet, parse_servers
from stunwire.credentials import mint

SERVER = "198.51.100.10"
SECRET = "shared"
STUN = f"stun:{SERVER}:3478"
TURN = f"turn:{SERVER}:3478"
Act = Callable[[Session, Channel], Awaitable[None]]


@dataclass
class World:
    """A server on the internet, two homes, and what to tell the sessions."""

    seed: int = 1
    nats: tuple[nat.Behavior, nat.Behavior] = (nat.PORT_RESTRICTED_CONE, nat.PORT_RESTRICTED_CONE)
    latency: float = 0.0125
    start_spread: float = 0.1
    ice: signaling.IceSettings = field(
        default_factory=lambda: signaling.IceSettings((STUN,), (TURN,), SECRET)
    )
    configurations: tuple[Configuration, Configuration] = (Configuration(), Configuration())
    queues: tuple[signaling.Queue, ...] = ()

    def __post_init__(self) -> None:
        self.simulation = Simulation(self.seed, start_spread=self.start_spread)
        self.server = self.simulation.host("server", SERVER)
        self.alice_home = self.simulation.nat("home-a", self.nats[0], external="203.0.113.1")
        self.bob_home = self.simulation.nat("home-b", self.nats[1], external="203.0.113.2")
        self.alice = self.alice_home.host("alice")
        self.bob = self.bob_home.host("bob")
        for place in (self.server, self.alice_home, self.bob_home):
            self.simulation.link(place, latency=self.latency)
        self.url = f"ws://{SERVER}:80{signaling.PATH}"
        self.sessions: dict[str, Session] = {}

    def turn_credential(self) -> tuple[str, str]:
        """A user name and password that the relay accepts."""
        credential = mint(SECRET, "tester", ttl=3600, unix_now=time.time())
        return credential.username, credential.password

    def run(self, main: Coroutine[Any, Any, Any], *, deadline: float = 300.0) -> Any:
        return self.simulation.run(self._with_servers(main), deadline=deadline)

    async def _with_servers(self, main: Coroutine[Any, Any, Any]) -> Any:
        stop, ready = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            self.server.start(group, self._servers(ready, stop))
            await ready.wait()
            try:
                return await main
            finally:
                main.close()
                stop.set()

    async def _servers(self, ready: asyncio.Event, stop: asyncio.Event) -> None:
        settings = relay.Settings(
            listen=(stunwire.Address(SERVER, 3478),),
            rest_secrets=(SECRET,),
            peers=relay.PeerPolicy(allow=("203.0.113.0/24", "198.51.100.0/24")),
        )
        async with AsyncExitStack() as stack:
            self.relay = await stack.enter_async_context(relay.serve(settings))
            await self.start_signaling()
            ready.set()
            await stop.wait()
            await self.kill_signaling()

    async def start_signaling(self) -> None:
        up = asyncio.Event()

        async def serve() -> None:
            desk = signaling.MemoryDesk(self.queues, clock=asyncio.get_running_loop().time)
            async with signaling.serve(signaling.Settings(ice=self.ice), SERVER, 80, desk=desk):
                up.set()
                await asyncio.Event().wait()

        with self.server:
            self._signaling = asyncio.create_task(serve())
        await up.wait()

    async def kill_signaling(self) -> None:
        self._signaling.cancel()
        await asyncio.wait([self._signaling])

    def cafe(self) -> nat.simulator.Nat:
        """Another network to move to."""
        place = self.simulation.nat(
            "cafe", nat.PORT_RESTRICTED_CONE, external="203.0.113.3", lan="10.7.0.0/24"
        )
        self.simulation.link(place, latency=self.latency)
        return place

    async def call(
        self, alice: Act, bob: Act, configuration: Configuration | None = None
    ) -> dict[str, Session]:
        """Let alice wait and bob come, both with the server's address; run their acts."""
        joined, met = asyncio.Event(), asyncio.Barrier(2)

        async def side(name: str, act: Act) -> None:
            async with meet(self.url, "room", configuration, name=name) as session:
                self.sessions[name] = session
                joined.set()
                await act(session, await session.connected())
                await met.wait()

        async with asyncio.TaskGroup() as group:
            self.alice.start(group, side("alice", alice))
            await joined.wait()
            self.bob.start(group, side("bob", bob))
        return self.sessions

    async def pair(self, alice: Act | None = None, bob: Act | None = None) -> dict[str, Session]:
        """Let alice wait and bob come; run their acts once both are connected."""
        joined, met = asyncio.Event(), asyncio.Barrier(2)

        async def side(name: str, act: Act | None, configuration: Configuration) -> None:
            async with (
                signaling.connect(self.url, peer=name) as client,
                meet(client, "room", configuration) as session,
            ):
                self.sessions[name] = session
                joined.set()
                channel = await session.connected()
                if act is not None:
                    await act(session, channel)
                await met.wait()

        async with asyncio.TaskGroup() as group:
            self.alice.start(group, side("alice", alice, self.configurations[0]))
            await joined.wait()
            self.bob.start(group, side("bob", bob, self.configurations[1]))
        return self.sessions


@pytest.fixture
def make_world() -> type[World]:
    return World


@pytest.fixture
def on_host() -> Callable[[Host, Coroutine[Any, Any, Any]], Awaitable[Any]]:
    """Run a coroutine on a host, for tests that need neither signaling nor a pair."""

    async def run(host: Host, work: Coroutine[Any, Any, Any]) -> Any:
        return await host.run(work)

    return run


@pytest.fixture
def servers() -> Callable[..., Any]:
    """Server entries from URIs, with a user name and password for TURN."""

    def make(*urls: str, username: str | None = None, credential: str | None = None) -> Any:
        return parse_servers([signaling.IceServer(urls, username, credential)])

    return make
