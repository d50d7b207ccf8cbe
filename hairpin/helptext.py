"""How `--help` looks: paragraphs flow to the width of the terminal, a switch shows no type, and `[x]` is no markup."""

from typing import Any

from rich.markup import escape
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class Command(TyperCommand):
    """A command."""

    def __init__(self, name: str | None, **more: Any) -> None:
        super().__init__(name, **_flowing(more))

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """Give the option --help, a switch as others."""
        return _as_switch(super().get_help_option(ctx))


class Group(TyperGroup):
    """A command with subcommands."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**_flowing(more))

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """Give the option --help, a switch as others."""
        return _as_switch(super().get_help_option(ctx))


def flow(text: str) -> str:
    """Take away the line breaks within paragraphs, which fit no other width than that of the source."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _flowing(given: dict[str, Any]) -> dict[str, Any]:
    """What typer makes a command from, with its text and its switches changed."""
    for parameter in given.get("params") or ():
        if isinstance(parameter, TyperOption):
            _as_switch(parameter)
        if isinstance(parameter, TyperOption | TyperArgument) and parameter.help is not None:
            parameter.help = escape(parameter.help)
    text = given.get("help")
    return given if text is None else {**given, "help": escape(flow(text))}


def _as_switch(option: TyperOption | None) -> TyperOption | None:
    if option is not None and option.is_flag and option.metavar is None:
        option.metavar = ""
    return option
