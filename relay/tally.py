"""How many of something each holder has; who has none any more leaves no trace."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Holder = TypeVar("Holder", bound=Hashable)


class Tally(Generic[Holder]):
    """Counts by holder: what came in must go out once.

    `collections.Counter` would do it, but asks Python code for each holder it does not have, and for each it drops.
    """

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[Holder, int] = {}

    def __len__(self) -> int:
        """How many have any."""
        return len(self._counts)

    def __getitem__(self, holder: Holder) -> int:
        """How many a holder has."""
        return self._counts.get(holder, 0)

    def add(self, holder: Holder) -> None:
        """Count one more."""
        self._counts[holder] = self._counts.get(holder, 0) + 1

    def remove(self, holder: Holder) -> None:
        """Count one less of those that a holder has."""
        left = self._counts[holder] - 1
        if left:
            self._counts[holder] = left
        else:
            del self._counts[holder]
