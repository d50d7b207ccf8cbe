"""`hairpin signaling rooms`."""

import json
from typing import Any


def test_nobody_is_said_in_one_line(ask: Any) -> None:
    assert ask("rooms").output == "Nobody is in any room.\n"


def test_rooms_are_shown_with_members_state_role_and_node(ask: Any, running: Any) -> None:
    running.enter("alice", "blue")
    running.enter("bob", "blue")
    running.enter("carol", "green")
    output = ask("rooms").output
    assert output.startswith("2 rooms. 3 members in all.")
    (alice,) = [line for line in output.splitlines() if "alice" in line]
    assert [word for word in alice.split() if word.isalnum()] == (
        ["blue", "2", "of", "16", "alice", "host", "here", "local"]
    )
    assert "The first 1 by name are shown" in ask("rooms", "--limit", "1").output
    (room,) = json.loads(ask("rooms", "green", "--json").output)["rooms"]
    assert [member["peer"] for member in room["members"]] == ["carol"]


def test_a_name_cannot_command_the_terminal(ask: Any, running: Any) -> None:
    running.enter("alice", "\u202ered")
    output = ask("rooms").output
    assert "\u202e" not in output
    assert "\\x202ered" in output


def test_a_room_that_there_is_not_is_one_line(ask: Any) -> None:
    result = ask("rooms", "nowhere")
    assert (result.exit_code, result.output) == (1, "error: there is no room 'nowhere'.\n")
