"""Divides up to a dozen parties into two teams as even as can be, by all their sums at once.

The sums of every subset of the first half and of the second half of the parties are made by doubling; which pairs of
them are teams of the right size depends on sizes alone, and is worked out once for all matches of the same sizes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add, itemgetter
from typing import Any, TypeAlias

MOST = 12
"""Parties that are divided this way."""

Pick: TypeAlias = Callable[[list[float]], Any]
Places: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """The divisions of some sizes.

    Attributes:
        teams: The places of the parties of either team, for each division.
        first, second: Pick the part of each division's sum from the sums of either half.
        share: Of all players, those in the first team.
    """

    teams: tuple[tuple[Places, Places], ...]
    first: Pick
    second: Pick
    share: float


def halve(sizes: tuple[int, ...], strengths: Sequence[float], count: int) -> tuple[Places, Places]:
    """The places of those in the first team and in the second; the first party is in the first of two equal teams.

    Args:
        sizes: Of the parties.
        strengths: The sum of ratings of each.
        count: The players of the first team; there is a division that has so many.
    """
    table = _table(sizes, count)
    if len(table.teams) == 1:
        return table.teams[0]
    middle = len(sizes) // 2
    first = _sums(-sum(strengths) * table.share, strengths[:middle])
    second = _sums(0.0, strengths[middle:])
    gaps = list(map(abs, map(add, table.first(first), table.second(second))))
    return table.teams[gaps.index(min(gaps))]


@lru_cache(1 << 12)
def _table(sizes: tuple[int, ...], count: int) -> _Table:
    middle = len(sizes) // 2
    total, everyone = sum(sizes), range(len(sizes))
    subsets = [
        subset
        for subset in range(1 << len(sizes))
        if sum(sizes[at] for at in everyone if subset >> at & 1) == count
        and (2 * count != total or subset & 1)  # of two equal teams either may be the first
    ]
    low = [subset & (1 << middle) - 1 for subset in subsets]
    high = [subset >> middle for subset in subsets]
    teams = tuple(
        (
            tuple(at for at in everyone if subset >> at & 1),
            tuple(at for at in everyone if not subset >> at & 1),
        )
        for subset in subsets
    )
    return _Table(teams, itemgetter(*low), itemgetter(*high), count / total)


def _sums(start: float, strengths: Sequence[float]) -> list[float]:
    """The sums of all subsets; that of a subset has its bits as index."""
    sums = [start]
    for strength in strengths:
        sums += [before + strength for before in sums]
    return sums
