"""A queue's rules, sorted by kind."""

import pytest

from signaling.matchmaking.configuration.queues import Equal, Overlap, Queue, Widening, Within
from signaling.matchmaking.matcher.rules import (
    Fitting,
    Rules,
    Seating,
    attainable,
    code_of,
    complete,
    sizes_of,
    tallied,
)


def code(*sizes: int) -> int:
    return sum(map(code_of, sizes))


def test_rules_are_sorted_by_kind() -> None:
    near, common = Within("level", Widening(1.0)), Overlap("maps")
    rules = Rules(Queue("q", rules=(common, Equal("mode"), near)))
    assert (rules.equal, rules.within, rules.overlap) == (("mode",), (near,), (common,))


@pytest.mark.parametrize(
    ("queue", "picky", "duel"),
    [
        (Queue("q"), False, True),
        (Queue("q", rules=(Equal("mode"),)), False, True),
        (Queue("q", rules=(Overlap("maps"),)), True, True),
        (Queue("q", rtt=Widening(50.0), team_max=2), True, False),
        (Queue("q", teams=3), False, False),
    ],
)
def test_what_is_only_of_ratings_and_what_is_a_duel_is_known(
    queue: Queue, picky: bool, duel: bool
) -> None:
    assert (Rules(queue).picky, Rules(queue).duel) == (picky, duel)


def test_one_number_tells_the_sizes_of_a_group() -> None:
    assert sizes_of(code(1, 3, 1, 2)) == (3, 2, 1, 1)
    assert sizes_of(code(*[1] * 300)) == (1,) * 300
    assert code_of(0) == 0


def test_groups_are_seated_and_complete_by_their_sizes() -> None:
    assert Fitting((5, 5))[code(3, 3)]
    assert not Fitting((5, 5))[code(3, 3, 3)]
    assert complete(code(3, 2, 5), (5, 5), (5, 5))
    assert not complete(code(3, 3), (5, 5), (5, 5))


def test_parties_are_seated_one_after_the_other() -> None:
    def seated(*sizes: int) -> Seating | None:
        seating: Seating | None = Seating((5, 5))
        for size in sizes:
            seating = None if seating is None else seating[size]
        return seating

    full, small = seated(3, 2, 5), seated(3, 3)
    assert full is not None
    assert small is not None
    assert (full.is_full, full.code, small.is_full) == (True, code(5, 3, 2), False)
    assert seated(3, 3, 3) is None


@pytest.mark.parametrize(
    ("group", "others", "expected"),
    [
        ((3,), {3: 9}, False),
        ((3,), {3: 9, 2: 1}, False),
        ((3,), {3: 9, 2: 2}, True),
        ((5, 3), {1: 2}, True),
        ((5, 3), {4: 2}, False),
    ],
)
def test_whether_others_can_fill_the_teams_is_a_question_of_their_sizes(
    group: tuple[int, ...], others: dict[int, int], expected: bool
) -> None:
    assert attainable(code(*group), tallied(others, 10), (5, 5), (5, 5)) is expected


def test_sizes_are_counted_as_far_as_they_matter() -> None:
    assert tallied({1: 50, 3: 2, 2: 0, 5: 9}, 10) == ((5, 2), (3, 2), (1, 10))
