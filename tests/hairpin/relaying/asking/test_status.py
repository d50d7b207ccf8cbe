"""`hairpin relay status`."""

import json
from typing import Any


def test_the_verdict_comes_first_and_the_listeners_below(run_relay: Any, running: Any) -> None:
    running.hold()
    result = run_relay("status", "--admin", str(running.path))
    assert result.exit_code == 0
    assert result.output.startswith("Serving. 1 allocation of at most 10,000, up ")
    assert f"127.0.0.1:{running.server.addresses[0].port}" in result.output
    assert "refused with 401" in result.output


def test_a_relay_that_drains_says_so(run_relay: Any, running: Any) -> None:
    running.server.drain()
    result = run_relay("status", "--admin", str(running.path))
    assert result.output.startswith("Draining: 0 allocations")


def test_json_is_one_document(run_relay: Any, running: Any) -> None:
    result = run_relay("status", "--json", "--admin", str(running.path))
    document = json.loads(result.output)
    assert (document["stage"], document["process"], document["version"]) == ("serving", 42, 1)
