"""`hairpin signaling drain`."""

import json
from typing import Any


def test_it_says_who_is_left_and_how_long(ask: Any, running: Any) -> None:
    running.enter("alice", "blue")
    assert ask("drain").output == "Draining: 1 session left; it stops within 30 s.\n"
    assert json.loads(ask("drain", "--seconds", "0.5", "--json").output)["seconds"] == 0.5
    assert running.drains == [None, 0.5]


def test_a_time_that_cannot_be_meant_is_refused_before_anything_is_asked(
    ask: Any, running: Any
) -> None:
    assert ask("drain", "--seconds", "-1").exit_code == 2
    assert running.drains == []
