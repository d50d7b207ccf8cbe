"""The first group of a ticket, quickly: the nearest that fit, where nothing counts but ratings and sizes.

This is the first thing that a search would find, without an object for each step; most tickets need no more.
"""

from itertools import islice

from signaling.matchmaking.candidates import Candidate
from signaling.matchmaking.lines import Line
from signaling.matchmaking.rules import Rules

LOOKS = 64
"""Others that are looked at."""


def gather(seed: Candidate, line: Line, rules: Rules) -> tuple[tuple[Candidate, ...], float] | None:
    """A seed and the nearest that fit, as many as fill a match, or None if it is not that easy.

    Returns:
        Them, and how far apart their ratings are.
    """
    full, fitting = rules.queue.full, rules.fitting
    starving = seed.waited >= rules.starving_after
    lowest = highest = seed.rating
    floor, ceiling = lowest - seed.window, lowest + seed.window
    members, size, code = [seed], seed.size, seed.code
    for one in islice(line.nearest(seed, seed.window), LOOKS):
        rating, window = one.rating, one.window
        if not floor <= rating <= ceiling:
            continue
        if not starving and (rating - window > lowest or rating + window < highest):
            continue
        joined = code + one.code
        if not fitting[joined]:
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
