"""The subcommands of `hairpin signaling`."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from hairpin.switchboard.commands import app


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


GUIDE = (Path(__file__).parents[3] / "docs" / "signaling.md").read_text()
SHOWN = re.findall(r"^hairpin signaling ?(.*)$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("line", SHOWN)
def test_every_command_that_the_guide_shows_is_one_with_these_options(line: str) -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    name, *rest = shlex.split(line)
    if name.startswith("-"):
        group.make_context("signaling", [name, *rest])
    else:
        group.commands[name].make_context(name, rest)


def test_the_guide_shows_every_command() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    assert {line.split()[0] for line in SHOWN if not line.startswith("-")} == set(group.commands)
