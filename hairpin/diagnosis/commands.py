"""The subcommands of `hairpin nat`, each of which does its work in a module of its name."""

import typer

from hairpin.diagnosis.check import check, lifetime
from hairpin.diagnosis.predict import predict
from hairpin.diagnosis.serve import serve
from hairpin.diagnosis.simulate import simulate
from hairpin.diagnosis.watch import watch
from hairpin.flags import spread
from hairpin.helptext import Command, Group

app = typer.Typer(
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(spread(check))
for command in (spread(lifetime), watch, predict, serve, spread(simulate)):
    app.command(cls=Command)(command)
