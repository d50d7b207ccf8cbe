"""Bots that stand by: one waits in the queue, and when it is matched another takes its place."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Final

import signaling
from hairpin.matching.bot import Bot, Played, Stage, take_turn

MOST: Final = 4
"""Games at once."""


async def stand_by(
    bot: Bot,
    *,
    most: int = MOST,
    idle: float | None = None,
    random: Random | None = None,
    played: Callable[[Played], None] = lambda _played: None,
) -> None:
    """Play with whoever comes, until cancelled; or, with `idle`, until nobody has come for so long.

    Raises:
        signaling.SignalingError: The server cannot be reached, or has no such queue.
    """
    random = random or Random()
    async with asyncio.TaskGroup() as group:
        places = asyncio.Semaphore(most)
        while True:
            await places.acquire()
            matched = asyncio.Event()

            def told(stage: Stage, matched: asyncio.Event = matched) -> None:
                if stage is not Stage.WAITING:
                    matched.set()

            turn = group.create_task(_turn(bot, random, told, played, places))
            try:
                async with asyncio.timeout(idle):
                    await _either(matched, turn)
            except TimeoutError:
                turn.cancel()
                return


async def _turn(
    bot: Bot,
    random: Random,
    told: Callable[[Stage], None],
    played: Callable[[Played], None],
    places: asyncio.Semaphore,
) -> None:
    try:
        played(await take_turn(bot, random, told))
    except signaling.TicketOverError:
        pass  # nobody came for as long as the queue lets a ticket wait
    finally:
        places.release()


async def _either(matched: asyncio.Event, turn: asyncio.Task[None]) -> None:
    """Wait until a turn has a match, or is over without one."""
    waiting = asyncio.create_task(matched.wait())
    try:
        await asyncio.wait({waiting, turn}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
