"""The way to the server that is asked: `--admin`, and one line where none answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from hairpin.console import fail
from signaling.faults import AdminError
from signaling.operation.admin.client import AdminClient
from signaling.operation.admin.messages import VERSION, Answer

AdminOption = Annotated[
    Path,
    typer.Option(
        "--admin",
        metavar="PATH",
        readable=False,  # whoever may not open it is told more below
        envvar="HAIRPIN_SIGNALING_ADMIN",
        help="The unix socket of the server, as it was started with.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="That whoever is put out is told.")
]


@contextmanager
def asking(path: Path) -> Iterator[AdminClient]:
    """Connect to a server; exit with one line and status 1 where it cannot be asked, or says no."""
    try:
        with AdminClient(path) as client:
            yield client
    except AdminError as error:
        text = str(error)
        fail(text if text.endswith(("?", ".")) else f"{text}.")


def print_json(answer: Answer) -> None:
    """Print an answer as it came."""
    typer.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2))


def print_list(name: str, things: object) -> None:
    """Print a list that came in several lines as one document."""
    document = {"version": VERSION, name: things}
    typer.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
