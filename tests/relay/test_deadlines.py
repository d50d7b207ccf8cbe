"""Deadlines: the earliest first, each number once, and no growth by repetition."""

from hypothesis import given, settings
from hypothesis import strategies as st

from relay.deadlines import Deadlines


def _all_due(deadlines: Deadlines, now: float) -> list[int]:
    due = []
    while (number := deadlines.pop_due(now)) is not None:
        due.append(number)
    return due


def test_nothing_set_means_no_deadline() -> None:
    assert Deadlines().next() is None
    assert Deadlines().pop_due(1e9) is None


def test_numbers_come_up_in_the_order_of_their_deadlines() -> None:
    deadlines = Deadlines()
    for number, at in ((1, 30.0), (2, 10.0), (3, 20.0)):
        deadlines.bring_forward(number, at)
    assert deadlines.next() == 10.0
    assert _all_due(deadlines, 20.0) == [2, 3]
    assert deadlines.next() == 30.0


def test_an_earlier_deadline_replaces_a_later_one_and_not_the_other_way_round() -> None:
    deadlines = Deadlines()
    deadlines.bring_forward(1, 10.0)
    deadlines.bring_forward(1, 20.0)
    assert deadlines.next() == 10.0
    deadlines.bring_forward(1, 5.0)
    assert _all_due(deadlines, 100.0) == [1]
    assert deadlines.next() is None


def test_a_forgotten_number_does_not_come_up() -> None:
    deadlines = Deadlines()
    deadlines.bring_forward(1, 10.0)
    deadlines.forget(1)
    deadlines.forget(1)
    assert deadlines.next() is None


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 50)), max_size=60))
def test_every_number_comes_up_once_at_its_earliest_deadline(wanted: list[tuple[int, int]]) -> None:
    deadlines, earliest = Deadlines(), {}
    for number, at in wanted:
        deadlines.bring_forward(number, float(at))
        earliest[number] = min(at, earliest.get(number, at))
    for now in range(51):
        assert sorted(_all_due(deadlines, now)) == sorted(
            n for n, at in earliest.items() if at == now
        )
