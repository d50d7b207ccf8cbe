"""`hairpin signaling reload`."""

import json
from typing import Any


def test_it_says_what_needs_a_restart(ask: Any, running: Any) -> None:
    assert ask("reload").output == "Reloaded. What was read is in force.\n"
    running.unchanged = ("listen", "limits.message")
    assert "A restart is needed to change: listen, limits.message." in ask("reload").output
    assert json.loads(ask("reload", "--json").output)["unchanged"] == ["listen", "limits.message"]


def test_what_is_refused_is_one_line_with_status_1(ask: Any, running: Any) -> None:
    running.reload_problem = "s.toml: no TOML; the old settings go on"
    result = ask("reload")
    assert (result.exit_code, result.output) == (1, f"error: {running.reload_problem}.\n")
