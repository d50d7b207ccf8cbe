"""The Python client through what servers do to it: killed without a goodbye, tokens that expire, reading too slowly."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

import signaling
from nat.simulator import Simulation
from signaling import SignalKind
from signaling.identity.claims import Grants
from signaling.identity.keys import read_keys
from signaling.identity.minting import SigningKey, mint_token
from signaling.identity.tokengate import TokenGate
from signaling.journal import Happening, Noted
from signaling.nodes import RedisBackplane
from tests.scenarios.test_clients_of_nodes import Heard
from tests.signaling.nodes.respserver import RespServer

SERVER = "198.51.100.10"
URL = f"ws://{SERVER}:80{signaling.PATH}"
SECRET = b"a secret that is long enough for this"
LIMITS = signaling.Limits(rate=1e6, burst=10**6, outbox=16 * 1024, ring_bytes=4 * 1024 * 1024)


def unix_now() -> float:
    """The clock of the simulation, which stands in for `time.time` only while that runs."""
    return time.time()


class Stage:
    """A server that may be killed and started, and a host for clients."""

    def __init__(self, **options: Any) -> None:
        self.simulation = Simulation(1)
        self.host = self.simulation.host("server", SERVER)
        self.clients = self.simulation.host("clients", "198.51.100.50")
        self.redis_host = self.simulation.host("redis", "198.51.100.1")
        self.redis = RespServer("198.51.100.1")
        self.options = options
        self.is_shared = False
        self.noted: list[Noted] = []
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        up = asyncio.Event()

        async def serve() -> None:
            backplane = (
                RedisBackplane(self.redis.url, "n1", wait_for_server=True)
                if self.is_shared
                else None
            )
            settings = signaling.Settings(node="n1", limits=LIMITS, resume_key=b"key")
            listeners = [self.noted.append]
            async with signaling.serve(
                settings, SERVER, 80, backplane=backplane, listeners=listeners, **self.options
            ):
                up.set()
                await asyncio.Event().wait()

        self._serving = asyncio.create_task(serve(), context=self.host.context())
        await up.wait()

    async def kill(self) -> None:
        """Nobody hears of it: the host is off the network before its sockets are closed."""
        self.host.detach()
        assert self._serving is not None
        self._serving.cancel()
        await asyncio.wait([self._serving])
        self.host.attach(self.simulation.internet, SERVER)

    def play(self, story: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            await self.redis_host.run(self.redis.start())
            await self.start()
            await asyncio.sleep(2.0)
            await self.clients.run(story())
            await self.kill()
            self.redis.stop()

        self.simulation.run(whole(), deadline=400.0)


@asynccontextmanager
async def two() -> AsyncIterator[tuple[signaling.Client, signaling.Client]]:
    async with signaling.connect(URL, peer="alice") as alice:
        await alice.join("r")
        async with signaling.connect(URL, peer="bob") as bob:
            await bob.join("r")
            yield alice, bob


@pytest.mark.parametrize("is_shared", [False, True])
def test_after_a_server_was_killed_its_clients_start_again_under_their_names(
    is_shared: bool,
) -> None:
    stage = Stage()
    stage.is_shared = is_shared

    async def story() -> None:
        async with two() as (alice, bob):
            by_alice, by_bob = Heard(alice), Heard(bob)
            sids = {alice.welcome.sid, bob.welcome.sid}
            await stage.kill()
            await asyncio.sleep(1.0)
            await stage.start()
            await asyncio.sleep(60.0)
            assert not sids & {alice.welcome.sid, bob.welcome.sid}
            for client, heard in ((alice, by_alice), (bob, by_bob)):
                assert client.is_connected
                assert client.rooms == ("r",)
                assert [each.resumed for each in heard.of(signaling.Reconnected)] == [False]
                (again,) = heard.of(signaling.StartedAgain)
                assert isinstance(again, signaling.StartedAgain)
                assert again.joined.you == client.welcome.peer
            assert {alice.welcome.peer, bob.welcome.peer} == {"alice", "bob"}
            await alice.signal("r", "bob", SignalKind.CUSTOM, "again")
            await asyncio.sleep(1.0)
            signals = by_bob.of(signaling.SignalReceived)
            assert [event.data for event in signals] == ["again"]  # type: ignore[attr-defined]
            await by_alice.stop()
            await by_bob.stop()

    stage.play(story)


def test_a_token_is_renewed_for_as_long_as_somebody_can_be_asked_for_a_newer_one() -> None:
    keys = read_keys(SECRET)
    shown: list[str] = []

    def newer() -> str:
        key = SigningKey(keys[0].algorithm, SECRET)
        shown.append(mint_token(key, Grants(), lifetime=60.0, unix_now=unix_now()))
        return shown[-1]

    async def story() -> None:
        async with (
            signaling.connect(URL, token=newer) as renewed,
            signaling.connect(URL, token=newer()) as expires,
        ):
            by_renewed, by_expires = Heard(renewed), Heard(expires)
            await renewed.join("r")
            await asyncio.sleep(300.0)
            assert await renewed.ping() > 0.0
            assert not by_renewed.of(signaling.Disconnected, signaling.Removed)
            assert len(shown) >= 2 + 4
            assert by_expires.of(signaling.TokenExpiring)
            last = by_expires.events[-1]
            assert isinstance(last, signaling.Closed)
            assert last.code == signaling.CloseCode.UNAUTHORIZED
            await by_renewed.stop()

    Stage(gate=TokenGate(lambda: keys, unix_clock=unix_now)).play(story)


@pytest.mark.parametrize("resumes", [True, False])
def test_a_client_that_reads_too_slowly_resumes_or_starts_again(resumes: bool) -> None:
    stage = Stage()

    async def story() -> None:
        async with two() as (alice, bob):
            by_bob = Heard(bob)
            transport = bob._shell._connection.transport  # type: ignore[union-attr]
            transport.pause_reading()
            said = 0
            after = 0 if resumes else 300
            while after > 0 or not any(is_slow(each) for each in stage.noted):
                after -= any(is_slow(each) for each in stage.noted)
                await alice.signal("r", "bob", SignalKind.CUSTOM, [said, "x" * 8000])
                said += 1
                await asyncio.sleep(0.01)
                assert said < 600
            transport.resume_reading()
            await asyncio.sleep(30.0)
            assert bob.is_connected
            assert bob.rooms == ("r",)
            assert [each.resumed for each in by_bob.of(signaling.Reconnected)] == [resumes]  # type: ignore[attr-defined]
            data = [each.data[0] for each in by_bob.of(signaling.SignalReceived)]  # type: ignore[attr-defined]
            assert data == list(range(said if resumes else len(data)))
            await by_bob.stop()

    stage.play(story)


def is_slow(noted: Noted) -> bool:
    return noted.happening is Happening.SESSION_GONE
