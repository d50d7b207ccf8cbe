"""What a call is told: the size of its picture, and what it tells the others of itself."""

from pathlib import Path

import pytest

from hairpin.calling.plan import CallPlan, Doing, Picture, read_picture


def test_a_size_is_read_and_one_that_no_pattern_has_is_refused() -> None:
    assert read_picture("320x180", 10) == Picture(320, 180, 10)
    for wrong in ("320", "320x", "x180", "axb", "321x180", "64x64", "9999x9999"):
        with pytest.raises(ValueError, match=wrong):
            read_picture(wrong, 10)


@pytest.mark.parametrize(
    ("plan", "seen", "files"),
    [
        (CallPlan(room="r"), True, False),
        (CallPlan(room="r", doing=Doing.ECHO), True, False),
        (CallPlan(room="r", doing=Doing.CHAT), False, False),
        (CallPlan(room="r", doing=Doing.CHAT, pattern=True), True, False),
        (CallPlan(room="r", doing=Doing.CHAT, play=Path("f"), save=Path("d")), True, True),
    ],
)
def test_the_others_are_told_whether_there_is_something_to_see(
    plan: CallPlan, seen: bool, files: bool
) -> None:
    assert plan.meta == {"mic": seen, "camera": seen, "screen": False, "files": files}


def test_a_key_is_in_no_repr() -> None:
    assert "hush" not in repr(CallPlan(room="r", key="hush"))
