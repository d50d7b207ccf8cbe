"""The subcommands of `hairpin signaling`, each of which does its work in a module of its name."""

import typer

from hairpin.flags import spread
from hairpin.helptext import Command, Group
from hairpin.switchboard.asking.close import close
from hairpin.switchboard.asking.drain import drain
from hairpin.switchboard.asking.kick import kick
from hairpin.switchboard.asking.reload import reload
from hairpin.switchboard.asking.rooms import rooms
from hairpin.switchboard.asking.sessions import sessions
from hairpin.switchboard.asking.status import status
from hairpin.switchboard.check import check
from hairpin.switchboard.run import run
from hairpin.switchboard.token import token

app = typer.Typer(
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(spread(run))
for command in (check, token, status, rooms, sessions, kick, close, drain, reload):
    app.command(cls=Command)(command)
