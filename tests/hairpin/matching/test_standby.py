"""Bots stand by when somebody has come, not before; and they do not outlive the server."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hairpin.matching.standby import IDLE, for_queue, start_with
from nat.simulator import Simulation
from signaling.journal import Happening, Noted

CAME = Noted(Happening.TICKET_QUEUED, "s1", {"queue": "duel", "ticket": "t"})


class Process:
    """A process that ends when it is told to, or by itself."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)
        self.returncode: int | None = None
        self.signals: list[str] = []
        self._over = asyncio.Event()

    def end(self, code: int = 0) -> None:
        self.returncode = code
        self._over.set()

    def terminate(self) -> None:
        self.signals.append("terminate")

    def kill(self) -> None:
        self.signals.append("kill")
        self.end(-9)

    async def wait(self) -> int:
        await self._over.wait()
        assert self.returncode is not None
        return self.returncode


class World:
    def __init__(self) -> None:
        self.started: list[Process] = []
        self.standby = for_queue("duel", self.start)

    async def start(self, command: Sequence[str]) -> Any:
        self.started.append(Process(command))
        return self.started[-1]


def run(scenario: Any) -> None:
    Simulation(1).run(scenario())


def test_nothing_is_started_before_somebody_comes_to_this_queue() -> None:
    async def scenario() -> None:
        world = World()
        async with world.standby:
            world.standby.open("ws://127.0.0.1:1/v1/ws")
            world.standby.hear(Noted(Happening.TICKET_QUEUED, "s", {"queue": "other"}))
            world.standby.hear(Noted(Happening.SESSION_OPENED, "s", {}))
            await asyncio.sleep(10.0)
            assert world.started == []
            world.standby.hear(CAME)
            world.standby.hear(CAME)
            await asyncio.sleep(10.0)
            (process,) = world.started
            assert process.command[2:5] == ["hairpin", "match", "bot"]
            assert "ws://127.0.0.1:1/v1/ws" in process.command
            process.end()

    run(scenario)


def test_after_an_idle_end_it_is_started_again_for_who_has_just_come_and_for_nobody_else() -> None:
    async def scenario() -> None:
        world = World()
        async with world.standby:
            world.standby.open("ws://x")
            world.standby.hear(CAME)
            await asyncio.sleep(IDLE)
            world.started[0].end()
            await asyncio.sleep(10.0)
            assert len(world.started) == 1
            world.standby.hear(CAME)
            await asyncio.sleep(IDLE)
            world.standby.hear(CAME)  # in its last moments: it may not have been seen
            world.started[1].end()
            await asyncio.sleep(10.0)
            assert len(world.started) == 3
            world.started[2].end(1)  # it failed: not again before somebody comes
            await asyncio.sleep(60.0)
            assert len(world.started) == 3

    run(scenario)


def test_it_is_ended_with_the_server_by_force_if_it_must_be() -> None:
    async def scenario() -> None:
        world = World()
        async with world.standby:
            world.standby.open("ws://x")
            world.standby.hear(CAME)
            await asyncio.sleep(1.0)
        assert world.started[0].signals == ["terminate", "kill"]

    run(scenario)


@pytest.mark.parametrize("authority", [None, Path("/certificate.pem")])
async def test_the_process_trusts_the_certificate_that_the_server_shows(
    authority: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []

    async def execute(*_command: str, env: dict[str, str], **_quiet: int) -> None:
        seen.append(env)

    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr(asyncio, "create_subprocess_exec", execute)
    await start_with(authority)(["hairpin"])
    assert seen[0].get("SSL_CERT_FILE") == (None if authority is None else str(authority))
    assert "PATH" in seen[0]
