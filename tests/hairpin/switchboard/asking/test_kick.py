"""`hairpin signaling kick`."""

import json
from typing import Any

import pytest


def test_a_member_is_put_out_and_told_why(ask: Any, running: Any) -> None:
    bob = running.enter("bob", "blue")
    result = ask("kick", "blue", "bob", "--reason", "spam")
    assert (result.exit_code, result.output) == (0, "Put out: bob is out of blue.\n")
    assert running.removed(bob).message == "spam"
    running.enter("carol", "blue")
    assert json.loads(ask("kick", "blue", "carol", "--json").output)["peers"] == ["carol"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("blue", "nobody"), "no member of 'blue' is called 'nobody'"),
        (("nowhere", "bob"), "there is no room 'nowhere'"),
        (("", "bob"), "Expected `str` of length >= 1 - at `$.room`"),
    ],
)
def test_whom_there_is_not_is_one_line_with_status_1(
    ask: Any, running: Any, arguments: tuple[str, str], words: str
) -> None:
    running.enter("bob", "blue")
    result = ask("kick", *arguments)
    assert (result.exit_code, result.output) == (1, f"error: {words}.\n")
