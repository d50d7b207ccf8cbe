"""`hairpin relay disconnect`."""

import json
from typing import Any


def test_a_users_allocations_are_ended_and_others_stay(run_relay: Any, running: Any) -> None:
    running.hold()
    running.hold("bob")
    result = run_relay("disconnect", "--user", "alice", "--admin", str(running.path))
    assert (result.exit_code, result.output) == (0, "Ended 1 allocation.\n")
    assert running.server.counters.allocations == 1


def test_one_is_ended_by_its_number(run_relay: Any, running: Any) -> None:
    running.hold()
    listed = json.loads(run_relay("sessions", "--json", "--admin", str(running.path)).output)
    number = listed["sessions"][0]["allocation"]
    result = run_relay(
        "disconnect", "--allocation", str(number), "--json", "--admin", str(running.path)
    )
    assert json.loads(result.output) == {"version": 1, "ended": 1}
    assert running.server.counters.allocations == 0


def test_nobody_to_disconnect_is_status_3(run_relay: Any, running: Any) -> None:
    result = run_relay("disconnect", "--client", "192.0.2.1", "--admin", str(running.path))
    assert result.exit_code == 3
    assert "nothing was ended" in result.output


def test_disconnecting_nobody_in_particular_is_a_wrong_argument(run_relay: Any) -> None:
    result = run_relay("disconnect", "--admin", "s")
    assert result.exit_code == 2
    assert "--allocation" in result.output
