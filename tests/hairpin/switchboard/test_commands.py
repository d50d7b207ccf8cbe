"""The subcommands of `hairpin signaling`."""

from typing import Any


def test_help_names_every_subcommand_and_the_flags_that_others_rely_on(run_signaling: Any) -> None:
    text = run_signaling("--help").output
    for word in ("check", "token", "--listen", "--redis", "--node", "--turn", "--turn-secret"):
        assert word in text
    for word in ("--jwt-key", "--max-message", "--config", "/v1/ws", "Exit status"):
        assert word in text


def test_an_option_of_the_server_before_a_subcommand_is_refused(run_signaling: Any) -> None:
    result = run_signaling("--redis", "redis://a", "check", "no-such-file")
    assert result.exit_code == 2
    assert "--redis is for a server to be started" in result.output
