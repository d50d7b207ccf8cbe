"""A call from the first line it prints to a clean stop."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from hairpin.calling.media import Media
from hairpin.calling.messages import Conversation
from hairpin.calling.plan import CallPlan, Doing
from hairpin.calling.results import CallResult
from hairpin.calling.screen import Screen
from peer import Channel, PeerError, Session, meet

#: Ctrl-C gives everything that is open so long to close, and then a last moment (seconds).
CLOSING, LAST_MOMENT = 0.6, 0.2


async def run_call(plan: CallPlan, screen: Screen, *, stdin: int = 0) -> CallResult:
    """Call until the other side leaves, the input ends, or SIGINT or SIGTERM comes.

    Raises:
        signaling.SignalingError: The server cannot be reached, or refuses.
        PeerError: The settings make no sense.
        InterruptedError: It was stopped before anybody was there.
    """
    result = CallResult(plan.room)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    calling = asyncio.create_task(_call(plan, screen, result, stdin))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({calling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not calling.done():
            _note(result)
            result.reason = "stopped here"
            await _cancel(calling)
        else:
            calling.result()
    finally:
        if not calling.done():  # this task was cancelled itself
            await _cancel(calling)
        stopping.cancel()
        screen.clear()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return result


async def _cancel(task: asyncio.Task[None]) -> None:
    """Let everything close, within a deadline whatever the network does."""
    for patience in (CLOSING, LAST_MOMENT):
        task.cancel()
        await asyncio.wait([task], timeout=patience)
    if task.done() and not task.cancelled():
        task.exception()  # what closing ran into does not matter any more


async def _call(plan: CallPlan, screen: Screen, result: CallResult, stdin: int) -> None:
    media = Media(plan.play, plan.record, sends=plan.sends_pattern, echoes=plan.doing is Doing.ECHO)
    screen.say(f"Connecting to {plan.url} ...")
    async with meet(plan.url, plan.room, plan.configuration, name=plan.name) as session:
        result.session = session
        media.send(session)
        if session.remote is None:
            screen.say(f"Nobody is in {plan.room} yet: waiting. Stop with Ctrl-C.")
        try:
            channel = await session.connected()
        except PeerError as error:
            _note(result)
            result.reason = str(error)
            await media.stop()
            return
        result.connected = True
        assert session.remote is not None
        screen.connected(session.remote, session.path)
        taking = asyncio.create_task(media.take(session))
        try:
            await _talk(plan, screen, result, session, channel, stdin)
        finally:
            taking.cancel()
            await asyncio.wait({taking})
            await media.stop()
            result.tracks = media.received


async def _talk(
    plan: CallPlan,
    screen: Screen,
    result: CallResult,
    session: Session,
    channel: Channel,
    stdin: int,
) -> None:
    conversation = Conversation(channel, plan.doing, screen.line, stdin=stdin)
    result.counts = conversation.counts
    watching = asyncio.create_task(screen.watch(session))
    talking = asyncio.create_task(conversation.run())
    ending = asyncio.create_task(session.ended())
    try:
        await asyncio.wait({talking, ending}, return_when=asyncio.FIRST_COMPLETED)
        _note(result)
        result.reason = await _reason(talking, ending)
    finally:
        for task in (watching, talking, ending):
            task.cancel()
        await asyncio.wait({watching, talking, ending})


async def _reason(talking: asyncio.Task[None], ending: asyncio.Task[str]) -> str:
    """Why it ended: the channel closes a moment before the session says why."""
    if not ending.done():
        await asyncio.wait({ending}, timeout=LAST_MOMENT)
    if ending.done():
        return ending.result()
    talking.result()
    return "everything was said"


def _note(result: CallResult) -> None:
    """Keep what is known of the connection, while it is."""
    if result.session is not None and (report := result.session.report()) is not None:
        result.report = report
        result.explanation = result.session.explain()
        now = asyncio.get_running_loop().time()
        result.offset = now - result.session.timeline.origin - report.taken_at


def run(main: Coroutine[Any, Any, CallResult]) -> CallResult:
    """Run a call in an event loop of its own."""
    with asyncio.Runner() as runner:
        return runner.run(main)
