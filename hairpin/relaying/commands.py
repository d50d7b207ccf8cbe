"""The subcommands of `hairpin relay`, each of which does its work in a module of its name."""

import typer

from hairpin.flags import spread
from hairpin.later import Later, group_of
from hairpin.relaying.run import run

_HERE = "hairpin.relaying"

COMMANDS = (
    Later(
        "check", f"{_HERE}.check", "Say whether a configuration file is right, and what it means."
    ),
    Later(
        "key",
        f"{_HERE}.key",
        "Print a line for the users file, with keys in place of the password.",
    ),
    Later(
        "doctor",
        f"{_HERE}.doctor",
        "Examine a relay as a client would, and say what is wrong and what to do about it.",
    ),
    Later(
        "status",
        f"{_HERE}.asking.status",
        "Say how the relay that runs is: whom it serves, what it relayed, what it refused.",
    ),
    Later(
        "sessions",
        f"{_HERE}.asking.sessions",
        "List live allocations: whose they are, their relayed addresses, and what they relayed.",
    ),
    Later(
        "disconnect",
        f"{_HERE}.asking.disconnect",
        "End the allocations of a user, of a client, or one; what is said together must all be so.",
    ),
    Later(
        "drain",
        f"{_HERE}.asking.drain",
        "Let the relay give no more allocations, and stop when its last is gone, as SIGTERM does.",
    ),
    Later(
        "reload",
        f"{_HERE}.asking.reload",
        "Let the relay read its configuration, its certificate and its users file again, as SIGHUP does.",
    ),
    Later(
        "mint",
        f"{_HERE}.asking.mint",
        "Make a time-limited TURN credential with the relay's newest secret, which it does not show.",
    ),
)

app = typer.Typer(
    cls=group_of(*COMMANDS),
    invoke_without_command=True,
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(spread(run))
