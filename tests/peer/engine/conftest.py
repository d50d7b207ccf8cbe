"""ICE agents of ours, joined by hand: no SDP, no signaling server."""

import asyncio
from collections.abc import Callable
from typing import Any

import aioice
import pytest

from peer import Configuration, GatheredCandidate, Server
from peer.engine.connection import TrickleConnection
from peer.engine.gathering import Plan


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

    async def connect_to(self, other: "Agent") -> None:
        self.connection.remote_username = other.connection.local_username
        self.connection.remote_password = other.connection.local_password
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
