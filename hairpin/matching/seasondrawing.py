"""A season as a picture: how long players wait, who waits longest, and how full the queue is."""

import itertools
import math
from collections.abc import Sequence
from typing import Final

from hairpin.matching.charts import Axis, Frame, Line, chart, legend, svg, text
from hairpin.matching.seasontables import Shown
from hairpin.matching.seasonwords import points, verdict
from signaling.matchmaking.season.records import Ending, Fate
from signaling.matchmaking.season.summary import spread_of

_WIDTH: Final = 960.0
_HEIGHT: Final = 520.0
_WITHIN: Final = Frame(56, 96, 392, 176)
_BY_RATING: Final = Frame(544, 96, 392, 176)
_WAITING: Final = Frame(56, 340, 880, 140)
_STEPS: Final = 80
_BANDS: Final = 20
_FEWEST: Final = 5
_MOMENTS: Final = 4
_DAYS: Final = 72 * 3600.0


def draw(seasons: Sequence[Shown]) -> str:
    """Draw seasons of the same players over each other."""
    whose = f"{seasons[0].name}: " if len(seasons) > 1 else ""
    told = f"{whose}{verdict(seasons[0].summary)}"
    parts = [
        text(_WITHIN.x, 24, told, "head"),
        *legend(_WITHIN.x, 52, [(f"s{at}", shown.name) for at, shown in enumerate(seasons)]),
        *_within(seasons),
        *_by_rating(seasons),
        *_waiting(seasons),
    ]
    return svg(_WIDTH, _HEIGHT, told, parts)


def _within(seasons: Sequence[Shown]) -> list[str]:
    """Shares of all players that are matched within a time; those who leave never are."""
    end = max((shown.summary.waits.p99 for shown in seasons), default=1.0)
    across = Axis(0.0, end if end > 0 else 1.0, lambda value: f"{value:g} s")
    up = Axis(0.0, 1.0, lambda value: f"{value:.0%}".replace("%", " %"), step=0.25)
    lines = [Line(shown.name, at, _matched(shown, across.high)) for at, shown in enumerate(seasons)]
    return chart(
        _WITHIN, "Share of the players that are matched within so many seconds", across, up, lines
    )


def _matched(shown: Shown, end: float) -> list[tuple[float, float]]:
    over = [one for one in shown.season.fates if one.ending is not Ending.WAITING]
    players = sum(one.players for one in over) or 1
    waits = sorted((one.waited, one.players) for one in over if one.ending is Ending.MATCHED)
    line, done, at = [], 0, 0
    for step in range(_STEPS + 1):
        bound = end * step / _STEPS
        while at < len(waits) and waits[at][0] <= bound:
            done += waits[at][1]
            at += 1
        line.append((bound, done / players))
    return line


def _by_rating(seasons: Sequence[Shown]) -> list[str]:
    """Waits of players by rating: the half, and dashed all but one in twenty."""
    lines = []
    for at, shown in enumerate(seasons):
        half, most = _bands(shown.season.fates)
        lines.append(Line(f"{shown.name}, half of the players", at, half))
        lines.append(Line(f"{shown.name}, 95 %", at, most, thin=True))
    ratings = [x for line in lines for x, _ in line.points] or [0.0, 1.0]
    waits = [y for line in lines for _, y in line.points] or [1.0]
    high = max(ratings) if max(ratings) > min(ratings) else min(ratings) + 1
    across = Axis(min(ratings), high, points)
    up = Axis(0.0, max(*waits, 1.0) * 1.05, lambda value: f"{value:g} s")
    return chart(
        _BY_RATING, "Wait by rating: half of the players, and 95 % (dashed)", across, up, lines
    )


def _bands(fates: Sequence[Fate]) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Bands of as many tickets each, and narrower ones at both ends, where players are few."""
    ended = [one for one in fates if one.ending not in (Ending.WAITING, Ending.REFUSED)]
    ordered = sorted(ended, key=lambda one: (one.rating, one.ticket))
    size = max(_FEWEST, math.ceil(len(ordered) / _BANDS))
    ends = [size * number for number in range(1, len(ordered) // size)]
    inner = [size // 5, *ends, len(ordered) - size // 5]
    cuts = {0, *(cut for cut in inner if 0 < cut < len(ordered)), len(ordered)}
    half, most = [], []
    for first, last in itertools.pairwise(sorted(cuts)):
        band = ordered[first:last]
        middle = sum(one.rating for one in band) / len(band)
        spread = spread_of([one.waited for one in band])
        half.append((middle, spread.p50))
        most.append((middle, spread.p95))
    return half, most


def _waiting(seasons: Sequence[Shown]) -> list[str]:
    """Tickets that wait, over the season."""
    end = seasons[0].season.seconds
    unit, name = (86400.0, "d") if end > _DAYS else (3600.0, "h")
    if end < 2 * unit:
        unit, name = 60.0, "min"
    across = Axis(0.0, end / unit, lambda value: f"{value:g} {name}")
    lines = [Line(shown.name, at, _smooth(shown, unit)) for at, shown in enumerate(seasons)]
    most = max((y for line in lines for _, y in line.points), default=0.0)
    up = Axis(0.0, max(most * 1.05, 1.0), points)
    return chart(_WAITING, "Tickets that wait, over the season", across, up, lines)


def _smooth(shown: Shown, unit: float) -> list[tuple[float, float]]:
    """The mean of some moments each, so that one sees more than noise."""
    moments = shown.season.moments
    groups = [moments[at : at + _MOMENTS] for at in range(0, len(moments), _MOMENTS)]
    return [
        (
            sum(one.at for one in group) / len(group) / unit,
            sum(one.waiting for one in group) / len(group),
        )
        for group in groups
    ]
