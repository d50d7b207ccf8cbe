"""How a relay is told to stop: at once, or when its last allocation is gone."""

import asyncio
import signal
from collections.abc import Callable

import relay
from hairpin.console import stderr

_LOOK_INTERVAL = 0.25


def handle_signals(reload: Callable[[], None]) -> tuple[asyncio.Event, asyncio.Event]:
    """From now on SIGINT, or a second SIGTERM, sets the first event; a first SIGTERM the second.

    SIGHUP calls `reload`.
    """
    stop, drain = asyncio.Event(), asyncio.Event()

    def terminate() -> None:
        (stop if drain.is_set() else drain).set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGTERM, terminate)
    loop.add_signal_handler(signal.SIGHUP, reload)
    return stop, drain


async def until_stopped(
    server: relay.Server, stop: asyncio.Event, drain: asyncio.Event, *, quiet: bool
) -> None:
    """Wait until told to stop; or to drain, and then until the last allocation is gone."""
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(drain.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        server.drain()
        left = server.counters.allocations
        if left and not quiet:
            stderr().print(f"Draining: {left} allocations are left. SIGTERM again to stop now.")
    while server.counters.allocations and not stop.is_set():
        await asyncio.wait(waits[:1], timeout=_LOOK_INTERVAL)
    for wait in waits:
        wait.cancel()
