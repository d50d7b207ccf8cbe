"""Subcommands that are loaded when they are called: the list of them needs one line of each, and no more."""

import inspect
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import typer

from hairpin.flags import spread
from hairpin.helptext import Command, Group


@dataclass(frozen=True, slots=True)
class Later:
    """A subcommand that nobody has called yet.

    Args:
        name: as it is typed.
        where: its module.
        says: the first paragraph of its help.
        attribute: the function in that module, or the `typer.Typer`; of the same name as the command by default.
    """

    name: str
    where: str
    says: str
    attribute: str = ""

    def load(self) -> Any:
        """Import it and make a command of it."""
        found = getattr(import_module(self.where), self.attribute or self.name)
        if not isinstance(found, typer.Typer):
            made = typer.Typer(add_completion=False)
            function = spread(found) if "flags" in inspect.signature(found).parameters else found
            made.command(cls=Command)(function)
            found = made
        command = typer.main.get_command(found)
        command.name = self.name
        return command

    def announced(self) -> Command:
        """What stands for it in a list."""
        return Command(self.name, help=self.says)


class _Commands(MutableMapping[str, Any]):
    """Commands by name, each loaded when it is looked up."""

    def __init__(self, table: tuple[Later, ...], known: dict[str, Any]) -> None:
        self._known = known
        self._later = {each.name: each for each in table}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._later[name].load()
        return self._known[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._known[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name!r}: commands are not taken away")

    def __iter__(self) -> Iterator[str]:
        return iter({**self._later, **self._known})

    def __len__(self) -> int:
        return len({**self._later, **self._known})


def group_of(*table: Later, kind: type[Group] = Group) -> type[Group]:
    """The class of a group of these subcommands, for typer's `cls`; `kind` is what it is besides."""
    announced = {each.name: each for each in table}

    class LoadingGroup(kind):  # type: ignore[valid-type, misc]  # a class that is given
        commands: MutableMapping[str, Any]

        def __init__(self, **more: Any) -> None:
            super().__init__(**more)
            self.commands = _Commands(table, dict(self.commands))

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's
            """Name each, in the order of the table."""
            return list(self.commands)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
            """Give what stands for a command: help asks for each."""
            if cmd_name in announced:
                return announced[cmd_name].announced()
            return self.commands.get(cmd_name)

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            """Give the command itself: it is the one that is called."""
            name, command, rest = super().resolve_command(ctx, args)
            return name, command if name is None else self.commands[command.name], rest

    return cast("type[Group]", LoadingGroup)
