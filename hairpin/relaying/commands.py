"""The subcommands of `hairpin relay`, each of which does its work in a module of its name."""

import typer

from hairpin.flags import spread
from hairpin.helptext import Command, Group
from hairpin.relaying.asking.disconnect import disconnect
from hairpin.relaying.asking.drain import drain
from hairpin.relaying.asking.mint import mint
from hairpin.relaying.asking.reload import reload
from hairpin.relaying.asking.sessions import sessions
from hairpin.relaying.asking.status import status
from hairpin.relaying.check import check
from hairpin.relaying.doctor import doctor
from hairpin.relaying.key import key
from hairpin.relaying.run import run

app = typer.Typer(
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(spread(run))
for command in (check, key, spread(doctor), status, sessions, disconnect, drain, reload, mint):
    app.command(cls=Command)(command)
