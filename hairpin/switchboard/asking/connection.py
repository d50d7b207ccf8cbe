"""The way to the server that is asked: `--admin`, and one line where none answers."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from hairpin import asking as common
from hairpin.console import stdout
from operating.messages import VERSION
from signaling.faults import AdminError
from signaling.operation.admin.client import AdminClient

Shown = TypeVar("Shown")
LimitOption = Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How many to show.")]
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


def show_list(
    name: str,
    found: Sequence[Shown],
    *,
    as_json: bool,
    verdict: Text,
    rows: Callable[[Sequence[Shown]], Table],
    limit: int | None = None,
) -> None:
    """Print a list that came in several lines: as one document, or what it comes to and a table of it.

    Args:
        name: Of the list in the document.
        verdict: The list in one sentence.
        rows: Makes the table.
        limit: How many rows it has at most.
    """
    if as_json:
        common.print_json({"version": VERSION, name: found})
        return
    if limit is not None and len(found) > limit:
        verdict.append(f" The first {limit} by name are shown (--limit).")
    out = stdout()
    out.print(verdict, soft_wrap=True)
    if found:
        out.print(rows(found[:limit]))
