"""`hairpin signaling` as an operator uses it: in this process, or in one of its own."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.switchboard.commands import app

LONGEST = 120.0
COMMAND = [sys.executable, "-m", "hairpin", "signaling", "--listen", "127.0.0.1:0"]


@contextmanager
def start(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as popen:
        watchdog = threading.Timer(LONGEST, popen.kill)  # who reads from it waits no longer
        watchdog.start()
        try:
            yield popen
        finally:
            watchdog.cancel()
            popen.kill()


@pytest.fixture
def start_signaling() -> Callable[..., Any]:
    """A server that does not outlive the test whatever happens."""
    return start


@pytest.fixture
def run_signaling() -> Callable[..., Any]:
    """Run the command here, for what ends by itself."""

    def run(*arguments: str, **env: str) -> Any:
        return CliRunner().invoke(
            app, list(arguments), env={"COLUMNS": "200", "NO_COLOR": "1", **env}
        )

    return run
