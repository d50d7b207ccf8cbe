"""A call from the first line it prints to a clean stop."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from hairpin.calling.guest import Keeping
from hairpin.calling.manners import CallManners
from hairpin.calling.media import Media
from hairpin.calling.party import Party
from hairpin.calling.plan import CallPlan, Doing
from hairpin.calling.recordings import Recordings
from hairpin.calling.results import CallResult
from hairpin.calling.screen import Screen
from peer import ConfigurationError, Room, join

#: Ctrl-C gives everything that is open so long to close, and then a last moment (seconds).
CLOSING, LAST_MOMENT = 0.6, 0.2
STOPPED = "stopped here"


async def run_call(plan: CallPlan, screen: Screen, *, stdin: int = 0) -> CallResult:
    """Call until the others leave, the input ends, or SIGINT or SIGTERM comes.

    Raises:
        signaling.SignalingError: The server cannot be reached, or refuses.
        PeerError: The settings make no sense, or the room is full.
    """
    result = CallResult(plan.room)
    await until_stopped(_call(plan, screen, result, stdin), result)
    screen.clear()
    return result


async def until_stopped(work: Coroutine[Any, Any, None], result: CallResult) -> None:
    """Do something until its end, or until SIGINT or SIGTERM comes."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    calling = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({calling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if calling.done():
            calling.result()
        else:
            for each in (result, *result.others):
                each.reason = each.reason or STOPPED
            await _cancel(calling)
    finally:
        if not calling.done():  # this task was cancelled itself
            await _cancel(calling)
        stopping.cancel()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _cancel(task: asyncio.Task[None]) -> None:
    """Let everything close, within a deadline whatever the network does."""
    for patience in (CLOSING, LAST_MOMENT):
        task.cancel()
        await asyncio.wait([task], timeout=patience)
    if task.done() and not task.cancelled():
        task.exception()  # what closing ran into does not matter any more


async def _call(plan: CallPlan, screen: Screen, result: CallResult, stdin: int) -> None:
    media = Media(plan.play, plan.picture, plan.name or "hairpin", sends=plan.sends_pattern)
    recordings = None if plan.record is None else Recordings(plan.record)
    try:
        keeping = Keeping(recordings, None if plan.save is None else made(plan.save))
        party = Party(result, screen, keeping, lambda s: CallManners(plan.doing, s, media, screen))
        screen.say(f"Connecting to {plan.url} ...")
        joining = join(
            plan.url,
            plan.room,
            plan.configuration,
            name=plan.name,
            key=plan.key,
            meta=plan.meta,
            equip=media.equip,
        )
        async with _diagnosing(plan, screen, result, joining) as room:
            if not room.sessions:
                screen.say(f"Nobody is in {plan.room} yet: waiting. Stop with Ctrl-C.")
            reason = await party.stay(
                room, stdin=stdin if plan.doing is Doing.CHAT else None, wait=plan.wait
            )
            for each in (result, *result.others):
                each.reason = each.reason or reason
    finally:
        media.stop()
        if recordings is not None:
            await recordings.close()
            result.recorded = recordings.written


@contextlib.asynccontextmanager
async def _diagnosing(
    plan: CallPlan, screen: Screen, result: CallResult, joining: AbstractAsyncContextManager[Room]
) -> AsyncIterator[Room]:
    """Be in the room, with diagnoses where they were asked for; who asked for none loads nothing of them."""
    if not plan.diagnoses.are_wanted:
        async with joining as room:
            yield room
        return
    from hairpin.calling.diagnosing import Diagnosing  # noqa: PLC0415 - it loads all of the diagnosis

    async with Diagnosing(plan.diagnoses, screen, result) as diagnosing, joining as room:
        if plan.diagnoses.make:
            diagnosing.watch(room)
        yield room


def made(directory: Path) -> Path:
    """A directory that is there.

    Raises:
        ConfigurationError: It cannot be made.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigurationError(f"cannot save files in {directory}: {reason}") from error
    return directory


def run(main: Coroutine[Any, Any, CallResult]) -> CallResult:
    """Run a call in an event loop of its own."""
    with asyncio.Runner() as runner:
        return runner.run(main)
