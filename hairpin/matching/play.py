"""The two sides of a game for bots: the host, whose table counts, and the guest, who takes what it sees for true.

Both are cores: what came goes in, a tick at a time, and what is to be sent comes out. In a page the guest also
plays ahead of the host (`pages/game/play.js`); a bot is as late as its line is, which makes it no worse company.
"""

from dataclasses import dataclass, field
from typing import Final

from hairpin.matching.brain import Brain
from hairpin.matching.rink import STEP, Kind, Phase, Point, Rink, home, opened, step, within
from hairpin.matching.wire import (
    Away,
    Begin,
    Goal,
    Over,
    Said,
    Snapshot,
    Stalled,
    Target,
    encode_snapshot,
    encode_target,
)

TICK: Final = 2 * STEP
_ROUNDS: Final = 65536


@dataclass(frozen=True, slots=True)
class Out:
    """What is to be sent after a tick."""

    moves: bytes | None = None
    events: tuple[Said, ...] = field(default_factory=tuple)


class Player:
    """What host and guest have in common.

    Attributes:
        round: Of the game; 0 before the first.
        score: Side 0 first.
        is_over: Whether the round is.
    """

    side = 0

    def __init__(self, brain: Brain) -> None:
        self._brain = brain
        self._rink = opened()
        self._number = 0
        self._is_away = False
        self.round = 0
        self.score = (0, 0)
        self.is_over = False

    @property
    def rink(self) -> Rink:
        """The table as this side has it."""
        return self._rink

    def hear(self, said: Said) -> None:
        """Take what the other side says on the channel of events."""
        if isinstance(said, Away):
            self._is_away = said.away

    def receive(self, move: Snapshot | Target) -> None:
        """Take a move; the newest wins."""
        raise NotImplementedError

    def tick(self) -> Out:
        """Let a tick pass."""
        raise NotImplementedError


class Host(Player):
    """The side whose table counts."""

    side = 0

    def __init__(self, brain: Brain) -> None:
        super().__init__(brain)
        self._heard = 0
        self._theirs = Point(home(1).x, home(1).y)

    def begin(self) -> Begin:
        """Begin a round; the sides take turns in serving."""
        server = self.round % 2
        self.round = (self.round + 1) % _ROUNDS
        self._rink = opened(server)
        self._heard = 0
        self._theirs = Point(home(1).x, home(1).y)
        self.score, self.is_over = (0, 0), False
        return Begin(self.round, server)

    def receive(self, move: Snapshot | Target) -> None:
        """Take where the guest wants to be."""
        if not isinstance(move, Target) or move.round != self.round or move.number <= self._heard:
            return
        self._heard = move.number
        self._theirs = within(1, *move.where)

    def tick(self) -> Out:
        """Play on the table that counts."""
        if not self.round:
            return Out()
        self._number += 1
        events: list[Said] = []
        mine = self._brain.decide(self._rink, TICK)
        for _ in range(0 if self._is_away else 2):
            for happened in step(self._rink, (mine, self._theirs)):
                events += self._tell(happened.kind, happened.by)
        snapshot = Snapshot(self.round, self._number, self._heard, self._rink)
        return Out(encode_snapshot(snapshot), tuple(events))

    def _tell(self, kind: Kind, by: int) -> list[Said]:
        if kind is Kind.STALLED:
            return [Stalled(self.round, by)]
        if kind is not Kind.GOAL:
            return []
        self.score = self._rink.score
        said: list[Said] = [Goal(self.round, by, self.score)]
        if self._rink.phase is Phase.OVER:
            self.is_over = True
            said.append(Over(self.round, by, self.score))
        return said


class Guest(Player):
    """The other side."""

    side = 1

    def __init__(self, brain: Brain) -> None:
        super().__init__(brain)
        self._newest = 0

    def hear(self, said: Said) -> None:
        """Take what the host says."""
        super().hear(said)
        if isinstance(said, Begin):
            self.round, self.score, self.is_over = said.round, (0, 0), False
            self._rink = opened(said.server)
            self._number = self._newest = 0
        elif isinstance(said, Goal | Over) and said.round == self.round:
            self.score = said.score
            self.is_over = self.is_over or isinstance(said, Over)

    def receive(self, move: Snapshot | Target) -> None:
        """Take the host's table."""
        if isinstance(move, Snapshot) and move.round == self.round and move.number > self._newest:
            self._newest = move.number
            self._rink = move.rink

    def tick(self) -> Out:
        """Say where the mallet should be."""
        if not self.round:
            return Out()
        self._number += 1
        where = self._brain.decide(self._rink, TICK)
        return Out(encode_target(Target(self.round, self._number, where)))
