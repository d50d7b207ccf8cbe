"""Two teams as even as can be."""

from itertools import combinations
from random import Random

from signaling.matchmaking.halving import halve


def unevenness(team: tuple[int, ...], sizes: tuple[int, ...], strengths: list[float]) -> float:
    strength, count = sum(strengths[at] for at in team), sum(sizes[at] for at in team)
    return abs(strength / count - (sum(strengths) - strength) / (sum(sizes) - count))


def test_no_other_division_of_the_same_sizes_is_more_even() -> None:
    dice = Random(1)
    for _ in range(200):
        sizes = tuple(dice.choice((1, 1, 1, 2, 3)) for _ in range(dice.randint(2, 8)))
        strengths = [size * dice.gauss(1500.0, 300.0) for size in sizes]
        count = sum(dice.sample(sizes, dice.randint(1, len(sizes) - 1)))
        first, second = halve(sizes, strengths, count)
        assert sorted((*first, *second)) == list(range(len(sizes)))
        assert sum(sizes[at] for at in first) == count
        every = [
            unevenness(team, sizes, strengths)
            for some in range(1, len(sizes))
            for team in combinations(range(len(sizes)), some)
            if sum(sizes[at] for at in team) == count
        ]
        assert unevenness(first, sizes, strengths) <= min(every) + 1e-9


def test_of_two_equal_teams_the_first_party_is_in_the_first() -> None:
    assert halve((1, 1, 1, 1), [9.0, 8.0, 2.0, 1.0], 2) == ((0, 3), (1, 2))
