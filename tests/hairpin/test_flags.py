"""Options in a dataclass of their own, and options that stand in the wrong place."""

from dataclasses import dataclass, fields
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from hairpin.flags import refuse_what_stands_before, spread


@dataclass(frozen=True)
class Flags:
    size: Annotated[int | None, typer.Option()] = None


def test_what_a_command_has_beside_the_flags_stays() -> None:
    heard: list[Any] = []

    def command(name: str, *, flags: Flags) -> None:
        heard.append((name, flags))

    spread(command)(name="x", **{one.name: one.default for one in fields(Flags)})
    assert heard == [("x", Flags())]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--size", "3", "sub"), 2, "--size is for a server to be started"),
        (("sub",), 0, "below"),
        (("--size", "3"), 0, "3"),
    ],
)
def test_an_option_before_a_subcommand_is_refused(
    arguments: tuple[str, ...], status: int, words: str
) -> None:
    app = typer.Typer(invoke_without_command=True)

    def run(context: typer.Context, *, flags: Flags) -> None:
        if context.invoked_subcommand is not None:
            refuse_what_stands_before(context, context.invoked_subcommand)
        typer.echo(flags.size)

    app.callback()(spread(run))
    app.command(name="sub")(lambda: typer.echo("below"))
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    assert result.exit_code == status
    assert words in result.output
