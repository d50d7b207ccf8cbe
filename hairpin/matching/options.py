"""`hairpin match` without a subcommand: reads its options, lets bots play, and prints what came of it."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import enum
import json
from importlib import import_module
from typing import Annotated, Final

import typer

from hairpin.console import fail, stdout
from hairpin.flags import refuse_what_stands_before

MOST_PLAYERS: Final = 64


class Openness(enum.Enum):
    """What players tell the queue of how well others reach them."""

    MEASURED = "measured"
    OPEN = "open"
    MODERATE = "moderate"
    UNKNOWN = "unknown"
    STRICT = "strict"


ServerOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="The signaling server, such as ws://127.0.0.1:8080/v1/ws; by default one is "
        "started for these players alone.",
    ),
]
QueueOption = Annotated[str, typer.Option(metavar="NAME", help="Where to wait for a match.")]
OpennessOption = Annotated[
    Openness,
    typer.Option(
        help="How well others reach this machine: it is found out from a server that is named, or is what you say. "
        "The most open player hosts."
    ),
]


def match(
    context: typer.Context,
    queue: QueueOption = "duel",
    players: Annotated[
        int, typer.Option(metavar="N", min=1, max=MOST_PLAYERS, help="How many bots come.")
    ] = 2,
    server: ServerOption = None,
    seconds: Annotated[
        float,
        typer.Option(metavar="S", min=1, help="A game ends then, however it stands."),
    ] = 20.0,
    wait: Annotated[
        float, typer.Option(metavar="S", min=1, help="How long a player waits for a match.")
    ] = 30.0,
    seed: Annotated[int, typer.Option(help="Of the bots' hands.")] = 1,
    openness: OpennessOption = Openness.MEASURED,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")] = False,
) -> None:
    """Queues of a game: play in them, tune them.

    Without a subcommand bots play with each other: they wait in a queue, are matched, connect peer to peer, and play
    air hockey, the game of the page /game that hairpin up serves.

    Example: hairpin match --queue duel --players 4

    Exit status: 0 everybody was matched and connected, 1 somebody was not or the server is not reached, 2 wrong
    arguments, 130 Ctrl-C: what was played until then is printed.
    """
    if context.invoked_subcommand is not None:
        refuse_what_stands_before(context, context.invoked_subcommand)
        return
    # Loaded here, since the group's other commands need no peer.
    arena = import_module("hairpin.matching.arena")
    plan = arena.Plan(
        queue=queue,
        players=players,
        server=server,
        seconds=seconds,
        wait=wait,
        seed=seed,
        openness=arena.claim(openness.value),
    )
    try:
        evening = arena.run(plan)
    except arena.NoServerError as error:
        fail(str(error))
    report = import_module("hairpin.matching.arenareport")
    if as_json:
        typer.echo(json.dumps(report.document(evening), indent=2))
    else:
        report.show(evening, stdout(), quiet=quiet)
    if evening.was_stopped:
        raise typer.Exit(130)
    if not evening.is_fine:
        raise typer.Exit(1)
