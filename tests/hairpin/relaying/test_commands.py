"""The subcommands of `hairpin relay`."""

from typing import Any


def test_help_has_an_example_and_the_meaning_of_the_exit_status(run_relay: Any) -> None:
    commands = ("check", "doctor", "status", "sessions", "disconnect", "drain", "reload", "mint")
    for command in ((), *((name,) for name in commands)):
        shown = run_relay(*command, "--help").output
        assert "Example: hairpin relay" in shown
        assert "Exit status: 0" in shown
