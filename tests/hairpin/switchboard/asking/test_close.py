"""`hairpin signaling close`."""

import json
from typing import Any


def test_everybody_is_put_out_and_told_why(ask: Any, running: Any) -> None:
    members = [running.enter(name, "blue") for name in ("alice", "bob")]
    result = ask("close", "blue", "--reason", "time is up")
    assert (result.exit_code, result.output) == (0, "Closed blue. 2 members put out.\n")
    assert {running.removed(member).message for member in members} == {"time is up"}
    running.enter("carol", "blue")
    assert json.loads(ask("close", "blue", "--json").output)["peers"] == ["carol"]


def test_a_room_that_there_is_not_is_one_line_with_status_1(ask: Any) -> None:
    result = ask("close", "nowhere")
    assert (result.exit_code, result.output) == (1, "error: there is no room 'nowhere'.\n")
