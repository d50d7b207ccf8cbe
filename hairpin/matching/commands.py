"""`hairpin match`: bots that play with each other, and its subcommands, each loaded when it is called."""

import typer

from hairpin.later import Later, group_of
from hairpin.matching.options import match

COMMANDS = (
    Later(
        "bot",
        "hairpin.matching.botcommand",
        "Stand by in a queue, and play with whoever waits alone there, until Ctrl-C.",
    ),
    Later(
        "simulate",
        "hairpin.matching.simulate",
        "Play a season of a queue in virtual time: how long players wait, and what their matches are like.",
    ),
)

app = typer.Typer(
    cls=group_of(*COMMANDS),
    invoke_without_command=True,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(match)
