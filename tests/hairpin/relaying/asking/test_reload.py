"""`hairpin relay reload`."""

import json
from typing import Any

from relay.outputs import UsersFileRead


def test_a_reload_that_went_well_is_one_line(run_relay: Any, running: Any) -> None:
    result = run_relay("reload", "--admin", str(running.path))
    assert (result.exit_code, result.output) == (0, "Reloaded. What was read is in force.\n")
    assert running.orders == ["reload"]


def test_a_reload_that_is_refused_says_what_stays(run_relay: Any, running: Any) -> None:
    running.reload_problem = "realm: no. The old settings go on."
    result = run_relay("reload", "--admin", str(running.path))
    assert (result.exit_code, result.output) == (
        1,
        "error: realm: no. The old settings go on.\n",
    )


def test_json_is_one_document(run_relay: Any, running: Any) -> None:
    result = run_relay("reload", "--json", "--admin", str(running.path))
    assert json.loads(result.output) == {"answer": "reloaded", "version": 1}


def test_how_many_users_the_file_lists_is_told(run_relay: Any, running: Any) -> None:
    running.users_read = UsersFileRead(1200, warning="users can be read by everybody")
    result = run_relay("reload", "--admin", str(running.path))
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Reloaded. What was read is in force. The users file lists 1,200 users.",
        "users can be read by everybody.",
    ]


def test_a_users_file_that_is_bad_is_an_error(run_relay: Any, running: Any) -> None:
    running.users_read = UsersFileRead(problem="users: line 2: expected NAME")
    result = run_relay("reload", "--admin", str(running.path))
    assert (result.exit_code, result.output) == (
        1,
        "error: users: line 2: expected NAME. The old users go on.\n",
    )
