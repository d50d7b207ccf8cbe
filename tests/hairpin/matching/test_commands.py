"""The group `hairpin match` as a person types it."""

from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.commands import app
from hairpin.matching import commands

runner = CliRunner()


def run(*arguments: str) -> Any:
    return runner.invoke(app, ["match", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_help_lists_every_subcommand() -> None:
    output = run("--help").output
    for command in commands.COMMANDS:
        assert f" {command.name} " in output


@pytest.mark.parametrize("command", [one.name for one in commands.COMMANDS])
def test_each_subcommands_help_has_an_example_and_its_exit_codes(command: str) -> None:
    output = " ".join(run(command, "--help").output.split())
    assert f"Example: hairpin match {command}" in output
    assert "Exit status: 0" in output
