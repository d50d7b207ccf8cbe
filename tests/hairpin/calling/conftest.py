"""Servers in this process, in a thread of their own, for commands that run in others."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from hairpin.services import Running, Services, serve

LOOPBACK = "127.0.0.1"


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """Signaling and relay on loopback."""
    ready = threading.Event()
    made: list[Running] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def main() -> None:
        services = Services(
            signaling_address=(LOOPBACK, 0), relay_address=(LOOPBACK, 0), secret="tests"
        )
        async with serve(services) as services_running:
            made.append(services_running)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    assert ready.wait(60)
    yield made[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)
    loop.close()
