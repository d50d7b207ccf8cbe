"""A player that is a program: it waits in a queue, is matched, connects, plays, and tells the result."""

import asyncio
import contextlib
import enum
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

import signaling
from hairpin.matching.brain import Skill
from hairpin.matching.game import CONNECT, Ending, Gamer, Outcome, play
from peer import Configuration, PeerError, meet_match

_GOODBYE: Final = 2.0


class Stage(enum.Enum):
    """Where a bot is."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    PLAYING = "playing"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """One bot, and where it plays.

    Attributes:
        url: Of the signaling server.
        fills: Whether it plays only with those who have waited for long, as `bots_after` of the queue says. It calls
            itself strict, however open its network is, and so hosts last: two are connected whoever hosts, and a
            person sees a table of its own without delay.
        openness: How well others reach it, as it tells the queue.
        seconds: After which a game ends, however it stands.
        stays: Whether it is there for another round.
    """

    name: str
    url: str
    queue: str
    fills: bool = False
    openness: signaling.Openness = signaling.Openness.UNKNOWN
    seconds: float | None = None
    stays: bool = False
    skill: Skill = field(default_factory=Skill)
    configuration: Configuration = field(
        default_factory=lambda: Configuration(meeting_deadline=CONNECT)
    )


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a bot's turn.

    Attributes:
        match: Its id; empty if there was none.
        waited: Seconds in the queue.
        connected: Seconds from the match to the first word.
        team: 0 or 1.
        hosts: Whether its table counted.
    """

    bot: str
    match: str
    waited: float
    outcome: Outcome
    connected: float | None = None
    team: int = 0
    hosts: bool = False


async def take_turn(
    bot: Bot,
    random: Random,
    told: Callable[[Stage], None] = lambda _stage: None,
    *,
    wait: float | None = None,
) -> Played:
    """Wait for a match and play it.

    Args:
        told: Hears where it is.
        wait: Seconds for a match.

    Raises:
        signaling.SignalingError: The server cannot be reached, or has no such queue.
        TimeoutError: No match came in time.
    """
    loop = asyncio.get_running_loop()
    async with signaling.connect(bot.url) as client:
        came = loop.time()
        openness = signaling.Openness.STRICT if bot.fills else bot.openness
        ticket = await client.enqueue(bot.queue, bot=bot.fills, openness=openness)
        told(Stage.WAITING)
        async with ticket, asyncio.timeout(wait):
            match = await ticket.match()
        found = loop.time()
        told(Stage.CONNECTING)
        met: list[float] = []

        def begun() -> None:
            met.append(loop.time() - found)
            told(Stage.PLAYING)

        gamer = Gamer(bot.name, bot.skill, random)
        try:
            async with meet_match(client, match, bot.configuration) as session:
                outcome = await play(
                    session,
                    gamer,
                    hosts=match.started.hosts,
                    seconds=bot.seconds,
                    stays=bot.stays,
                    begun=begun,
                )
        except PeerError as error:
            outcome = Outcome(Ending.FAILED, reason=str(error))
        await _tell(match, outcome)
        told(Stage.OVER)
    played = Played(
        bot.name,
        match.id,
        found - came,
        outcome,
        team=match.team,
        hosts=match.started.hosts,
    )
    return replace(played, connected=met[0]) if met else played


async def _tell(match: signaling.Match, outcome: Outcome) -> None:
    """Tell the server how it went; that it may not listen any more is no matter."""
    with contextlib.suppress(signaling.SignalingError, TimeoutError):
        async with asyncio.timeout(_GOODBYE):
            if outcome.ending is Ending.FINISHED and match.started.hosts:
                await match.finish({"score": outcome.score})
            elif outcome.ending is not Ending.FINISHED:
                await match.quit(outcome.ending.value)
