"""How good a match is: how even its teams, and how near its ratings."""

import math
from collections.abc import Sequence

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.matcher.candidates import Candidate

_DIAGONAL = math.sqrt(2.0)


def quality(gap: float, spread: float, queue: Queue) -> float:
    """A match's quality: 1 where all are alike; a duel loses in proportion to the difference of ratings.

    Args:
        gap: Between the means of the strongest and the weakest team.
        spread: Between the highest and the lowest rating.
    """
    if queue.rating is None:
        return 1.0
    if gap == spread:  # as in a duel: said in one way, so that it is exact
        worth = 1.0 - spread / queue.quality_scale
        return max(0.0, worth)
    return max(0.0, 1.0 - math.hypot(gap, spread) / (_DIAGONAL * queue.quality_scale))


def wanted(waited: float, queue: Queue) -> float:
    """What a match must be worth when its oldest ticket has waited for so long."""
    return 0.0 if queue.quality is None else queue.quality.at(waited)


def best_region(members: Sequence[Candidate], regions: frozenset[str] | None) -> str | None:
    """The region where the farthest is nearest; then the mean counts, then the name."""
    if not regions:
        return None
    if len(regions) == 1:
        return next(iter(regions))
    told = [one.trips for one in members if one.trips is not None]
    costs = []
    for region in regions:
        trips = [those[region] for those in told]
        costs.append((max(trips), sum(trips), region))
    return min(costs)[2]
