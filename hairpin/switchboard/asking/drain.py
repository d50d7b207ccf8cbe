"""`hairpin signaling drain`: send the clients away, and stop."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from typing import Annotated

import typer
from rich.text import Text

from hairpin.asking import JsonOption, print_json
from hairpin.console import HELPED, count, stdout
from hairpin.switchboard.asking.connection import AdminOption, asking
from signaling.operation.admin.messages import LONGEST_DRAIN, AskDrain, Draining


def drain(
    admin: AdminOption,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=LONGEST_DRAIN,
            metavar="NUMBER",
            help="Until the rest is cut off; by default as it is configured.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send the clients away, each after a pause of its own, and stop when they are gone, as SIGTERM does.

    /readyz answers 503 meanwhile; clients go on elsewhere. Asked again it may make an earlier end.

    Example: hairpin signaling drain --seconds 60 --admin /run/hairpin/signaling.sock

    Exit status: 0 it drains, 1 no server answers there, 2 wrong arguments.
    """
    with asking(admin) as client:
        answer = client.ask(AskDrain(seconds=seconds), Draining)
    if as_json:
        print_json(answer)
        return
    left = f" {count(answer.sessions, 'session')} left; it stops within {answer.seconds:.3g} s."
    stdout().print(Text.assemble(("Draining:", HELPED), left), soft_wrap=True)
