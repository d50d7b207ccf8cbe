"""A season in figures: how long players wait and who waits longest, and what their matches are like."""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.season.records import Ending, Fate, Played, Season

EDGES: Final = (0.0, 0.01, 0.05, 0.25, 0.75, 0.95, 0.99, 1.0)
"""Bands of rating are cut at these shares of the players: the few at both ends wait longest."""
_TAIL: Final = 0.05
_MOST: Final = 0.5
_OVER: Final = 1.5


@dataclass(frozen=True, slots=True)
class Spread:
    """How values are spread; not a number where there are none."""

    count: int
    mean: float
    p5: float
    p50: float
    p90: float
    p95: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the players: by rating, or by region.

    Attributes:
        low: The lowest rating of a band; `high` the highest. Both are not a number for a region.
        waits: Seconds in the queue, however that ended.
        matched: The share of players that were matched, of those whose time in the queue is over.
    """

    name: str
    low: float
    high: float
    players: int
    waits: Spread
    matched: float


@dataclass(frozen=True, slots=True)
class Tail:
    """Who most of those are that wait longest: rated above or below something, or at home somewhere."""

    above: float | None = None
    below: float | None = None
    home: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A season in figures.

    Attributes:
        endings: Players by how their time in the queue ended.
        longest: Seconds that anybody waited, those who wait still among them.
        tail: Who most of the slowest hundredth are; None if it is nobody in particular.
        full: Share of matches in which every seat is taken; `with_bots` with at least one bot.
        pool: Tickets that wait, at each moment that was written down.
    """

    players: int
    tickets: int
    endings: Mapping[Ending, int]
    waits: Spread
    longest: float
    bands: tuple[Group, ...]
    homes: tuple[Group, ...]
    tail: Tail | None
    matches: int
    per_minute: float
    aborted: int
    spread: Spread
    imbalance: Spread
    rtt: Spread
    quality: Spread
    full: float
    with_bots: float
    pool: Spread
    reasons: Mapping[Blocked, float]

    @property
    def matched(self) -> float:
        """The share of players that were matched, of those whose time in the queue is over."""
        over = self.players - self.endings[Ending.WAITING]
        return self.endings[Ending.MATCHED] / over if over else math.nan


def summarize(season: Season) -> Summary:
    """Reckon the figures of a season."""
    fates, matches = season.fates, season.matches
    waits = waits_of(fates)
    reasons = sum(season.reasons.values())
    return Summary(
        players=sum(fate.players for fate in fates),
        tickets=len(fates),
        endings={ending: season.count(ending) for ending in Ending},
        waits=spread_of(waits),
        longest=max((fate.waited for fate in fates), default=math.nan),
        bands=bands_of(fates),
        homes=_homes(fates),
        tail=_tail(fates, spread_of(waits).p99),
        matches=len(matches),
        per_minute=len(matches) / season.seconds * 60,
        aborted=season.aborted,
        spread=_over(matches, lambda one: one.spread),
        imbalance=_over(matches, lambda one: one.imbalance),
        rtt=_over(matches, lambda one: one.rtt),
        quality=_over(matches, lambda one: one.quality),
        full=_share(matches, lambda one: one.full),
        with_bots=_share(matches, lambda one: one.bots > 0),
        pool=spread_of([moment.waiting for moment in season.moments]),
        reasons={why: count / reasons for why, count in season.reasons.items()},
    )


def waits_of(fates: Iterable[Fate]) -> list[float]:
    """Seconds in the queue of each player whose time there is over, and that was let in."""
    left_out = (Ending.REFUSED, Ending.WAITING)
    return [
        fate.waited for fate in fates if fate.ending not in left_out for _ in range(fate.players)
    ]


def spread_of(values: Sequence[float]) -> Spread:
    """How they are spread."""
    if not values:
        return Spread(0, *[math.nan] * 7)
    ordered = sorted(values)
    points = [_at(ordered, share) for share in (0.05, 0.5, 0.9, 0.95, 0.99, 1.0)]
    return Spread(len(ordered), sum(ordered) / len(ordered), *points)


def bands_of(fates: Sequence[Fate]) -> tuple[Group, ...]:
    """Bands of rating, from the lowest to the highest; those that nobody is in are left out."""
    ratings = sorted(fate.rating for fate in fates)
    if not ratings:
        return ()
    edges = [_at(ratings, share) for share in EDGES]
    bands = []
    for number, (low, high) in enumerate(itertools.pairwise(edges)):
        last = number == len(edges) - 2
        inside = [one for one in fates if low <= one.rating < high or (last and one.rating == high)]
        if inside:
            name = f"{low:,.0f} – {high:,.0f}"
            bands.append(_group(name, inside, low, high))
    return tuple(bands)


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def _group(name: str, fates: Sequence[Fate], low: float, high: float) -> Group:
    over = sum(one.players for one in fates if one.ending is not Ending.WAITING)
    matched = sum(one.players for one in fates if one.ending is Ending.MATCHED)
    return Group(
        name=name,
        low=low,
        high=high,
        players=sum(one.players for one in fates),
        waits=spread_of(waits_of(fates)),
        matched=matched / over if over else math.nan,
    )


def _homes(fates: Sequence[Fate]) -> tuple[Group, ...]:
    by_home: dict[str, list[Fate]] = {}
    for fate in fates:
        by_home.setdefault(fate.home, []).append(fate)
    groups = [_group(home, those, math.nan, math.nan) for home, those in by_home.items()]
    return tuple(sorted(groups, key=lambda group: (-group.players, group.name)))


def _tail(fates: Sequence[Fate], bound: float) -> Tail | None:
    """What most of those have in common that waited for longer than a bound, and few others."""
    slow = [one for one in fates if one.waited > bound]
    if not slow:
        return None
    ratings = sorted(one.rating for one in fates)
    low, high = _at(ratings, _TAIL), _at(ratings, 1 - _TAIL)
    above = sum(one.rating > high for one in slow) / len(slow)
    below = sum(one.rating < low for one in slow) / len(slow)
    if max(above, below) > _MOST:
        return Tail(above=high) if above > below else Tail(below=low)
    if above + below > _MOST:
        return Tail(above=high, below=low)
    return _far_home(fates, slow)


def _far_home(fates: Sequence[Fate], slow: Sequence[Fate]) -> Tail | None:
    for home in sorted({one.home for one in slow}):
        here = sum(one.home == home for one in slow) / len(slow)
        if here > max(_MOST, _OVER * sum(one.home == home for one in fates) / len(fates)):
            return Tail(home=home)
    return None


def _over(matches: Sequence[Played], value: Callable[[Played], float | None]) -> Spread:
    return spread_of([found for one in matches if (found := value(one)) is not None])


def _share(matches: Sequence[Played], holds: Callable[[Played], bool]) -> float:
    return sum(map(holds, matches)) / len(matches) if matches else math.nan
