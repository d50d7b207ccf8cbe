"""Patterns of names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.patterns import matches, matches_any


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*", "", True),
        ("*", "anything", True),
        ("team-*", "team-7", True),
        ("team-*", "team", False),
        ("*-private", "a-private", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*a", "a", False),
        ("lobby", "lobby", True),
        ("lobby", "Lobby", False),
        ("a?c", "abc", False),
        ("[a]", "a", False),
    ],
)
def test_a_star_stands_for_any_run_and_all_else_for_itself(pattern, name, fits):
    assert matches(pattern, name) == fits


@given(st.text("ab*", max_size=6), st.text("ab", max_size=8))
def test_it_says_what_a_regular_expression_says(pattern, name):
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    assert matches(pattern, name) == bool(re.fullmatch(expression, name, re.DOTALL))


def test_a_pattern_that_would_keep_an_expression_busy_for_hours_is_decided_at_once():
    assert not matches("a*" * 60 + "b", "a" * 128)


def test_one_of_several_patterns_is_enough_and_none_fits_nothing():
    assert matches_any(("x", "a*"), "ab")
    assert matches_any(("*",), "ab")
    assert not matches_any((), "ab")
