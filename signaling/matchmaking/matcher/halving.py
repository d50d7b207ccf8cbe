"""Divides up to a dozen parties into two teams as even as can be, by all their sums.

Which parties may be a team depends on sizes alone, and is worked out once for all matches of the same sizes. Where
there are many such teams, the sums of every subset of the first and of the second half of the parties are made by
doubling, and pairs of them are added all at once.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import add, itemgetter
from typing import Any, TypeAlias

from signaling.matchmaking.matcher.packing import even_range
from signaling.matchmaking.matcher.rules import sizes_of

MOST = 12
"""Parties that are divided this way."""
FEW = 12
"""So many divisions are summed up one by one."""

Pick: TypeAlias = Callable[[Sequence[Any]], Any]
"""Takes those of a team out of a tuple with a place for each party."""


class Halving:
    """The divisions of parties of some sizes into two teams of nobody yet."""

    def __init__(self, sizes: tuple[int, ...], high: int):
        """Work them out.

        Args:
            sizes: Of the parties.
            high: Players of the larger team; there is a division that has so many.
        """
        self._high, self._low = high, sum(sizes) - high
        self._middle = len(sizes) // 2
        subsets = _subsets(sizes, high)
        everyone = range(len(sizes))
        self._teams = [
            (
                _pick([at for at in everyone if subset >> at & 1]),
                _pick([at for at in everyone if not subset >> at & 1]),
            )
            for subset in subsets
        ]
        self._share = high / sum(sizes)
        low = [subset & (1 << self._middle) - 1 for subset in subsets]
        high_bits = [subset >> self._middle for subset in subsets]
        self._first: Pick = itemgetter(*low)
        self._second: Pick = itemgetter(*high_bits)

    def halve(self, strengths: tuple[float, ...]) -> tuple[Pick, Pick]:
        """The most even two teams; the first party is in the first of two equal teams.

        Args:
            strengths: The sum of ratings of each party.
        """
        teams = self._teams
        if len(teams) == 1:
            return teams[0]
        start = -sum(strengths) * self._share
        if len(teams) <= FEW:
            gaps = [abs(sum(first(strengths), start)) for first, _ in teams]
        else:
            first_sums = _sums(start, strengths[: self._middle])
            second_sums = _sums(0.0, strengths[self._middle :])
            gaps = list(map(abs, map(add, self._first(first_sums), self._second(second_sums))))
        return teams[gaps.index(min(gaps))]

    def gap(self, first: tuple[float, ...], second: tuple[float, ...]) -> float:
        """How far the mean ratings of two teams are apart, by the strengths of their parties."""
        if not self._low:
            return 0.0
        return abs(sum(first) / self._high - sum(second) / self._low)


@lru_cache(1 << 12)
def halving_of(code: int, least: int, most: int) -> Halving | None:
    """How parties are divided into two teams of at least and at most so many players; None if they do not fit.

    Args:
        code: The sizes of the parties, which come with the largest first.
        least, most: Players of a team.
    """
    sizes = sizes_of(code)
    bounds = even_range(sizes, (0, 0), least, (most, most))
    return None if bounds is None else Halving(sizes, sum(sizes) - bounds[0])


def _subsets(sizes: tuple[int, ...], count: int) -> list[int]:
    """Those who have so many players together, a bit for each."""
    counts = [0]
    for size in sizes:
        counts += [before + size for before in counts]
    equal = 2 * count == counts[-1]  # then either may be the first
    return [
        subset
        for subset, players in enumerate(counts)
        if players == count and (subset & 1 or not equal)
    ]


def _pick(places: list[int]) -> Pick:
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))  # a tuple as well


def _sums(start: float, strengths: Sequence[float]) -> list[float]:
    """The sums of all subsets; that of a subset has its bits as index."""
    sums = [start]
    for strength in strengths:
        sums += [before + strength for before in sums]
    return sums
