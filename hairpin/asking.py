"""What all commands have in common that ask a running server: one line where it says no, or one JSON document."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, TypeVar

import msgspec
import typer

from hairpin.console import fail

_Client = TypeVar("_Client")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


@contextmanager
def asking(connecting: AbstractContextManager[_Client], no: type[Exception]) -> Iterator[_Client]:
    """Connect; exit with one line and status 1 where the server cannot be asked, or says no.

    Args:
        connecting: To the server.
        no: The error that says so.
    """
    try:
        with connecting as client:
            yield client
    except no as error:
        text = str(error)
        fail(text if text.endswith(("?", ".")) else f"{text}.")


def print_json(document: object) -> None:
    """Print a document, or an answer as it came."""
    typer.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
