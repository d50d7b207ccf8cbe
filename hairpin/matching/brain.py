"""Where a bot wants its mallet, from what it sees: it follows the puck, and is slow enough to be beaten."""

import math
from dataclasses import dataclass
from random import Random
from typing import Final

from hairpin.matching.rink import GOAL, HEIGHT, PUCK, WIDTH, Phase, Point, Rink, home, within

_GUARD: Final = 0.2  # before its own wall
_STILL: Final = 0.02
_READY: Final = 0.04  # near enough to where it strikes from
_FOR: Final = 0.3  # seconds that a strike takes
_HURRY: Final = 2.0  # how much faster a hand is then
_SLOW: Final = 0.35  # a puck that is slower can be struck with care


@dataclass(frozen=True, slots=True)
class Skill:
    """How well it plays.

    Attributes:
        speed: Of its hand, in widths of the table a second.
        error: How far off it aims, at most.
        wind_up: From how far behind the puck it strikes.
    """

    speed: float = 1.0
    error: float = 0.16
    wind_up: float = 0.16


class Brain:
    """One bot's hand.

    Args:
        side: That it plays.
        skill: How well.
        random: Where its errors come from.
    """

    def __init__(self, side: int, skill: Skill, random: Random) -> None:
        self._side = side
        self._skill = skill
        self._random = random
        self._error = 0.0
        self._coming = False
        self._striking = 0.0
        self._aim = WIDTH / 2
        self._hand = Point(home(side).x, home(side).y)

    def decide(self, rink: Rink, seconds: float) -> Point:
        """Say where the mallet should be next, as far as a hand gets in so many seconds."""
        self._striking = max(0.0, self._striking - seconds)
        wanted = self._wanted(rink)
        dx, dy = wanted.x - self._hand.x, wanted.y - self._hand.y
        far = math.hypot(dx, dy)
        hurry = _HURRY if self._striking else 1.0
        part = min(1.0, self._skill.speed * hurry * seconds / far) if far else 1.0
        self._hand = within(self._side, self._hand.x + dx * part, self._hand.y + dy * part)
        return self._hand

    def _wanted(self, rink: Rink) -> Point:
        """Wait, guard the goal, get behind the puck, or strike."""
        toward = 1.0 if self._side == 0 else -1.0  # where its own wall is
        puck = rink.puck
        near = HEIGHT - puck.y if self._side == 0 else puck.y
        coming = puck.vy * toward > _STILL
        if coming and not self._coming:
            self._error = self._random.uniform(-1.0, 1.0) * self._skill.error
            self._aim = self._random.uniform(0.5 - GOAL, 0.5 + GOAL)
        self._coming = coming
        if rink.phase is Phase.OVER:
            return Point(WIDTH / 2, home(self._side).y)
        is_mine = near < HEIGHT / 2 + PUCK
        if rink.phase is Phase.PLAY and is_mine and puck.vy * toward < _SLOW:
            return self._strike(rink)
        # Between the puck and the goal, the nearer to the goal the further away the puck is.
        wall = HEIGHT if self._side == 0 else 0.0
        guard = WIDTH / 2 + (puck.x - WIDTH / 2) * (0.75 if is_mine else 0.5)
        return Point(guard + self._error, wall - toward * _GUARD)

    def _strike(self, rink: Rink) -> Point:
        """Get behind the puck as seen from where it should go, then through it."""
        puck = rink.puck
        goal = 0.0 if self._side == 0 else HEIGHT
        ahead_x, ahead_y = self._aim - puck.x, goal - puck.y
        far = math.hypot(ahead_x, ahead_y)
        ahead_x, ahead_y = ahead_x / far, ahead_y / far
        back = self._skill.wind_up
        stance = within(self._side, puck.x - ahead_x * back, puck.y - ahead_y * back)
        if math.hypot(stance.x - self._hand.x, stance.y - self._hand.y) < _READY:
            self._striking = _FOR
        if self._striking:
            return Point(puck.x + ahead_x * 0.1, puck.y + ahead_y * 0.1)
        return stance
