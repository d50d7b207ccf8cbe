"""The tickets of a cell that are still free in a tick, side by side in the order of their ratings.

Links lead from each to its free neighbours, so that who is taken costs nothing any more.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator

from signaling.matchmaking.candidates import Candidate


class Line:
    """Candidates in the order of rating, then age."""

    def __init__(self, candidates: list[Candidate]):
        """Stand in line.

        Args:
            candidates: In the order of their `place`.
        """
        self._candidates = candidates
        self._low, self._high = _end(-math.inf), _end(math.inf)
        before = self._low
        for one in candidates:
            one.free = True
            one.left, before.right = before, one
            before = one
        before.right, self._high.left = self._high, before

    def take(self, one: Candidate) -> None:
        """Somebody leaves the line."""
        one.free = False
        one.left.right, one.right.left = one.right, one.left

    def nearest(self, seed: Candidate) -> Iterator[Candidate]:
        """The free ones besides the seed, the nearest first; of two as near the higher, then the older."""
        left, right = self._around(seed)
        rating, low, high = seed.rating, self._low, self._high
        while True:
            if rating - left.rating < right.rating - rating:
                yield left
                left = left.left
            elif right is not high:
                yield right
                right = right.right
            elif left is not low:
                yield left
                left = left.left
            else:
                return

    def free(self) -> Iterator[Candidate]:
        """All that are free, from the lowest rating up."""
        one = self._low.right
        while one is not self._high:
            yield one
            one = one.right

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
    return end
