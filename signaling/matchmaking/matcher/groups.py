"""A group that grows by one ticket at a time, and knows which others still fit.

The rules are of pairs (both consent), and each of them comes down to a few bounds of the whole group: a rating fits
if it is in everybody's window, and if everybody is in its own.
"""

import math
from collections.abc import Iterable
from typing import TypeAlias

from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.rules import Fitting, Rules

Interval: TypeAlias = tuple[float, float, float, float]
"""The lowest and the highest that are in, and what everybody allows, from and to."""

UNBOUNDED: Interval = (math.inf, -math.inf, -math.inf, math.inf)


class Extras:
    """What counts for a group besides ratings and sizes.

    Attributes:
        words: What all have in common for each rule; None where nobody has said anything.
        regions: Where all can play; None for anywhere.
    """

    __slots__ = ("numbers", "regions", "words")

    def __init__(
        self,
        numbers: tuple[Interval, ...],
        words: tuple[frozenset[str] | None, ...],
        regions: frozenset[str] | None,
    ):
        self.numbers = numbers
        self.words = words
        self.regions = regions

    def join(self, one: Candidate, rules: Rules) -> "Extras | None":
        """The same with one ticket more, or None if it does not fit."""
        regions, near = self.regions, one.regions
        if regions is None:
            regions = near
        elif near is not None:
            regions = regions & near
        if regions is not None and not regions:
            return None
        words = self.words
        if words:
            words = self._words_with(one, rules)
            if not words:
                return None
        numbers = self.numbers
        if numbers:
            joined = tuple(map(widened, numbers, one.numbers, one.reaches))
            if None in joined:
                return None
            numbers = tuple(each for each in joined if each is not None)
        return Extras(numbers, words, regions)

    def _words_with(self, one: Candidate, rules: Rules) -> tuple[frozenset[str] | None, ...]:
        """What all have in common with one more, for each rule; empty if that is too little."""
        common: list[frozenset[str] | None] = []
        for ours, theirs, rule in zip(self.words, one.words, rules.overlap):  # noqa: B905  as many by their making
            both = theirs if ours is None else ours & theirs
            if len(both) < rule.least:
                return ()
            common.append(both)
        return tuple(common)


class Group:
    """Tickets that may play together.

    Attributes:
        limit: The seed's window, where it alone counts; None where everybody's does.
        fitting: Which sizes find seats.
        code: The sizes of its parties.
        touchy: Somebody in it avoids somebody.
        extras: None where nothing else counts.
    """

    __slots__ = (
        "ceiling", "code", "extras", "fitting", "floor", "highest", "limit", "lowest", "members", "size", "touchy",
    )  # fmt: skip

    def __init__(
        self,
        limit: float | None,
        fitting: Fitting,
        members: tuple[Candidate, ...],
        code: int,
        size: int,
        ratings: Interval,
        extras: Extras | None,
        *,
        touchy: bool = False,
    ):
        self.limit = limit
        self.fitting = fitting
        self.members = members
        self.code = code
        self.size = size
        self.lowest, self.highest, self.floor, self.ceiling = ratings
        self.extras = extras
        self.touchy = touchy

    def join(self, one: Candidate, rules: Rules) -> "Group | None":
        """The group with one ticket more, or None if it does not fit."""
        code = self.code + one.code
        if not self.fitting[code]:
            return None
        ratings = self._ratings(one)
        if ratings is None:
            return None
        touchy = self.touchy or one.touchy
        if touchy and any(clash(one, other) for other in self.members):
            return None
        extras = self.extras
        if extras is not None:
            extras = extras.join(one, rules)
            if extras is None:
                return None
        members = (*self.members, one)
        return Group(
            self.limit,
            self.fitting,
            members,
            code,
            self.size + one.size,
            ratings,
            extras,
            touchy=touchy,
        )

    def select(self, others: Iterable[Candidate], rules: Rules) -> list[Candidate]:
        """Those of whom each may join the group, unless somebody avoids somebody."""
        code, fitting, limit = self.code, self.fitting, self.limit
        lowest, highest, floor, ceiling = self.lowest, self.highest, self.floor, self.ceiling
        if limit is not None:
            those = [
                one
                for one in others
                if one.rating - lowest <= limit >= highest - one.rating and fitting[code + one.code]
            ]
        else:
            those = [
                one
                for one in others
                if floor <= one.rating <= ceiling
                and one.rating - one.window <= lowest
                and one.rating + one.window >= highest
                and fitting[code + one.code]
            ]
        if self.extras is not None:
            those = [one for one in those if self.extras.join(one, rules) is not None]
        return those

    def _ratings(self, one: Candidate) -> Interval | None:
        rating, lowest, highest = one.rating, self.lowest, self.highest
        if rating < lowest:
            lowest = rating
        if rating > highest:
            highest = rating
        if self.limit is not None:
            fits = highest - lowest <= self.limit
            return (lowest, highest, -math.inf, math.inf) if fits else None
        floor, ceiling = rating - one.window, rating + one.window
        if floor < self.floor:
            floor = self.floor
        if ceiling > self.ceiling:
            ceiling = self.ceiling
        return None if lowest < floor or highest > ceiling else (lowest, highest, floor, ceiling)


def alone(seed: Candidate, rules: Rules, *, touchy: bool = False) -> Group | None:
    """The group of a seed, or None if there is no place for it.

    Args:
        seed: The oldest of the group.
        rules: The queue's.
        touchy: Whether there may be two of one name.
    """
    limit = seed.window if seed.waited >= rules.starving_after else None
    extras: Extras | None = None
    if rules.picky:
        extras = rules_untouched(rules).join(seed, rules)
        if extras is None:
            return None
    rating, reach, touchy = seed.rating, seed.window, touchy or seed.touchy
    bounds = (rating, rating, rating - reach, rating + reach)
    return Group(limit, rules.fitting, (seed,), seed.code, seed.size, bounds, extras, touchy=touchy)


def rules_untouched(rules: Rules) -> Extras:
    """What counts besides ratings, for nobody yet."""
    return Extras((UNBOUNDED,) * len(rules.within), (None,) * len(rules.overlap), None)


def clash(one: Candidate, other: Candidate) -> bool:
    """Whether one of the two avoids the other, or both bring a player of the same name."""
    return not (
        one.ticket.avoid.isdisjoint(other.subjects)
        and other.ticket.avoid.isdisjoint(one.subjects)
        and one.peers.isdisjoint(other.peers)
    )


def share_a_name(members: list[Candidate]) -> bool:
    """Whether two of them bring a player of the same name."""
    names = [name for one in members for name in one.peers]
    return len(set(names)) < len(names)


def widened(bounds: Interval, value: float, reach: float) -> Interval | None:
    """The bounds with one value more, or None if it does not fit."""
    lowest, highest, floor, ceiling = bounds
    lowest, highest = min(lowest, value), max(highest, value)
    floor, ceiling = max(floor, value - reach), min(ceiling, value + reach)
    return None if lowest < floor or highest > ceiling else (lowest, highest, floor, ceiling)
