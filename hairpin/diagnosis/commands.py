"""The subcommands of `hairpin nat`, each of which does its work in a module of its name."""

import typer

from hairpin.diagnosis.check import check
from hairpin.flags import spread
from hairpin.later import Later, group_of

_HERE = "hairpin.diagnosis"

COMMANDS = (
    Later(
        "lifetime", f"{_HERE}.check", "How long may a binding be silent before the NAT forgets it?"
    ),
    Later(
        "watch",
        f"{_HERE}.watch",
        "Print a line for each change, until Ctrl-C: address, port, type, loss, reachability.",
    ),
    Later("predict", f"{_HERE}.predict", "Will these two meet, by which path, and why?"),
    Later(
        "serve",
        f"{_HERE}.serve",
        "Run a STUN server that others can test their NATs against, until Ctrl-C.",
    ),
    Later(
        "simulate", f"{_HERE}.simulate", "Diagnose a simulated NAT, as hairpin nat does a real one."
    ),
)

app = typer.Typer(
    cls=group_of(*COMMANDS),
    invoke_without_command=True,
    no_args_is_help=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(spread(check))
