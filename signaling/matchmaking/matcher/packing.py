"""Whether parties of given sizes can be seated in teams without splitting one."""

from functools import lru_cache

CACHED = 1 << 14


@lru_cache(CACHED)
def fits(sizes: tuple[int, ...], seats: tuple[int, ...]) -> bool:
    """Whether all parties find a place; seats may stay empty.

    Args:
        sizes: Of the parties, the largest first.
        seats: Of each team, the most first.
    """
    return splits(sizes, (0,) * len(seats), seats)


@lru_cache(CACHED)
def splits(sizes: tuple[int, ...], least: tuple[int, ...], seats: tuple[int, ...]) -> bool:
    """Whether all parties find a place so that each team has at least so many players.

    Args:
        sizes: Of the parties, the largest first.
        least: Players of each team, at least.
        seats: Of each team; the order of the teams is that of `least`.
    """
    total = sum(sizes)
    if not sum(least) <= total <= sum(seats):
        return False
    if not sizes:
        return True
    first, rest = sizes[0], sizes[1:]
    teams = sorted(zip(seats, least, strict=True), reverse=True)
    tried = [None, *teams]
    for at, ((room, wanted), before) in enumerate(zip(teams, tried, strict=False)):
        if room < first or (room, wanted) == before:
            continue  # teams that are alike need one try
        left = list(teams)
        left[at] = (room - first, max(0, wanted - first))
        if splits(rest, tuple(low for _, low in left), tuple(high for high, _ in left)):
            return True
    return False


@lru_cache(CACHED)
def even_range(
    sizes: tuple[int, ...], taken: tuple[int, ...], least: int, seats: tuple[int, ...]
) -> tuple[int, int] | None:
    """The players that each team has, from and to, where teams are as equal in number as parties allow.

    Args:
        sizes: Of the parties, the largest first.
        taken: Players that each team has already.
        least: Players of a team in the end, at least.
        seats: Open seats of each team.
    """
    most = max(have + room for have, room in zip(taken, seats, strict=True))
    for difference in range(most + 1):
        for low in range(most - difference, -1, -1):
            if low < least:
                break
            low_high = (low, low + difference)
            if _within(sizes, taken, seats, low_high):
                return low_high
    return None


def _within(
    sizes: tuple[int, ...], taken: tuple[int, ...], seats: tuple[int, ...], bounds: tuple[int, int]
) -> bool:
    low, high = bounds
    lows = tuple(max(0, low - have) for have in taken)
    highs = tuple(min(room, high - have) for have, room in zip(taken, seats, strict=True))
    if any(room < 0 for room in highs):
        return False
    return splits(sizes, lows, highs)
