"""`hairpin relay sessions`."""

import json
from typing import Any

import pytest


def test_nobody_is_said_in_one_line(run_relay: Any, running: Any) -> None:
    result = run_relay("sessions", "--admin", str(running.path))
    assert result.output == "No allocation lives.\n"


def test_a_row_says_whose_and_where(run_relay: Any, running: Any) -> None:
    host, port = running.hold()
    result = run_relay("sessions", "--admin", str(running.path))
    assert result.output.startswith("1 allocation. They have relayed 0 B.")
    (row,) = [line for line in result.output.splitlines() if "alice" in line]
    assert f"{host}:{port}" in row
    assert "UDP" in row


def test_a_name_cannot_command_the_terminal(run_relay: Any, running: Any) -> None:
    running.hold("\x1b[31mred")
    result = run_relay("sessions", "--admin", str(running.path))
    assert "\x1b" not in result.output
    assert "\\x1b[31mred" in result.output


@pytest.mark.parametrize(
    ("options", "users"),
    [
        (("--by", "age"), ["alice", "bob", "alice"]),
        (("--by", "user"), ["alice", "alice", "bob"]),
        (("--by", "age", "--limit", "2"), ["alice", "bob"]),
        (("--user", "bob"), ["bob"]),
        (("--client", "127.0.0.1", "--by", "user"), ["alice", "alice", "bob"]),
        (("--client", "127.0.0.2"), []),
    ],
)
def test_rows_are_selected_sorted_and_limited(
    run_relay: Any, running: Any, options: tuple[str, ...], users: list[str]
) -> None:
    for user in ("alice", "bob", "alice"):
        running.hold(user)
    result = run_relay("sessions", "--json", "--admin", str(running.path), *options)
    document = json.loads(result.output)
    assert [one["user"] for one in document["sessions"]] == users


def test_what_is_left_out_is_said(run_relay: Any, running: Any) -> None:
    for _ in range(3):
        running.hold()
    result = run_relay("sessions", "--limit", "1", "--admin", str(running.path))
    assert "3 allocations" in result.output
    assert "The first 1 by bytes" in result.output


def test_a_client_that_is_no_address_is_one_line(run_relay: Any, running: Any) -> None:
    result = run_relay("sessions", "--client", "here", "--admin", str(running.path))
    assert result.exit_code == 1
    assert "'here'" in result.output
