"""Bots that play with each other, all at once: who met whom, and what became of it."""

import asyncio
import logging
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final, Literal

import signaling
from hairpin.console import stderr
from hairpin.matching.bot import Bot, Played, take_turn
from hairpin.matching.duel import DUEL
from hairpin.matching.game import CONNECT, Ending
from hairpin.services import Services, serve
from peer import Configuration, ConfigurationError
from peer.openness import measure_openness

_LOOPBACK: Final = "127.0.0.1"


class NoServerError(Exception):
    """The server is not reached, or does not let a player wait; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who plays, where, and for how long (seconds).

    Attributes:
        openness: How well others reach this machine; None to find it out. On a server of its own there is nothing to
            find out.
    """

    queue: str
    players: int
    server: str | None
    seconds: float
    wait: float
    seed: int
    openness: signaling.Openness | None = None

    @property
    def measures(self) -> bool:
        """Whether it is to be found out how well others reach this machine."""
        return self.openness is None and self.server is not None


@dataclass(frozen=True, slots=True)
class Match:
    """A match as its players tell it, the first team first; one of them may have told nothing."""

    id: str
    players: tuple[Played, ...]

    @property
    def is_connected(self) -> bool:
        """Whether each of them has played."""
        return len(self.players) > 1 and all(
            one.outcome.ending is not Ending.FAILED and one.connected is not None
            for one in self.players
        )

    @property
    def score(self) -> tuple[int, int]:
        """The first player's goals first."""
        return self.players[0].outcome.score


@dataclass(frozen=True, slots=True)
class Evening:
    """What was played.

    Attributes:
        unmatched: The names of those whom nobody came to play with.
        openness: How well others reach this machine, as the players told the queue.
    """

    plan: Plan
    played: tuple[Played, ...]
    unmatched: tuple[str, ...]
    was_stopped: bool = False
    openness: signaling.Openness = signaling.Openness.UNKNOWN
    matches: tuple[Match, ...] = field(init=False)

    def __post_init__(self) -> None:
        by_match: dict[str, list[Played]] = {}
        for one in self.played:
            by_match.setdefault(one.match, []).append(one)
        matches = (
            Match(name, tuple(sorted(players, key=lambda each: (each.team, each.bot))))
            for name, players in by_match.items()
        )
        object.__setattr__(self, "matches", tuple(matches))

    @property
    def is_fine(self) -> bool:
        """Whether everybody was matched, and connected."""
        return not self.unmatched and all(match.is_connected for match in self.matches)


def claim(word: str) -> signaling.Openness | None:
    """Read how well others reach this machine; None where the word is none of the queue's, so it is found out."""
    return next((each for each in signaling.Openness if each.value == word), None)


def run(plan: Plan) -> Evening:
    """Play in an event loop of its own, until all is played or Ctrl-C.

    Raises:
        NoServerError: The server is not reached, or has no such queue.
    """
    return asyncio.run(play(plan))


async def play(plan: Plan) -> Evening:
    """Play in the event loop that runs, of the main thread; as `run` in all else."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    async with _server(plan) as (url, configuration):
        stopping = asyncio.create_task(stop.wait())
        turns: dict[str, asyncio.Task[Played | None]] = {}
        try:
            with stderr().status(f"{plan.players} bots play in {plan.queue} ..."), _as_sentence():
                openness = await _openness(plan, url, stopping)
                bots = _bots(plan, url, configuration, openness)
                random = Random(plan.seed)
                for bot in bots:
                    turn = _turn(bot, Random(random.random()), plan.wait)
                    turns[bot.name] = asyncio.create_task(turn)
                await _all_or(stopping, turns)
        finally:
            for task in (*turns.values(), stopping):
                task.cancel()
            await asyncio.wait({*turns.values(), stopping})
    evening = _evening(plan, turns, was_stopped=stop.is_set())
    return replace(evening, openness=openness)


def _bots(
    plan: Plan, url: str, configuration: Configuration, openness: signaling.Openness
) -> list[Bot]:
    return [
        Bot(
            name=f"bot {number}",
            url=url,
            queue=plan.queue,
            seconds=plan.seconds,
            configuration=configuration,
            openness=openness,
        )
        for number in range(1, plan.players + 1)
    ]


async def _openness(
    plan: Plan, url: str, stopping: asyncio.Task[Literal[True]]
) -> signaling.Openness:
    """How well others reach this machine, which is the same for all who play on it."""
    if not plan.measures:
        return plan.openness or signaling.Openness.UNKNOWN
    measuring = asyncio.create_task(_measure(url))
    try:
        await asyncio.wait({measuring, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return measuring.result() if measuring.done() else signaling.Openness.UNKNOWN
    finally:
        measuring.cancel()
        await asyncio.wait({measuring})


async def _measure(url: str) -> signaling.Openness:
    async with signaling.connect(url) as client:
        try:
            return await measure_openness(client.ice_servers)
        except ConfigurationError:  # whoever connects tells
            return signaling.Openness.UNKNOWN


async def _all_or(
    stopping: asyncio.Task[Literal[True]], turns: dict[str, asyncio.Task[Played | None]]
) -> None:
    """Wait until all have played, one has failed, or it is to be stopped."""
    left: set[asyncio.Task[Any]] = set(turns.values())
    while left and not stopping.done():
        done, _ = await asyncio.wait({*left, stopping}, return_when=asyncio.FIRST_COMPLETED)
        left -= done
        for task in done:
            task.result()


@contextmanager
def _as_sentence() -> Iterator[None]:
    """What the server refuses, and that it is not reached, as what is told."""
    try:
        yield
    except signaling.RefusedError as error:
        raise NoServerError(f"The server does not let a player wait: {error.message}.") from error
    except signaling.SignalingError as error:
        raise NoServerError(f"The server is not reached: {error.message}.") from error
    except OSError as error:
        raise NoServerError(f"The server is not reached: {error}.") from error


async def _turn(bot: Bot, random: Random, wait: float) -> Played | None:
    """Play a turn; None for a player with whom nobody played."""
    try:
        return await take_turn(bot, random, wait=wait)
    except (TimeoutError, signaling.TicketOverError):
        return None


def _evening(
    plan: Plan, turns: dict[str, asyncio.Task[Played | None]], *, was_stopped: bool
) -> Evening:
    played = {
        name: task.result()
        for name, task in turns.items()
        if not task.cancelled() and task.exception() is None
    }
    unmatched = tuple(name for name, one in played.items() if one is None)
    return Evening(
        plan, tuple(one for one in played.values() if one is not None), unmatched, was_stopped
    )


@asynccontextmanager
async def _server(plan: Plan) -> AsyncIterator[tuple[str, Configuration]]:
    """The server that is named, or one for this evening alone, on the loopback."""
    if plan.server is not None:
        yield plan.server, Configuration(meeting_deadline=CONNECT)
        return
    services = Services(
        signaling_address=(_LOOPBACK, 0),
        relay_address=(_LOOPBACK, 0),
        secret=secrets.token_urlsafe(24),
        queues=(DUEL,),
    )
    configuration = Configuration(meeting_deadline=CONNECT, host_addresses=(_LOOPBACK,))
    with _quiet():
        async with serve(services) as running:
            yield running.signaling_url, configuration


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the lines of a server's log that say to an operator what the command tells its user."""
    logger = logging.getLogger("signaling")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
