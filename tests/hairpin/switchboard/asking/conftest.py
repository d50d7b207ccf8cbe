"""A server that answers an operator, in a thread of this process, with members in its rooms."""

import asyncio
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import signaling
from signaling.faults import SettingsError
from signaling.operation.admin.desk import Desk, Orders
from signaling.operation.admin.listener import serve_admin


@dataclass
class Running:
    """The server, and what it was told."""

    path: Path
    loop: asyncio.AbstractEventLoop
    stack: AsyncExitStack
    url: str
    drains: list[float | None] = field(default_factory=list)
    reload_problem: str | None = None
    unchanged: tuple[str, ...] = ()

    def enter(self, peer: str, room: str) -> Any:
        """Let a member be in a room until the test ends."""

        async def enter() -> Any:
            client = await self.stack.enter_async_context(
                signaling.connect(self.url, peer=peer, steady=False)
            )
            await client.join(room)
            return client

        return asyncio.run_coroutine_threadsafe(enter(), self.loop).result(60)

    def removed(self, client: Any) -> Any:
        """Wait until a member hears that it was put out."""

        async def hear() -> Any:
            async for event in client.events():
                if isinstance(event, signaling.Removed):
                    return event
            return None

        return asyncio.run_coroutine_threadsafe(hear(), self.loop).result(60)

    def drain(self, seconds: float | None) -> float:
        self.drains.append(seconds)
        return 30.0 if seconds is None else seconds

    def reload(self) -> tuple[str, ...]:
        if self.reload_problem is not None:
            raise SettingsError(self.reload_problem)
        return self.unchanged


@pytest.fixture
def running() -> Iterator[Running]:
    started: Future[Running] = Future()
    stop = asyncio.Event()

    async def serve(path: Path) -> None:
        loop = asyncio.get_running_loop()
        async with signaling.serve() as server, AsyncExitStack() as stack:
            made = Running(path, loop, stack, server.url)
            desk = Desk(server, Orders(made.drain, made.reload), process=42, since=loop.time())
            async with serve_admin(path, lambda line: desk.answer(line, loop.time())):
                started.set_result(made)
                await stop.wait()

    with tempfile.TemporaryDirectory(prefix="hp") as directory:
        thread = threading.Thread(target=lambda: asyncio.run(serve(Path(directory, "s"))))
        thread.start()
        made = started.result(60)
        yield made
        made.loop.call_soon_threadsafe(stop.set)
        thread.join(30)


@pytest.fixture
def ask(run_signaling: Any, running: Running) -> Callable[..., Any]:
    """Run a command that asks that server."""
    return lambda *arguments: run_signaling(*arguments, "--admin", str(running.path))
