"""Candidates kept in an order while they come and go: changes are put off until they are looked at."""

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any

from signaling.matchmaking.matcher.candidates import Candidate

FEW = 64
"""So many changes are made one by one; more of them all at once, by a sort that finds most in order."""


class Shelf:
    """Some candidates in order."""

    def __init__(self, key: Callable[[Candidate], Any]):
        self._key = key
        self._sorted: list[Candidate] = []
        self._new: list[Candidate] = []
        self._gone: list[Candidate] = []

    def put(self, one: Candidate) -> None:
        """Somebody comes."""
        self._new.append(one)

    def drop(self, one: Candidate) -> None:
        """Somebody who is here goes, and is marked as gone."""
        self._gone.append(one)

    def settled(self) -> list[Candidate]:
        """All that are here, in order; the list stays the shelf's."""
        if len(self._new) + len(self._gone) <= FEW:
            self._settle_one_by_one()
        else:
            self._sorted += self._new
            if self._gone:
                self._sorted = [one for one in self._sorted if not one.gone]
            self._sorted.sort(key=self._key)
        self._new, self._gone = [], []
        return self._sorted

    def _settle_one_by_one(self) -> None:
        new = set(map(id, self._new))
        for one in self._gone:  # first, as who comes may have the place of who goes
            if id(one) not in new:
                del self._sorted[bisect_left(self._sorted, self._key(one), key=self._key)]
        for one in self._new:
            if not one.gone:
                insort(self._sorted, one, key=self._key)
