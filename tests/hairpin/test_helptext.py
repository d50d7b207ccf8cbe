"""How `--help` looks."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import typer
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


def every_command(
    command: Any, name: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield name, command
    for each, below in sorted(getattr(command, "commands", {}).items()):
        yield from every_command(below, (*name, each))


COMMANDS = dict(every_command(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_what_is_written_in_brackets_is_shown_as_every_other_word(name: tuple[str, ...]) -> None:
    """Defaults stand in brackets, `[udp]`, which are markup to what draws the tables."""
    command = COMMANDS[name]
    texts = [command.help, *(getattr(parameter, "help", None) for parameter in command.params)]
    output = " ".join(shown(2000, *name).split())
    written = [" ".join(text.replace("\\[", "[").split()) for text in texts if text]
    assert [text for text in written if text not in output] == []


def test_all_commands_are_seen() -> None:
    assert {("relay", "doctor"), ("signaling", "kick"), ("lab", "kernel")} <= COMMANDS.keys()
