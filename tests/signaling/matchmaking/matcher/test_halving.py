"""Two teams as even as can be."""

from itertools import combinations
from random import Random

from signaling.matchmaking.matcher.halving import halving_of
from signaling.matchmaking.matcher.rules import code_of


def halved(sizes: tuple[int, ...], strengths: list[float], most: int) -> list[tuple[int, ...]]:
    """The places of those in either team."""
    halving = halving_of(sum(map(code_of, sizes)), 0, most)
    assert halving is not None
    return [pick(tuple(range(len(sizes)))) for pick in halving.halve(tuple(strengths))]


def unevenness(team: tuple[int, ...], sizes: tuple[int, ...], strengths: list[float]) -> float:
    strength, count = sum(strengths[at] for at in team), sum(sizes[at] for at in team)
    return abs(strength / count - (sum(strengths) - strength) / (sum(sizes) - count))


def test_no_other_division_of_the_same_sizes_is_more_even() -> None:
    dice = Random(1)
    for _ in range(200):
        sizes = tuple(sorted(dice.choices((1, 1, 1, 2, 3), k=dice.randint(2, 8)), reverse=True))
        strengths = [size * dice.gauss(1500.0, 300.0) for size in sizes]
        first, second = halved(sizes, strengths, sum(sizes) - 1)
        assert sorted((*first, *second)) == list(range(len(sizes)))
        count = sum(sizes[at] for at in first)
        every = [
            unevenness(team, sizes, strengths)
            for some in range(1, len(sizes))
            for team in combinations(range(len(sizes)), some)
            if sum(sizes[at] for at in team) == count
        ]
        assert unevenness(first, sizes, strengths) <= min(every) + 1e-9


def test_of_two_equal_teams_the_first_party_is_in_the_first() -> None:
    assert halved((1, 1, 1, 1), [9.0, 8.0, 2.0, 1.0], 2) == [(0, 3), (1, 2)]


def test_the_gap_is_between_the_means_of_ratings() -> None:
    halving = halving_of(code_of(2) + code_of(1), 1, 2)
    assert halving is not None
    assert halving.gap((3000.0,), (1400.0,)) == 100.0
    nobody = halving_of(code_of(2), 0, 2)
    assert nobody is not None
    assert nobody.gap((3000.0,), ()) == 0.0


def test_parties_that_do_not_fit_are_not_divided() -> None:
    assert halving_of(3 * code_of(3), 0, 5) is None
