"""The way to the server, and one line where there is none."""

import json
from typing import Any

import pytest

WORDS = {
    "status": (), "rooms": (), "sessions": (), "kick": ("r", "p"), "close": ("r",), "drain": (), "reload": (),
}  # fmt: skip


@pytest.mark.parametrize("command", WORDS)
def test_no_server_is_one_line_with_status_1(run_signaling: Any, command: str) -> None:
    result = run_signaling(command, *WORDS[command], "--admin", "/no/where")
    assert result.exit_code == 1
    assert result.output.startswith("error: there is no socket at /no/where. Is the server running")
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("command", WORDS)
def test_without_a_path_the_option_and_its_variable_are_named(
    run_signaling: Any, command: str
) -> None:
    result = run_signaling(command, *WORDS[command])
    assert result.exit_code == 2
    assert "--admin" in result.output


def test_the_path_may_stand_in_the_environment(run_signaling: Any, running: Any) -> None:
    result = run_signaling("status", "--json", HAIRPIN_SIGNALING_ADMIN=str(running.path))
    assert json.loads(result.output)["process"] == 42
