"""The files of `hairpin match simulate`: read and written, or one line that says what is wrong."""

import importlib.resources
from pathlib import Path
from typing import Final

from hairpin.console import fail
from signaling.faults import SettingsError
from signaling.matchmaking.configuration.file import make_queue
from signaling.matchmaking.configuration.hooks import Hook, load_hook
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.season.population import Population
from signaling.matchmaking.season.populationfile import PopulationError, parse
from signaling.operation.document import read_document

DEFAULT_PLAYERS: Final = importlib.resources.files("hairpin.matching").joinpath("players.toml")


def read_players(path: Path | None) -> Population:
    """Read who comes, or take those who come by default."""
    if path is None:
        return parse(DEFAULT_PLAYERS.read_text())
    try:
        return parse(path.read_text())
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror or error}")
    except (PopulationError, UnicodeDecodeError) as error:
        fail(f"{path}: {error}")


def read_queue(path: Path | None, name: str | None) -> Queue:
    """Read a queue of a configuration of `hairpin signaling`, or take the duel.

    Args:
        path: The file.
        name: Of the queue; None for the only one there.
    """
    if path is None:
        return Queue(name or "duel")
    try:
        tables = read_document(path).queues
        queues = {known: make_queue(known, table) for known, table in tables.items()}
    except SettingsError as error:
        text = str(error)
        fail(text if text.startswith(str(path)) else f"{path}: {text}")
    there = ", ".join(queues) or "none"
    if name is None and len(queues) == 1:
        return next(iter(queues.values()))
    if name is None:
        fail(f"{path}: which queue? Say --queue NAME; there are: {there}.")
    if name not in queues:
        fail(f"{path}: no queue {name!r}; there are: {there}.")
    return queues[name]


def read_hook(queue: Queue) -> Hook | None:
    """The rule of the operator's own, which the file has been asked for before."""
    return load_hook(queue.hook) if queue.hook else None


def write(path: Path, text: str) -> None:
    """Write a file, or say in one line why not."""
    try:
        path.write_text(text)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror or error}")
