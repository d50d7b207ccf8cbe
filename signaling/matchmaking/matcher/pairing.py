"""Pairs players for duels where nothing counts but ratings: each seed with its nearest neighbour, quickly.

This is what `gathering` finds for them and `concluding` makes of it, in one loop without a call for each ticket. Where
the nearest is not a match at once the seed is left to the search.
"""

from collections.abc import Callable, Iterator

from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.proposals import Proposal

_INFINITE = float("inf")
_new = tuple.__new__  # as `Proposal(…)` does, in half the time


def pair(
    seeds: list[Candidate],
    rules: Rules,
    search: Callable[[Candidate], Proposal | None],
    taken: list[Candidate],
    *,
    namesakes: bool = False,
) -> Iterator[Proposal]:
    """The matches of players who stand in line; all are alone, and nobody is a bot or avoids somebody.

    Args:
        seeds: The oldest first.
        rules: Of a queue of duels that takes any match.
        search: Finds the match of a seed that is not that easy, and takes it out of line.
        taken: Here go those who are paired.
        namesakes: Whether there are players of the same name, who are left to the search where they would meet.
    """
    name, scale, starving_after = rules.queue.name, rules.queue.quality_scale, rules.starving_after
    for seed in seeds:
        if not seed.free or seed.near > seed.window:
            continue
        left, right, rating, reach = seed.left, seed.right, seed.rating, seed.window
        spread, above = rating - left.rating, right.rating - rating
        if spread < above:
            if spread > reach:
                continue  # nobody is in reach
            other, left = left, left.left
            theirs = other.rating
            near, wanted = theirs >= rating - reach, theirs + other.window >= rating
        else:
            if above > reach or above == _INFINITE:
                continue
            spread, other, right = above, right, right.right
            theirs = other.rating
            near, wanted = theirs <= rating + reach, theirs - other.window <= rating
        if (
            not near
            or (not wanted and seed.waited < starving_after)
            or (namesakes and seed.peers == other.peers)
        ):
            found = search(seed)
            if found is not None:
                yield found
            continue
        seed.free = other.free = False
        left.right, right.left = right, left
        seed.matched = other.matched = True
        taken += (seed, other)
        worth = 1.0 - spread / scale
        if worth < 0.0:
            worth = 0.0
        yield _new(Proposal, (name, ((seed.ticket,), (other.ticket,)), None, worth, None))
