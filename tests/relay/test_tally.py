"""Counts by holder."""

import pytest

from relay.tally import Tally


def test_each_holder_has_as_many_as_were_added_and_not_removed():
    tally = Tally()
    for holder in ("a", "b", "a"):
        tally.add(holder)
    tally.remove("a")
    assert (tally["a"], tally["b"], tally["c"]) == (1, 1, 0)


def test_who_has_none_leaves_no_trace():
    tally = Tally()
    tally.add("a")
    tally.remove("a")
    assert tally["a"] == len(tally) == 0


def test_nobody_gives_back_what_he_does_not_have():
    with pytest.raises(KeyError):
        Tally().remove("a")
