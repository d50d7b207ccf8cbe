"""`hairpin match bot`: stands by in a queue, and says whom it played with."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import asyncio
import signal
from typing import Annotated

import typer

import signaling
from hairpin.console import fail, milliseconds, stdout
from hairpin.matching.bot import Bot, Played
from hairpin.matching.game import Ending
from hairpin.matching.options import QueueOption
from hairpin.matching.standing import MOST, stand_by
from peer import PathKind

_DEFAULT = "ws://127.0.0.1:8080/v1/ws"


def bot(
    server: Annotated[str, typer.Option(metavar="URL", help="The signaling server.")] = _DEFAULT,
    queue: QueueOption = "duel",
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is called.")] = "Bot",
    most: Annotated[int, typer.Option(metavar="N", min=1, max=64, help="Games at once.")] = MOST,
    idle: Annotated[
        float | None,
        typer.Option(metavar="S", min=1, help="Stop when nobody has come for so many seconds."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Stand by in a queue, and play with whoever waits alone there, until Ctrl-C.

    A bot comes to those who have waited for as long as the queue says (bots_after: 8 s in hairpin up, which has
    a bot of its own).

    Example: hairpin match bot --server ws://127.0.0.1:8080/v1/ws --queue duel

    Exit status: 0 stopped as asked, 1 the server is not reached or has no such queue, 2 wrong arguments.
    """
    made = Bot(name=name, url=server, queue=queue, fills=True, stays=True)
    try:
        asyncio.run(_run(made, most, idle, quiet=quiet))
    except* signaling.SignalingError as errors:
        fail(f"{errors.exceptions[0]}".rstrip(".") + ".")


async def _run(made: Bot, most: int, idle: float | None, *, quiet: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def played(one: Played) -> None:
        if not quiet:
            typer.echo(_line(one))

    if not quiet:
        stdout().print(f"Standing by in {made.queue}. Stop with Ctrl-C.")
    standing = asyncio.create_task(stand_by(made, most=most, idle=idle, played=played))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({standing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if standing.done():
            standing.result()
    finally:
        for task in (standing, stopping):
            task.cancel()
        await asyncio.wait({standing, stopping})


def _line(one: Played) -> str:
    outcome = one.outcome
    who = outcome.other or "somebody"
    if outcome.ending is Ending.FAILED:
        return f"Not connected to {who}: {outcome.reason}."
    mine, theirs = outcome.score
    kind = None if outcome.path is None else outcome.path.kind
    way = "relayed" if kind is PathKind.RELAYED else "direct"
    trip = "" if outcome.round_trip is None else f", {milliseconds(outcome.round_trip)}"
    return f"Played {who}: {mine} to {theirs}, {outcome.ending.value} ({way}{trip})."
