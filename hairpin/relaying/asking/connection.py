"""The way to the relay that is asked: `--admin`, and one line where none answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from hairpin.console import fail
from relay.admin.client import AdminClient
from relay.admin.messages import Answer
from relay.errors import AdminError

AdminOption = Annotated[
    Path,
    typer.Option(
        "--admin",
        metavar="PATH",
        readable=False,  # whoever may not open it is told more below
        envvar="HAIRPIN_RELAY_ADMIN",
        help="The unix socket of the relay, as it was started with.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


@contextmanager
def asking(path: Path) -> Iterator[AdminClient]:
    """Connect to a relay; exit with one line and status 1 where it cannot be asked, or says no."""
    try:
        with AdminClient(path) as client:
            yield client
    except AdminError as error:
        fail(str(error))


def print_json(answer: Answer) -> None:
    """Print an answer as it came."""
    typer.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2))
