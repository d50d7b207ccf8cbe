"""The way to the relay that is asked: `--admin`, and one line where none answers."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from hairpin import asking as common
from relay.admin.client import AdminClient
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


def asking(path: Path) -> AbstractContextManager[AdminClient]:
    """Connect to a relay; exit with one line and status 1 where it cannot be asked, or says no."""
    return common.asking(AdminClient(path), AdminError)
