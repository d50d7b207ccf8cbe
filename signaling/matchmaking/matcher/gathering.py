"""The first group of a ticket, quickly: the nearest that fit, where nothing counts but ratings and sizes.

This is the first thing that a search would find, without an object for each step; most tickets need no more.
"""

import sys
from enum import Enum
from typing import TypeAlias

from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.matcher.tallies import Tally


class Ended(Enum):
    """Why nothing was gathered."""

    ALL_SEEN = "all seen"
    """No other is in reach."""
    CUT = "cut"
    """No more may be looked at."""


Gathered: TypeAlias = tuple[list[Candidate], int, float]
"""Who is in a group, the code of their sizes, and how far apart their ratings are."""


def gather(seed: Candidate, rules: Rules, tally: Tally) -> Gathered | Ended:
    """A seed and the nearest that fit, as many as fill a match, or why there are none; the seed stands in line."""
    starving = seed.waited >= rules.starving_after
    window, middle = seed.window, seed.rating
    lowest = highest = middle
    floor, ceiling = middle - window, middle + window
    members, seating = [seed], rules.seating[seed.size]
    if seating is None:
        return Ended.ALL_SEEN
    reach = min(window, sys.float_info.max)  # the ends of a line are farther away
    left, right = seed.left, seed.right
    below, above = middle - left.rating, right.rating - middle
    for looks in range(tally.most()):  # as `Line.nearest` goes, without a step into it for each
        if below < above:
            one, near, left = left, below, left.left
            below = middle - left.rating
        else:
            one, near, right = right, above, right.right
            above = right.rating - middle
        if near > reach:
            tally.spend(looks)
            return Ended.ALL_SEEN
        joined = seating[one.size]
        if joined is None:
            continue
        rating = one.rating
        if not starving:
            window = one.window
        low, high = rating - window, rating + window
        if not (floor <= rating <= ceiling and low <= lowest and high >= highest):
            continue
        members.append(one)
        if rating < lowest:
            lowest = rating
        else:
            highest = rating if rating > highest else highest  # noqa: FURB136
        if joined.is_full:
            tally.spend(looks)
            return members, joined.code, highest - lowest
        seating = joined
        floor = low if low > floor else floor  # noqa: FURB136  a call costs more than the rest of this line
        ceiling = high if high < ceiling else ceiling  # noqa: FURB136
    tally.looks = -1
    return Ended.CUT
