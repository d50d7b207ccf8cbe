"""`hairpin relay` as an operator uses it: in this process, or in one of its own."""

import asyncio
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aioice.turn
import pytest
from typer.testing import CliRunner

from hairpin.relaying.commands import app

LONGEST = 120.0
COMMAND = [sys.executable, "-m", "hairpin", "relay", "--listen", "127.0.0.1:0"]


class Client(asyncio.DatagramProtocol):
    """A TURN client that knows when its allocation is given back."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


class Process:
    """A relay in a process of its own."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen

    def address_of(self, listener: str) -> str:
        """Read the announcement until the listener's row."""
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            cells = [cell.strip() for cell in line.strip("│\n ").split("│")]
            if cells[0] == listener:
                return cells[1]
        raise AssertionError(self.popen.communicate()[1])

    def server(self) -> tuple[str, int]:
        """Where it serves over UDP."""
        host, port = self.address_of("UDP").split(":")
        return host, int(port)

    def read_line(self) -> str:
        assert self.popen.stdout is not None
        return self.popen.stdout.readline()

    def hear(self, words: str) -> str:
        """Read what it complains of, up to the line with these words."""
        assert self.popen.stderr is not None
        lines: Iterable[str] = self.popen.stderr
        found = next((line for line in lines if words in line), None)
        assert found is not None, f"never said: {words}"
        return found

    def stop(self) -> tuple[str, str]:
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.communicate(timeout=LONGEST / 2)


@contextmanager
def start(*arguments: str) -> Iterator[Process]:
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as popen:
        watchdog = threading.Timer(LONGEST, popen.kill)  # who reads from it waits no longer
        watchdog.start()
        try:
            yield Process(popen)
        finally:
            watchdog.cancel()
            popen.kill()


@pytest.fixture
def start_relay() -> Callable[..., Any]:
    """A relay that does not outlive the test whatever happens."""
    return start


@pytest.fixture
def run_relay() -> Callable[..., Any]:
    """Run the command here, for what ends by itself."""

    def run(*arguments: str, **env: str) -> Any:
        wide = {"COLUMNS": "200", "NO_COLOR": "1", **env}
        return CliRunner().invoke(app, list(arguments), env=wide)

    return run


@asynccontextmanager
async def allocation(
    server: tuple[str, int], user: str = "alice", password: str = "wonder"
) -> AsyncIterator[tuple[str, int]]:
    transport, client = await aioice.turn.create_turn_endpoint(Client, server, user, password)
    yield transport.get_extra_info("sockname")
    transport.close()
    async with asyncio.timeout(LONGEST / 2):
        await client.closed.wait()


@pytest.fixture
def allocate() -> Callable[..., AbstractAsyncContextManager[tuple[str, int]]]:
    """Hold an allocation as long as the context lasts, and wait until it is given back."""
    return allocation


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory with a short name, since the path of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="hp") as made:
        yield Path(made)
