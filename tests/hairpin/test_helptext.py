"""How `--help` looks."""

from itertools import pairwise
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.commands import app
from hairpin.helptext import flow


def shown(width: int, *command: str) -> str:
    env = {"COLUMNS": str(width), "NO_COLOR": "1"}
    return CliRunner().invoke(app, [*command, "--help"], env=env).output


def test_paragraphs_flow_and_stay_apart() -> None:
    assert flow("One\ntwo.\n\n  Three\n  four.\n") == "One two.\n\nThree four."


@pytest.mark.parametrize("command", [(), ("demo",), ("up",), ("relay",), ("relay", "doctor")])
def test_no_line_of_a_paragraph_is_cut_short(command: Any) -> None:
    """A paragraph is a row of lines as long as they can be, whatever the width."""
    for width in (80, 100):
        text = shown(width, *command).partition("╭")[0]
        lines = [line.strip() for line in text.splitlines()]
        for line, below in pairwise(lines):
            if line and below:
                assert len(line) + 1 + len(below.split()[0]) > width - 3, line


@pytest.mark.parametrize("command", [(), ("demo",), ("relay",), ("relay", "sessions")])
def test_a_switch_shows_no_type(command: Any) -> None:
    assert "bool" not in shown(100, *command)
