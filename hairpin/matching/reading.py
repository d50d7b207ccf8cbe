"""The files of `hairpin match simulate`: read, or one line that says what is wrong."""

import importlib.resources
from pathlib import Path
from typing import Final

from hairpin.console import fail
from signaling.matchmaking.season.population import Population
from signaling.matchmaking.season.populationfile import PopulationError, parse

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
