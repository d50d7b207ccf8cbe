"""The tickets of a cell that are still free in a tick, side by side in the order of their ratings.

Links lead from each to its free neighbours, so that who is taken costs nothing any more.
"""

import math
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from signaling.matchmaking.matcher.candidates import NOBODY, Candidate


class Line:
    """Candidates in the order of rating, then age.

    Attributes:
        hopeless: Sizes of parties for which there are no others to fill a match, full (False) or small (True).
    """

    def __init__(self, candidates: list[Candidate]):
        """Stand in line.

        Args:
            candidates: In the order of their `place`.
        """
        self._candidates = candidates
        self._sizes: Counter[int] | None = None
        self.hopeless: set[tuple[int, bool]] = set()
        self._ended = False
        self._low, self._high = _end(-math.inf), _end(math.inf)
        before, below = self._low, math.inf
        for one in candidates:
            one.free = True
            one.left = before
            before.right = one
            above = one.rating - before.rating
            before.near = below if below < above else above  # noqa: FURB136  a call for each of so many
            before, below = one, above
        before.right, self._high.left = self._high, before
        before.near = below

    def end(self) -> None:
        """Nobody who is in line has any hope."""
        self._ended = True

    def has_ended(self) -> bool:
        """Whether that was said."""
        return self._ended

    def take(self, one: Candidate) -> None:
        """Somebody leaves the line."""
        one.free = False
        if self._sizes is not None:
            self._sizes[one.size] -= 1
        one.left.right, one.right.left = one.right, one.left

    def take_all(self, those: Sequence[Candidate]) -> None:
        """Some leave the line, for a match."""
        sizes = self._sizes
        for one in those:
            one.free, one.matched = False, True
            left, right = one.left, one.right
            left.right, right.left = right, left
            if sizes is not None:
                sizes[one.size] -= 1

    @property
    def sizes(self) -> Mapping[int, int]:
        """How many parties of each size are free; counted when somebody asks."""
        if self._sizes is None:
            self._sizes = Counter([one.size for one in self._candidates if one.free])
        return self._sizes

    def nearest(self, seed: Candidate, reach: float = math.inf) -> Iterator[Candidate]:
        """The free ones besides the seed within a reach, the nearest first; of two as near the higher, then the older.

        Whoever is yielded may be taken before the next is asked for.
        """
        left, right = self._around(seed)
        rating, high = seed.rating, self._high
        below, above = rating - left.rating, right.rating - rating
        while True:
            if below < above:
                if below > reach:
                    return
                yield left
                left = left.left
                below = rating - left.rating
            elif right is high:
                return  # and left is the other end: ratings are finite
            else:
                if above > reach:
                    return
                yield right
                right = right.right
                above = right.rating - rating

    def within(self, seed: Candidate, reach: float, most: int) -> list[Candidate]:
        """The free ones within a reach of a seed, itself free, at most so many on either side; higher ones first.

        Sorted by distance they are as `nearest` has them.
        """
        rating = seed.rating
        low, high = (
            max(rating - reach, -sys.float_info.max),
            min(rating + reach, sys.float_info.max),
        )
        those: list[Candidate] = []
        one = seed.right
        for _ in range(most):
            if one.rating > high:
                break
            those.append(one)
            one = one.right
        one = seed.left
        for _ in range(most):
            if one.rating < low:
                break
            those.append(one)
            one = one.left
        return those

    def _around(self, seed: Candidate) -> tuple[Candidate, Candidate]:
        if seed.free:
            return seed.left, seed.right
        at = bisect_left(self._candidates, seed.place, key=lambda one: one.place)
        right = self._candidates[at] if at < len(self._candidates) else self._high
        while not (right.free or right is self._high):
            right = right.right
        return right.left, right


def _end(rating: float) -> Candidate:
    """A candidate beyond all others."""
    end = Candidate.__new__(Candidate)
    end.rating = rating
    end.free = False
    end.left = end.right = NOBODY
    return end
