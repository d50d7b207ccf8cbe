"""What is not known of a diagnosis adds nothing."""

import pytest

from peer.explanation.diagnosed import FRESH, Diagnosed


def test_nothing_is_claimed_by_default() -> None:
    told = Diagnosed(4)
    assert told.udp is told.translated is told.carrier is told.pooling is None
    assert told.mapping == told.filtering == told.external == told.behaviors == ()


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (None, "a diagnosis"),
        (FRESH, "a diagnosis"),
        (FRESH + 1, "a diagnosis of 1 day ago"),
        (12.5 * FRESH, "a diagnosis of 12 days ago"),
        (-FRESH, "a diagnosis"),
        (-2 * FRESH, "a diagnosis of 2 days later"),
    ],
)
def test_an_old_one_is_called_by_its_age(age: float | None, words: str) -> None:
    told = Diagnosed(4, age=age)
    assert told.words == words
    assert told.is_old is (words != "a diagnosis")
