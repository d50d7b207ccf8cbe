"""The table of the game and its rules, one step of time at a time: what `pages/game/rink.js` is, for bots.

Lengths are in widths of the table, times in seconds. Side 0 plays at the bottom (large y), side 1 at the top.
There is no clock and no network here. A test plays both with the same moves and compares each number.
"""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

WIDTH: Final = 1.0
HEIGHT: Final = 1.6
PUCK: Final = 0.045  # radii
MALLET: Final = 0.075
GOAL: Final = 0.36  # the width of the mouth
STEP: Final = 1 / 120
WIN: Final = 5

_MOUTH: Final = (WIDTH - GOAL) / 2
_PUCK_SPEED: Final = 2.4
_MALLET_SPEED: Final = 4.0
_FRICTION: Final = 0.3  # of the speed, in a second
_WALL: Final = 0.92  # of the speed that is left after a wall
_BOUNCE: Final = 0.85  # after a mallet
_FIRST_SERVE: Final = 3.0
_SERVE: Final = 1.5
_TOO_LONG: Final = 8.0  # seconds that the puck may stay on one side


class Point(NamedTuple):
    """A place on the table."""

    x: float
    y: float


@dataclass(slots=True)
class Body:
    """What moves, and how fast."""

    x: float = 0.0
    y: float = 0.0
    vx: float = 0.0
    vy: float = 0.0


class Phase(enum.Enum):
    """Whether the puck is held before it is served, in play, or done with; the order is that of the wire."""

    SERVE = "serve"
    PLAY = "play"
    OVER = "over"


class Kind(enum.Enum):
    """What may happen in a step."""

    GOAL = "goal"
    HIT = "hit"
    WALL = "wall"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened: `by` the side that scored, struck, or has to give the puck away; -1 for a wall."""

    kind: Kind
    by: int


def home(side: int) -> Body:
    """Where a mallet waits."""
    return Body(WIDTH / 2, HEIGHT - 0.25 if side == 0 else 0.25)


@dataclass(slots=True)
class Rink:
    """A table.

    Attributes:
        left: Seconds until the puck is free.
        held: Seconds that it has been on the side where it is.
    """

    puck: Body = field(default_factory=Body)
    mallets: tuple[Body, Body] = field(default_factory=lambda: (home(0), home(1)))
    phase: Phase = Phase.SERVE
    left: float = _FIRST_SERVE
    held: float = 0.0
    score: tuple[int, int] = (0, 0)


def opened(server: int = 0) -> Rink:
    """A table before the first serve."""
    rink = Rink()
    _place(rink, server, _FIRST_SERVE)
    return rink


def within(side: int, x: float, y: float) -> Point:
    """The nearest point where a side's mallet may be."""
    top, bottom = (
        (HEIGHT / 2 + MALLET, HEIGHT - MALLET) if side == 0 else (MALLET, HEIGHT / 2 - MALLET)
    )
    return Point(_clamp(x, MALLET, WIDTH - MALLET), _clamp(y, top, bottom))


def step(rink: Rink, targets: Sequence[Point]) -> list[Happening]:
    """Let one step pass; `targets` is where the players want their mallets."""
    for side in (0, 1):
        _move(rink.mallets[side], within(side, *targets[side]))
    if rink.phase is Phase.OVER:
        return []
    if rink.phase is Phase.SERVE:
        rink.left = max(0.0, rink.left - STEP)
        if rink.left > 0:
            return []
        rink.phase = Phase.PLAY
    happened: list[Happening] = []
    puck = rink.puck
    before = _side_of(puck.y)
    puck.x += puck.vx * STEP
    puck.y += puck.vy * STEP
    slower = 1 - _FRICTION * STEP
    puck.vx *= slower
    puck.vy *= slower
    for side in (0, 1):
        _strike(puck, rink.mallets[side], side, happened)
    _bounce(puck, happened)
    _limit(puck)
    rink.held = rink.held + STEP if _side_of(puck.y) == before else 0.0
    if puck.y < -PUCK or puck.y > HEIGHT + PUCK:
        _goal(rink, 0 if puck.y < 0 else 1, happened)
    elif rink.held > _TOO_LONG:
        happened.append(Happening(Kind.STALLED, before))
        _place(rink, 1 - before, _SERVE)
    return happened


def _side_of(y: float) -> int:
    return 0 if y > HEIGHT / 2 else 1


def _goal(rink: Rink, by: int, happened: list[Happening]) -> None:
    first, second = rink.score
    rink.score = (first + 1, second) if by == 0 else (first, second + 1)
    happened.append(Happening(Kind.GOAL, by))
    _place(rink, 1 - by, _SERVE)
    if rink.score[by] >= WIN:
        rink.phase = Phase.OVER


def _place(rink: Rink, side: int, left: float) -> None:
    """Give the puck to a side."""
    rink.puck = Body(WIDTH / 2, HEIGHT / 2 + (0.2 if side == 0 else -0.2))
    rink.phase, rink.left, rink.held = Phase.SERVE, left, 0.0


def _move(mallet: Body, target: Point) -> None:
    dx, dy = target.x - mallet.x, target.y - mallet.y
    far = math.sqrt(dx * dx + dy * dy)
    most = _MALLET_SPEED * STEP
    if far > most:
        dx *= most / far
        dy *= most / far
    mallet.x += dx
    mallet.y += dy
    # What strikes is how it moved of late, so that a hand that stops in the moment of the hit still hits.
    mallet.vx = 0.7 * mallet.vx + 0.3 * (dx / STEP)
    mallet.vy = 0.7 * mallet.vy + 0.3 * (dy / STEP)


def _strike(puck: Body, mallet: Body, side: int, happened: list[Happening]) -> None:
    dx, dy = puck.x - mallet.x, puck.y - mallet.y
    far = math.sqrt(dx * dx + dy * dy)
    touching = PUCK + MALLET
    if far >= touching:
        return
    nx, ny = (dx / far, dy / far) if far > 1e-9 else (0.0, -1.0 if side == 0 else 1.0)
    puck.x = mallet.x + nx * touching
    puck.y = mallet.y + ny * touching
    speed = (puck.vx - mallet.vx) * nx + (puck.vy - mallet.vy) * ny
    if speed >= 0:
        return
    puck.vx -= (1 + _BOUNCE) * speed * nx
    puck.vy -= (1 + _BOUNCE) * speed * ny
    happened.append(Happening(Kind.HIT, side))


def _bounce(puck: Body, happened: list[Happening]) -> None:
    least = PUCK
    if puck.x < least or puck.x > WIDTH - least:
        puck.x = _clamp(puck.x, least, WIDTH - least)
        if (puck.x == least) == (puck.vx < 0):
            happened.append(Happening(Kind.WALL, -1))
            puck.vx *= -_WALL
    open_ = _MOUTH < puck.x < WIDTH - _MOUTH
    if open_ or least <= puck.y <= HEIGHT - least:
        return
    puck.y = _clamp(puck.y, least, HEIGHT - least)
    if (puck.y == least) == (puck.vy < 0):
        happened.append(Happening(Kind.WALL, -1))
        puck.vy *= -_WALL


def _limit(puck: Body) -> None:
    speed = math.sqrt(puck.vx * puck.vx + puck.vy * puck.vy)
    if speed > _PUCK_SPEED:
        puck.vx *= _PUCK_SPEED / speed
        puck.vy *= _PUCK_SPEED / speed


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
