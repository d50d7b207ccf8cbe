"""A queue's rules, sorted by kind once for all tickets."""

from collections.abc import Mapping
from functools import lru_cache

from signaling.matchmaking.configuration.queues import Equal, Overlap, Queue, Within
from signaling.matchmaking.matcher.packing import fits, splits

_BITS = 10
"""A group's sizes are told by one number: ten bits for how many parties there are of each size."""


_KNOWN = 1 << 16
"""Codes that are remembered."""


class Rules:
    """The rules of one queue.

    Attributes:
        picky: Whether more counts than ratings and sizes.
        duel: Whether a match is of two players, each for itself.
    """

    def __init__(self, queue: Queue):
        self.queue = queue
        self.keys = len(queue.keys)
        self.equal = tuple(rule.property for rule in queue.rules if isinstance(rule, Equal))
        self.within = tuple(rule for rule in queue.rules if isinstance(rule, Within))
        self.overlap = tuple(rule for rule in queue.rules if isinstance(rule, Overlap))
        self.seats = (queue.team_max,) * queue.teams
        self.fitting = Fitting(self.seats)
        self.seating = Seating(self.seats)
        self.picky = bool(self.within or self.overlap or queue.rtt is not None)
        self.duel = queue.teams == 2 and queue.team_max == 1
        self.starving_after = float("inf") if queue.rating is None else queue.starving_after


class Fitting(dict[int, bool]):
    """Whether parties of such sizes find seats, by their code; each is worked out when it is first asked for."""

    def __init__(self, seats: tuple[int, ...]):
        super().__init__()
        self.seats = seats

    def __missing__(self, code: int) -> bool:
        if len(self) > _KNOWN:
            self.clear()
        self[code] = fit = fits(sizes_of(code), self.seats)
        return fit


class Seating(dict[int, "Seating | None"]):
    """Parties that have found seats, and by its size what comes of one more; None if there is no place for it.

    Attributes:
        code: The sizes of the parties.
        is_full: Whether nobody else finds a seat.
    """

    __slots__ = ("_known", "_seats", "code", "is_full")

    def __init__(
        self, seats: tuple[int, ...], code: int = 0, known: "dict[int, Seating] | None" = None
    ):
        super().__init__()
        self.code = code
        self._seats = seats
        self._known: dict[int, Seating] = {} if known is None else known
        self.is_full = sum(sizes_of(code)) == sum(seats)

    def __missing__(self, size: int) -> "Seating | None":
        code, known = self.code + code_of(size), self._known
        more = known.get(code)
        if more is None and fits(sizes_of(code), self._seats):
            if len(known) > _KNOWN:
                for each in known.values():
                    each.clear()
                known.clear()
            more = known[code] = Seating(self._seats, code, known)
        self[size] = more
        return more


@lru_cache(1 << 16)
def complete(code: int, least: tuple[int, ...], seats: tuple[int, ...]) -> bool:
    """Whether parties of these sizes make teams of at least so many."""
    return splits(sizes_of(code), least, seats)


@lru_cache(1 << 14)
def attainable(
    code: int, counts: tuple[tuple[int, int], ...], least: tuple[int, ...], seats: tuple[int, ...]
) -> bool:
    """Whether a group can become a match with some others, as far as sizes go.

    Args:
        code: The sizes of the group.
        counts: Each size that the others have, the largest first, and how many have it.
        least: Players of each team, at least.
        seats: Of each team.
    """
    if complete(code, least, seats):
        return True
    for at, (size, count) in enumerate(counts):
        more = code + code_of(size)
        if count and fits(sizes_of(more), seats):
            rest = ((size, count - 1), *counts[at + 1 :])
            if attainable(more, rest, least, seats):
                return True
    return False


def tallied(sizes: Mapping[int, int], most: int) -> tuple[tuple[int, int], ...]:
    """How many there are of each size, the largest first, as far as `most` players."""
    return tuple(
        [
            (size, min(count, most // size))
            for size, count in sorted(sizes.items(), reverse=True)
            if count
        ]
    )


@lru_cache(1 << 10)
def code_of(size: int) -> int:
    """The code of one party; that of several is the sum."""
    return 1 << _BITS * (size - 1) if size else 0


def sizes_of(code: int) -> tuple[int, ...]:
    """The sizes that a code tells, the largest first."""
    sizes: list[int] = []
    size = 1
    while code:
        sizes += [size] * (code & (1 << _BITS) - 1)
        code >>= _BITS
        size += 1
    return tuple(reversed(sizes))
