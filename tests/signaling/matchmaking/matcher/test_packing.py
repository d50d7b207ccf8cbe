"""Parties find seats without being split."""

from signaling.matchmaking.matcher.packing import even_range, fits, splits


def test_parties_fit_if_they_can_be_seated_whole() -> None:
    assert fits((3, 3, 2, 2), (5, 5))
    assert not fits((3, 3, 3), (5, 5))
    assert not fits((4, 4, 2), (5, 5))


def test_a_team_that_must_have_so_many_has_them() -> None:
    assert splits((3, 1, 1, 1), (3, 3), (5, 5))
    assert not splits((3, 1), (2, 2), (5, 5))
    assert not splits((), (1,), (5,))


def test_teams_are_as_equal_in_number_as_parties_allow() -> None:
    assert even_range((3, 1, 1, 1), (0, 0), 1, (5, 5)) == (3, 3)
    assert even_range((3, 1), (0, 0), 1, (5, 5)) == (1, 3)
    assert even_range((1,), (4, 3), 0, (1, 2)) == (4, 4)
    assert even_range((3, 1), (0, 0), 2, (5, 5)) is None
