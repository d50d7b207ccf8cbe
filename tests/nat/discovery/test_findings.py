"""A finding says how much is known and what it rests on."""

import pytest

from nat.discovery.findings import Finding, Status, known, not_tested, unknown


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (known(value=True, why="seen", tests=1), "1 test"),
        (known(value=True, why="seen", tests=3, servers=2), "3 tests, 2 servers agree"),
        (known(value=True, why="seen", tests=3, against=1), "3 tests, 1 against"),
        (unknown("lost"), ""),
    ],
)
def test_confidence_is_said_in_words(finding: Finding[bool], words: str) -> None:
    assert finding.confidence == words


def test_what_is_unknown_is_no_no() -> None:
    for finding in (unknown("lost"), not_tested()):
        assert finding.value is None
        assert not finding.is_known
        assert finding.why


def test_a_no_is_known() -> None:
    assert known(value=False, why="seen").status is Status.KNOWN


def test_what_may_be_right_is_the_answer_or_what_is_left_or_everything() -> None:
    every = ("a", "b", "c")
    assert known("a", "seen").candidates(every) == ("a",)
    assert unknown("lost", possible=("a", "b")).candidates(every) == ("a", "b")
    assert unknown("lost").candidates(every) == every
    assert known(value=False, why="seen").candidates((True, False)) == (False,)
