"""The way to the relay that is asked."""

from pathlib import Path
from typing import Any

import pytest

COMMANDS = [
    ("status",),
    ("sessions",),
    ("disconnect", "--user", "alice"),
    ("drain",),
    ("reload",),
    ("mint", "alice"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_where_no_relay_answers_that_is_one_line_with_status_1(
    run_relay: Any, tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = run_relay(*command, "--admin", str(tmp_path / "none"))
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert "Is the relay running, with --admin" in line


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_path_the_option_is_named_with_status_2(
    run_relay: Any, command: tuple[str, ...]
) -> None:
    result = run_relay(*command)
    assert result.exit_code == 2
    assert "--admin" in result.output


def test_the_path_may_stand_in_the_environment(run_relay: Any, running: Any) -> None:
    assert run_relay("status", HAIRPIN_RELAY_ADMIN=str(running.path)).exit_code == 0
