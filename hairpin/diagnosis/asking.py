"""Asks on the real network, told to a terminal while it lasts, until it is done or Ctrl-C."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from typing import Final

from hairpin.diagnosis.progress import shown
from nat.discovery import Evidence, Plan, Wish
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import Collecting
from nat.discovery.network import Network

_TICK: Final = 1.0
"""Seconds after which a terminal is told again how long it takes still."""
_AROUND_A_WAIT: Final = 15.0
"""Seconds that are needed before the longest wait and after it."""
_CLOSING: Final = 0.7
"""Seconds that what was begun has to end, so that Ctrl-C is heard within one."""


async def ask(plan: Plan, network: Network | None = None, *, quiet: bool = False) -> Evidence:
    """Collect evidence; what is known by then, if somebody presses Ctrl-C."""
    with shown(_lasting(plan), wanted=not quiet) as teller, stopping() as stop:
        listener = None if teller is None else teller.listen
        collecting = Collecting(plan, network or AsyncioNetwork(), listener)
        work = asyncio.create_task(collecting.run(), name="diagnosis")
        stopped = asyncio.create_task(stop.wait(), name="Ctrl-C")
        while not (work.done() or stopped.done()):
            await asyncio.wait((work, stopped), timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
            if teller is not None:
                teller.tell()
        stopped.cancel()
        if work.done():
            return work.result()
        evidence = collecting.evidence()
        work.cancel()
        await asyncio.wait((work,), timeout=_CLOSING)
        return evidence


def _lasting(plan: Plan) -> float:
    """Seconds that it takes at most, about."""
    if Wish.LIFETIME not in plan.wishes or not plan.lifetimes:
        return plan.deadline
    waits = 2 if plan.precise else 1
    return waits * (max(plan.lifetimes) + _AROUND_A_WAIT)


@contextlib.contextmanager
def stopping() -> Iterator[asyncio.Event]:
    """From now on SIGINT and SIGTERM set an event, as long as the context lasts."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
