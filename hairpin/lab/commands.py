"""The subcommands of `hairpin lab`, each of which does its work in a module of its name.

To add one, write its function in a module of its own (`hairpin/lab/kernel.py`), with a docstring
that has an `Example:` and an `Exit status:` line, and put the function into `COMMANDS`. A group of
subcommands is a `typer.Typer` of its own and goes into `GROUPS`, under its name.
"""

import typer

from hairpin.helptext import Command, Group
from hairpin.lab import kernel
from hairpin.lab.grid import grid
from hairpin.lab.population import population
from hairpin.lab.run import run
from hairpin.lab.shell import shell
from hairpin.lab.tun import WithProgram, tun

COMMANDS = (grid, population, run, shell)
GROUPS: dict[str, typer.Typer] = {"kernel": kernel.app}

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="A lab for NATs: who can meet whom, and why not.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in COMMANDS:
    app.command(cls=Command)(command)
app.command(cls=WithProgram)(tun)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)
