"""The subcommands of `hairpin signaling`, each of which does its work in a module of its name."""

import typer

from hairpin.flags import spread
from hairpin.helptext import Command, Group
from hairpin.switchboard.check import check
from hairpin.switchboard.run import run
from hairpin.switchboard.token import token

app = typer.Typer(
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(spread(run))
for command in (check, token):
    app.command(cls=Command)(command)
