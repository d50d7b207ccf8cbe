"""One game over one session: reads, passes in, sends what comes out, sixty times a second."""

import asyncio
import contextlib
import enum
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from hairpin.matching.brain import Brain, Skill
from hairpin.matching.play import TICK, Guest, Host, Player
from hairpin.matching.wire import (
    MOVES,
    MOVES_OPTIONS,
    VERSION,
    Again,
    Hello,
    Said,
    read_event,
    read_move,
    say,
)
from peer import Channel, ChannelClosedError, Path, PeerError, Session

CONNECT: Final = 20.0
"""Seconds for a connection to the other player."""
_LATE: Final = 0.25  # seconds behind which nothing is made up for
_FULL: Final = 4096  # bytes that wait: positions that come later are better than these
_AFTERWARDS: Final = 30.0  # seconds in which another round may be asked for


class Ending(enum.Enum):
    """How a game ended."""

    FINISHED = "finished"
    """Somebody has won."""
    TIME = "time is up"
    LEFT = "the other left"
    FAILED = "not connected"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a game.

    Attributes:
        score: Ours first, of the last round.
        other: The other player's name, and whether it is a bot; empty if it never said so.
        path: Which way the packets went.
        round_trip: Seconds, as measured last.
        reason: In words, where it ended before its time.
    """

    ending: Ending
    score: tuple[int, int] = (0, 0)
    other: str = ""
    is_bot: bool = False
    path: Path | None = None
    round_trip: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gamer:
    """Who plays: a name, how well, and where its errors come from."""

    name: str
    skill: Skill
    random: Random


async def play(
    session: Session,
    player: Gamer,
    *,
    hosts: bool,
    seconds: float | None = None,
    stays: bool = False,
    begun: Callable[[], None] = lambda: None,
) -> Outcome:
    """Play until somebody has won, leaves, or the time is up.

    Args:
        session: With the other player.
        hosts: Whether our table counts.
        seconds: After which it ends, however it stands.
        stays: Whether to be there for another round afterwards, if the other asks for one.
        begun: Called when the game begins.
    """
    game: _Game | None = None
    try:
        async with asyncio.timeout(CONNECT):
            channel = await session.connected()
            moves = await session.open_channel(MOVES, **MOVES_OPTIONS)
        game = _Game(channel, moves, player, hosts=hosts, stays=stays, begun=begun)
        async with asyncio.timeout(seconds):
            ending = await game.run()
        reason = "" if ending is Ending.FINISHED else _why(session)
    except TimeoutError:
        ending, reason = Ending.TIME, ""
        if game is None:
            ending, reason = Ending.FAILED, "the other player did not come, or no path was found"
    except (ChannelClosedError, PeerError) as error:
        ending, reason = (Ending.FAILED if game is None else Ending.LEFT), str(error)
    return _outcome(session, game, ending, reason)


def _outcome(session: Session, game: "_Game | None", ending: Ending, reason: str) -> Outcome:
    report = session.report()
    generations = () if report is None else report.generations
    pairs = [pair for each in generations if (pair := each.selected) is not None]
    trip = pairs[-1].round_trip if pairs else None
    if game is None:
        return Outcome(ending, path=session.path, round_trip=trip, reason=reason)
    other = game.other
    return Outcome(
        ending,
        game.score,
        "" if other is None else other.name,
        other is not None and other.bot,
        session.path,
        trip,
        reason,
    )


def _why(session: Session) -> str:
    return "" if session.end is None else session.end.reason


class _Game:
    """The two channels, and a core between them."""

    def __init__(
        self,
        channel: Channel,
        moves: Channel,
        player: Gamer,
        *,
        hosts: bool,
        stays: bool,
        begun: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._moves = moves
        self._stays = stays
        self._begun = begun
        self._has_begun = False
        core = Host if hosts else Guest
        self._core: Player = core(Brain(core.side, player.skill, player.random))
        self._over_at: float | None = None
        self._loop = asyncio.get_running_loop()
        self.other: Hello | None = None
        moves.on("message", self._moved)
        self._say(Hello(player.name, bot=True))

    @property
    def score(self) -> tuple[int, int]:
        """Ours first."""
        first, second = self._core.score
        return (first, second) if self._core.side == 0 else (second, first)

    async def run(self) -> Ending:
        """Play."""
        listening = asyncio.create_task(self._listen())
        ticking = asyncio.create_task(self._tick())
        try:
            await asyncio.wait({listening, ticking}, return_when=asyncio.FIRST_COMPLETED)
            if ticking.done():
                ticking.result()
                if not self._stays:
                    with contextlib.suppress(TimeoutError, ChannelClosedError):
                        async with asyncio.timeout(1.0):
                            await self._channel.drain()  # the last goal must arrive
            else:
                listening.result()
            return Ending.FINISHED if self._core.is_over else Ending.LEFT
        finally:
            for task in (listening, ticking):
                task.cancel()
            await asyncio.wait({listening, ticking})

    async def _listen(self) -> None:
        """Hear until the channel closes."""
        async for text in self._channel:
            said = read_event(text)
            if said is not None:
                self._hear(said)

    def _hear(self, said: Said) -> None:
        if isinstance(said, Hello):
            if said.version != VERSION:
                self._channel.close()
                return
            self.other = said
            self._begin()
        elif isinstance(said, Again) and self._core.is_over:
            self._say(Again())
            self._over_at = None
            self._begin()
        else:
            self._core.hear(said)
            self._note_begin()

    def _begin(self) -> None:
        if isinstance(self._core, Host):
            self._say(self._core.begin())
            self._note_begin()

    def _note_begin(self) -> None:
        if self._core.round and not self._has_begun:
            self._has_begun = True
            self._begun()

    def _moved(self, data: object) -> None:
        move = read_move(data)
        if move is not None:
            self._core.receive(move)

    async def _tick(self) -> None:
        """Tick until it is over, and nobody wants another round."""
        due = self._loop.time()
        while not self._is_over():
            out = self._core.tick()
            if out.moves is not None and self._has_room():
                self._moves.send(out.moves)
            self._say(*out.events)
            due = max(due + TICK, self._loop.time() - _LATE)
            await asyncio.sleep(due - self._loop.time())

    def _has_room(self) -> bool:
        return not self._moves.closed and self._moves.bufferedAmount <= _FULL

    def _is_over(self) -> bool:
        if self._channel.closed:
            return True
        if not self._core.is_over:
            return False
        now = self._loop.time()
        if self._over_at is None:
            self._over_at = now
        return not self._stays or now - self._over_at > _AFTERWARDS

    def _say(self, *all_said: Said) -> None:
        for said in all_said:
            if not self._channel.closed:
                self._channel.send(say(said))
