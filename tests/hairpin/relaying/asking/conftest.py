"""A relay that answers an operator, in a thread of this process, with clients that hold allocations."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import relay
from relay.admin.desk import Desk, Orders
from relay.admin.listener import serve_admin
from relay.outputs import UsersFileRead
from stunwire import Address


@dataclass
class Running:
    """The relay, and what it was told."""

    path: Path
    loop: asyncio.AbstractEventLoop
    server: relay.Server
    stack: AsyncExitStack
    allocate: Callable[..., Any]
    orders: list[str] = field(default_factory=list)
    reload_problem: str | None = None
    users_read: UsersFileRead | None = None

    def hold(self, user: str = "alice") -> tuple[str, int]:
        """Let a client hold an allocation until the test ends; give its relayed address."""
        entering = self.stack.enter_async_context(
            self.allocate(self.server.addresses[0], user, "wonder")
        )
        relayed: tuple[str, int] = asyncio.run_coroutine_threadsafe(entering, self.loop).result(60)
        return relayed

    async def reload(self) -> UsersFileRead | None:
        self.orders.append("reload")
        if self.reload_problem is not None:
            raise relay.SettingsError(self.reload_problem)
        return self.users_read

    def drain(self) -> None:
        self.orders.append("drain")
        self.server.drain()


SETTINGS = relay.Settings(
    listen=(Address("127.0.0.1", 0),),
    realm="lab",
    users={"alice": "wonder", "bob": "wonder", "\x1b[31mred": "wonder"},
    rest_secrets=("hunter2",),
)


@pytest.fixture
def running(allocate: Any, directory: Path) -> Iterator[Running]:
    started: Future[Running] = Future()
    stop = asyncio.Event()

    async def serve(path: Path) -> None:
        loop = asyncio.get_running_loop()
        async with relay.serve(SETTINGS) as server, AsyncExitStack() as stack:
            made = Running(path, loop, server, stack, allocate)
            desk = Desk(server, Orders(made.drain, made.reload), process=42, since=loop.time())
            async with serve_admin(
                path, lambda line: desk.answer(line, unix_now=1e9, now=loop.time())
            ):
                started.set_result(made)
                await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve(directory / "s")))
    thread.start()
    made = started.result(60)
    yield made
    made.loop.call_soon_threadsafe(stop.set)
    thread.join(30)
