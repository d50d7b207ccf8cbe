"""What is loaded when it is called looks in a list as it will say of itself."""

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hairpin import commands
from hairpin.diagnosis import commands as nat_commands
from hairpin.lab import commands as lab_commands
from hairpin.later import Later, group_of
from hairpin.relaying import commands as relay_commands
from hairpin.switchboard import commands as signaling_commands

GROUPS = (commands, nat_commands, lab_commands, relay_commands, signaling_commands)
EACH = [pytest.param(each, id=each.where) for group in GROUPS for each in group.COMMANDS]


@pytest.mark.parametrize("later", EACH)
def test_what_a_list_says_of_a_command_is_the_beginning_of_its_help(later: Later) -> None:
    command = later.load()
    assert command.name == later.name
    assert later.announced().help == command.help.split("\n\n")[0]


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer(cls=group_of(Later("gone", "no.such.module", "Be gone.")))
    made.callback()(lambda: None)
    made.command("here")(lambda: print("here"))
    return made


def run(app: typer.Typer, *arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


def test_a_list_loads_nothing_and_names_all(app: typer.Typer) -> None:
    output = run(app, "--help").output
    assert "gone" in output
    assert "Be gone." in output
    assert "here" in output


def test_what_is_called_is_loaded(app: typer.Typer) -> None:
    assert run(app, "here").output == "here\n"
    assert isinstance(run(app, "gone").exception, ModuleNotFoundError)


def test_what_there_is_not_is_refused_with_what_is_like_it(app: typer.Typer) -> None:
    result = run(app, "hear")
    assert result.exit_code == 2
    assert "'here'" in result.output


def test_all_are_among_the_commands_and_none_is_taken_away(app: typer.Typer) -> None:
    group: Any = typer.main.get_command(app)
    assert set(group.commands) == {"gone", "here"}
    assert len(group.commands) == 2
    with pytest.raises(TypeError, match="'here'"):
        del group.commands["here"]
