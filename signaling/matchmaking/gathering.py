"""The first group of a ticket, quickly: the nearest that fit, where nothing counts but ratings and sizes.

This is the first thing that a search would find, without an object for each step; most tickets need no more.
"""

import sys

from signaling.matchmaking.candidates import Candidate
from signaling.matchmaking.rules import Rules

LOOKS = 64
"""Others that are looked at."""


def gather(seed: Candidate, rules: Rules) -> tuple[tuple[Candidate, ...], float] | None:
    """A seed and the nearest that fit, as many as fill a match, or None if it is not that easy; the seed stands in line.

    Returns:
        Them, and how far apart their ratings are.
    """
    full, fitting = rules.queue.full, rules.fitting
    starving = seed.waited >= rules.starving_after
    middle = lowest = highest = seed.rating
    floor, ceiling = middle - seed.window, middle + seed.window
    members, size, code = [seed], seed.size, seed.code
    reach = min(seed.window, sys.float_info.max)  # the ends of a line are farther away
    left, right = seed.left, seed.right
    below, above = middle - left.rating, right.rating - middle
    for _ in range(LOOKS):  # as `Line.nearest` goes, without a step into it for each
        if below > reach < above:
            return None
        if below < above:
            one, left = left, left.left
            below = middle - left.rating
        else:
            one, right = right, right.right
            above = right.rating - middle
        rating, window, joined = one.rating, one.window, code + one.code
        if not (floor <= rating <= ceiling and fitting[joined]):
            continue
        if not starving and (rating - window > lowest or rating + window < highest):
            continue
        members.append(one)
        size += one.size
        if rating < lowest:
            lowest = rating
        elif rating > highest:
            highest = rating
        if size == full:
            return tuple(members), highest - lowest
        code = joined
        if starving:
            floor, ceiling = highest - seed.window, lowest + seed.window
        else:
            floor = max(floor, rating - window)
            ceiling = min(ceiling, rating + window)
    return None
