"""The subcommands of `hairpin signaling`, each of which does its work in a module of its name."""

import typer

from hairpin.flags import spread
from hairpin.later import Later, group_of
from hairpin.switchboard.run import run

_HERE = "hairpin.switchboard"

COMMANDS = (
    Later(
        "check",
        f"{_HERE}.check",
        "Say whether a configuration file is right, the files with keys that it names among it.",
    ),
    Later(
        "token",
        f"{_HERE}.token",
        "Make a token that a server started with --jwt-key takes, and print it.",
    ),
    Later(
        "status",
        f"{_HERE}.asking.status",
        "Say how the server that runs is: whom it serves, what it carried, what it refused.",
    ),
    Later(
        "rooms", f"{_HERE}.asking.rooms", "List rooms with their members, those on other nodes too."
    ),
    Later(
        "sessions",
        f"{_HERE}.asking.sessions",
        "List the sessions of this node: names, addresses, rooms, and what is kept for them.",
    ),
    Later(
        "queues",
        f"{_HERE}.asking.queues",
        "List the queues of all nodes: tickets that wait, the longest wait, matches found and played.",
    ),
    Later("kick", f"{_HERE}.asking.kick", "Put a member out of a room, on whichever node it is."),
    Later(
        "close",
        f"{_HERE}.asking.close",
        "Put all members out of a room, on all nodes. Whoever joins it afterwards opens a new one.",
    ),
    Later(
        "drain",
        f"{_HERE}.asking.drain",
        "Send the clients away, each after a pause of its own, and stop when they are gone, as SIGTERM does.",
    ),
    Later(
        "reload",
        f"{_HERE}.asking.reload",
        "Let the server read its configuration, keys and certificate again, as SIGHUP does.",
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
