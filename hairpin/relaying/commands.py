"""The subcommands of `hairpin relay`, each of which does its work in a module of its name."""

import typer

from hairpin.relaying.check import check
from hairpin.relaying.options import spread
from hairpin.relaying.run import run

app = typer.Typer(
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(spread(run))
app.command()(check)
