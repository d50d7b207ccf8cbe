"""A short path for sockets."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory with a short name, since the path of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="hp") as made:
        yield Path(made)
