"""A group that grows by one ticket at a time, and knows which others still fit.

The rules are of pairs (both consent), and each of them comes down to a few bounds of the whole group: a rating fits
if it is in everybody's window, and if everybody is in its own.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

from signaling.matchmaking.candidates import Candidate
from signaling.matchmaking.packing import fits
from signaling.matchmaking.queues import Overlap, Queue

Interval: TypeAlias = tuple[float, float, float, float]
"""The lowest and the highest that are in, and what everybody allows, from and to."""

UNBOUNDED: Interval = (math.inf, -math.inf, -math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every group of one search.

    Attributes:
        seats: Of each team, the most first.
        starving: The seed's window, where it alone counts; None where everybody's does.
        common: Words that an overlap must have, for each such rule.
    """

    seats: tuple[int, ...]
    starving: float | None
    common: tuple[int, ...]


def terms(queue: Queue, seed: Candidate, seats: tuple[int, ...]) -> Terms:
    """The terms of a search for a seed."""
    starved = queue.rating is not None and seed.waited >= queue.starving_after
    return Terms(
        tuple(sorted(seats, reverse=True)),
        seed.window if starved else None,
        tuple(rule.least for rule in queue.rules if isinstance(rule, Overlap)),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Tickets that may play together."""

    members: tuple[Candidate, ...] = ()
    sizes: tuple[int, ...] = ()
    size: int = 0
    ratings: Interval = UNBOUNDED
    numbers: tuple[Interval, ...] = ()
    words: tuple[frozenset[str] | None, ...] | None = None
    regions: frozenset[str] | None = None

    def join(self, one: Candidate, terms: Terms) -> "Group | None":
        """The group with one ticket more, or None if it does not fit."""
        ratings = _widened_ratings(self.ratings, one, terms)
        if ratings is None:
            return None
        regions = _common_regions(self.regions, one.regions)
        if regions is not None and not regions:
            return None
        numbers, words = self.numbers, self.words
        if one.numbers:
            numbers = _numbers(numbers or (UNBOUNDED,) * len(one.numbers), one)
            if not numbers:
                return None
        if one.words:
            words = _common_words(words, one.words, terms.common)
            if words is None:
                return None
        if any(clash(one, other) for other in self.members):
            return None
        sizes = tuple(sorted((*self.sizes, one.size), reverse=True))
        if not fits(sizes, terms.seats):
            return None
        return Group(
            (*self.members, one), sizes, self.size + one.size, ratings, numbers, words, regions
        )


def clash(one: Candidate, other: Candidate) -> bool:
    """Whether one of the two avoids the other, or both bring a player of the same name."""
    return not (
        one.avoid.isdisjoint(other.subjects)
        and other.avoid.isdisjoint(one.subjects)
        and one.peers.isdisjoint(other.peers)
    )


def _widened_ratings(bounds: Interval, one: Candidate, terms: Terms) -> Interval | None:
    if terms.starving is None:
        return _widened(bounds, one.rating, one.window)
    lowest, highest = min(bounds[0], one.rating), max(bounds[1], one.rating)
    if highest - lowest > terms.starving:
        return None
    return lowest, highest, -math.inf, math.inf


def _numbers(bounds: tuple[Interval, ...], one: Candidate) -> tuple[Interval, ...]:
    """The bounds of each number; nothing where one does not fit."""
    widened = tuple(map(_widened, bounds, one.numbers, one.reaches))
    return () if None in widened else tuple(each for each in widened if each is not None)


def _widened(bounds: Interval, value: float, reach: float) -> Interval | None:
    lowest, highest, floor, ceiling = bounds
    lowest, highest = min(lowest, value), max(highest, value)
    floor, ceiling = max(floor, value - reach), min(ceiling, value + reach)
    return None if lowest < floor or highest > ceiling else (lowest, highest, floor, ceiling)


def _common_regions(
    ours: frozenset[str] | None, theirs: frozenset[str] | None
) -> frozenset[str] | None:
    if ours is None or theirs is None:
        return theirs if ours is None else ours
    return ours & theirs


def _common_words(
    ours: tuple[frozenset[str] | None, ...] | None,
    theirs: tuple[frozenset[str], ...],
    common: tuple[int, ...],
) -> tuple[frozenset[str], ...] | None:
    if ours is None:
        ours = theirs
    shared = tuple(
        other if one is None else one & other for one, other in zip(ours, theirs, strict=True)
    )
    enough = all(len(one) >= least for one, least in zip(shared, common, strict=True))
    return shared if enough else None
