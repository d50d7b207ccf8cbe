"""The subcommands of `hairpin signaling`."""

from typing import Any


def test_help_names_every_subcommand_and_the_flags_that_others_rely_on(run_signaling: Any) -> None:
    text = run_signaling("--help").output
    for word in ("check", "token", "--listen", "--redis", "--node", "--turn", "--turn-secret"):
        assert word in text
    for word in ("--jwt-key", "--max-message", "--config", "/v1/ws", "Exit status"):
        assert word in text
