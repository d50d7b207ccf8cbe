"""`hairpin signaling sessions`."""

import json
from typing import Any


def test_nobody_is_said_in_one_line(ask: Any) -> None:
    assert ask("sessions").output == "There is no session.\n"


def test_sessions_are_shown_with_where_they_come_from_and_their_rooms(
    ask: Any, running: Any
) -> None:
    running.enter("alice", "blue")
    running.enter("bob", "blue")
    output = ask("sessions").output
    assert output.startswith("2 sessions.")
    (alice,) = [line for line in output.splitlines() if "alice" in line]
    for shown in ("127.0.0.1", "here", "blue"):
        assert shown in alice
    assert "The first 1 by name are shown" in ask("sessions", "--limit", "1").output
    found = json.loads(ask("sessions", "--peer", "bob", "--json").output)["sessions"]
    assert [one["peer"] for one in found] == ["bob"]
