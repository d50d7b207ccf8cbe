"""The way to the server that is asked: `--admin`, and one line where none answers."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from hairpin import asking as common
from signaling.faults import AdminError
from signaling.operation.admin.client import AdminClient
from signaling.operation.admin.messages import VERSION

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
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="That whoever is put out is told.")
]


def asking(path: Path) -> AbstractContextManager[AdminClient]:
    """Connect to a server; exit with one line and status 1 where it cannot be asked, or says no."""
    return common.asking(AdminClient(path), AdminError)


def print_list(name: str, things: object) -> None:
    """Print a list that came in several lines as one document."""
    common.print_json({"version": VERSION, name: things})
