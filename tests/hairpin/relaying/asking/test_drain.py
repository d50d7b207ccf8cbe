"""`hairpin relay drain`."""

import json
from typing import Any


def test_it_says_how_many_are_left(run_relay: Any, running: Any) -> None:
    running.hold()
    result = run_relay("drain", "--admin", str(running.path))
    assert (result.exit_code, result.output) == (0, "Draining: 1 allocation left, then it stops.\n")
    assert running.server.draining
    document = json.loads(run_relay("drain", "--json", "--admin", str(running.path)).output)
    assert document["allocations"] == 1
