"""Parties are divided among teams."""

import pytest

from signaling.matchmaking.matcher.balancing import Party, Team, divide, gap


def solos(*ratings: float) -> list[Party]:
    return [Party(1, rating) for rating in ratings]


def test_two_teams_are_as_even_as_can_be() -> None:
    division = divide(solos(1000, 1100, 1200, 1300), [Team(2), Team(2)], 2)
    assert division is not None
    teams, difference = division
    assert teams[0] == teams[3] != teams[1] == teams[2]
    assert difference == 0.0


def test_a_party_stays_together_and_the_teams_are_full() -> None:
    parties = [Party(3, 3 * 1500), Party(2, 2 * 1700), Party(2, 2 * 1500), *solos(1400, 1500, 1600)]
    division = divide(parties, [Team(5), Team(5)], 5)
    assert division is not None
    for team in (0, 1):
        there = zip(parties, division[0], strict=True)
        assert sum(one.size for one, where in there if where == team) == 5


def test_newcomers_make_the_weaker_team_stronger() -> None:
    teams = [Team(1, players=2, strength=3200.0), Team(1, players=2, strength=2800.0)]
    division = divide(solos(1800, 1200), teams, 0)
    assert division is not None
    assert division[0] == (1, 0)


def test_what_cannot_be_seated_is_not_divided() -> None:
    assert divide([Party(2, 0.0)], [Team(1), Team(1)], 0) is None


@pytest.mark.parametrize("teams", [2, 4])
def test_many_parties_are_divided_well(teams: int) -> None:
    ratings = [1000.0 + 37 * number % 500 for number in range(32)]
    division = divide(solos(*ratings), [Team(32 // teams)] * teams, 32 // teams)
    assert division is not None
    assert division[1] < 10.0


def test_the_gap_is_between_means_of_teams_with_players() -> None:
    assert gap([3000.0, 1400.0, 0.0], [2, 1, 0]) == 100.0
    assert gap([0.0], [0]) == 0.0
