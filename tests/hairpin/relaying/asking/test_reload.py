"""`hairpin relay reload`."""

import json
from typing import Any


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
