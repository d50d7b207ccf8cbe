"""Options that stand in a dataclass of their own, and those that stand where they mean nothing."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_type_hints

import typer


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Let typer see as options the fields of what a command takes as one argument.

    Args:
        command: Its last parameter is `flags`, of a dataclass whose fields are typer's options.
    """
    kind = get_type_hints(command)["flags"]
    names = [one.name for one in fields(kind)]

    def spread_command(**given: Any) -> None:
        flags = kind(**{name: given.pop(name) for name in names})
        command(**given, flags=flags)

    kept = [p for name, p in inspect.signature(command).parameters.items() if name != "flags"]
    hints = get_type_hints(kind, include_extras=True)
    options = [
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=one.default,
            annotation=hints[one.name],
        )
        for one in fields(kind)
    ]
    keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in kept]
    signature = inspect.Signature([*keyword, *options])
    spread_command.__name__ = command.__name__
    spread_command.__doc__ = command.__doc__
    spread_command.__annotations__ = {
        name: parameter.annotation for name, parameter in signature.parameters.items()
    }
    setattr(spread_command, "__signature__", signature)  # noqa: B010 - no attribute that mypy knows
    return spread_command


def refuse_what_stands_before(context: typer.Context, subcommand: str) -> None:
    """Tell who says `hairpin relay --admin PATH status` where the option has to stand.

    Raises:
        typer.BadParameter: An option of the server itself was given.
    """
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                f"{parameter.opts[0]} is for a server to be started when it stands before "
                f"{subcommand!r}: put it behind, or leave it out"
            )
