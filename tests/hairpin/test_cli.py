"""The way in: what ends the command early leaves no traceback."""

import subprocess
import sys
from typing import Any

import pytest

from hairpin.cli import main

COMMANDS = "hairpin.commands"


class Interrupted:
    """Somebody presses Ctrl-C while the commands are being loaded."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == COMMANDS:
            raise KeyboardInterrupt


def test_ctrl_c_while_loading_gives_status_130_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, COMMANDS, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


def test_the_way_in_loads_nothing_that_takes_long() -> None:
    """What is loaded before `main` runs is loaded where nobody catches Ctrl-C."""
    code = "import hairpin.cli, sys; print({'typer', 'relay', 'aiortc'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_reader_that_closes_the_pipe_gets_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "hairpin", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert "Traceback" not in err
    assert "Exception ignored" not in err
