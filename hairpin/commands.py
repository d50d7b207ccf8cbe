"""The command `hairpin` and its subcommands, each of which is loaded when it is called."""
# ruff: noqa: FBT001, FBT002 - typer reads options from booleans with defaults

from typing import Annotated

import typer

from hairpin import __version__
from hairpin.later import Later, group_of

COMMANDS = (
    Later(
        "call",
        "hairpin.calling.commands",
        "Join a room as a peer, and connect to whoever is there or comes.",
    ),
    Later(
        "bot",
        "hairpin.calling.bot",
        "Stay in a room as a member that is always there, for trying out alone.",
    ),
    Later(
        "demo",
        "hairpin.demo.commands",
        "Connect two peers, on real sockets and through simulated NATs.",
    ),
    Later("up", "hairpin.up", "Run the signaling server and the relay, until Ctrl-C."),
    Later(
        "relay",
        "hairpin.relaying.commands",
        "Run the STUN and TURN server alone, until Ctrl-C.",
        "app",
    ),
    Later(
        "signaling",
        "hairpin.switchboard.commands",
        "Run the signaling server alone, until Ctrl-C. The websocket is at /v1/ws.",
        "app",
    ),
    Later(
        "match", "hairpin.matching.commands", "Queues of a game: play in them, tune them.", "app"
    ),
    Later("lab", "hairpin.lab.commands", "A lab for NATs: who can meet whom, and why not.", "app"),
    Later(
        "nat",
        "hairpin.diagnosis.commands",
        "What does my NAT do, and with whom can I connect directly?",
        "app",
    ),
)

app = typer.Typer(
    cls=group_of(*COMMANDS),
    name="hairpin",
    help="WebRTC connections that find their way through NATs, and can say why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hairpin {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """WebRTC connections that find their way through NATs, and can say why."""
