"""Tests of `nat.choices`: what a NAT's maker can choose between."""

import enum

from nat import Dependence, Refresh, choices

ENUMS = [
    one
    for one in vars(choices).values()
    if isinstance(one, type) and issubclass(one, enum.Enum) and one.__module__ == choices.__name__
]


def test_no_two_choices_of_a_question_are_written_alike():
    assert len(ENUMS) >= 20
    for kind in ENUMS:
        written = [one.value for one in kind]
        assert written == [value.lower() for value in written]
        assert len(written) == len(set(written)) > 1


def test_dependences_have_their_usual_abbreviations():
    assert [one.short for one in Dependence] == ["EI", "AD", "APD"]


def test_a_refresh_direction_is_one_or_both():
    assert [(one.outbound, one.inbound) for one in Refresh] == [
        (True, False),
        (False, True),
        (True, True),
    ]
