"""The way in: what ends the command early leaves no traceback."""

import os
import subprocess
import sys
from pathlib import Path
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
    monkeypatch.setattr(sys, "argv", ["hairpin", "demo"])
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


RARE = {"redis", "httpx", "aiortc", "aioice"}


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (("-h",), {"relay", "signaling", "peer", "nat", *RARE}),
        (("relay", "check", "-h"), {"peer", "signaling", *RARE}),
        (("signaling", "check", "-h"), {"peer", "nat", *RARE}),
        (("up", "-h"), {"peer", "nat", *RARE}),
        (("demo", "-h"), {"peer", "relay", "signaling", "nat.simulator", *RARE}),
        (("lab", "kernel", "-h"), {"peer", "relay", "signaling", *RARE}),
        (("nat", "predict", "-h"), {"peer", "relay", "signaling", "nat.simulator", *RARE}),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_a_command_loads_nothing_that_only_others_need(
    arguments: tuple[str, ...], unwanted: set[str]
) -> None:
    code = (
        "import sys; from hairpin.cli import main\n"
        "try: main()\nexcept SystemExit: print(sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    help_text, _, loaded = done.stdout.rpartition("[")
    assert " ".join(("hairpin", *arguments[:-1])) in help_text
    assert [one for one in unwanted if f"'{one}'" in loaded] == []


@pytest.mark.parametrize("arguments", [("--help",), ("relay", "check", "FILE"), ("--version",)])
def test_a_reader_that_closes_the_pipe_gets_no_traceback_and_no_verdict(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "relay.toml"
    file.write_text("realm = 'example.org'\n")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "hairpin",
                *[str(file) if a == "FILE" else a for a in arguments],
            ],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 141


def test_what_is_wrong_is_told_by_the_status_though_nobody_reads(tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    file.write_text("reelm = 'example.org'\n")
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "hairpin", "relay", "check", str(file)]
    try:
        done = subprocess.run(
            command, stdout=writing, stderr=subprocess.PIPE, check=False, text=True
        )
    finally:
        os.close(writing)
    assert "reelm" in done.stderr
    assert done.returncode == 1


def test_output_that_is_read_ends_as_it_did() -> None:
    command = [sys.executable, "-m", "hairpin", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip()


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("nat", "simulate", "none", "--json"), ("nat", "simulate", "none", "-q")],
    ids=" ".join,
)  # fmt: skip
def test_a_full_disk_is_told_in_one_line(arguments: tuple[str, ...]) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "hairpin", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    assert done.stderr == "error: cannot print: No space left on device\n"
    assert done.returncode == 1


@pytest.mark.parametrize(("closed", "status"), [(">&-", 0), (">&- 2>&- <&-", 0)])
def test_whoever_closes_the_output_gets_the_status_alone(closed: str, status: int) -> None:
    line = f'"$0" -m hairpin nat simulate none -q {closed}'
    done = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, b"", b"")


def test_an_old_terminal_gets_a_question_mark_and_no_traceback(tmp_path: Path) -> None:
    old = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    page = tmp_path / "report.html"
    command = [sys.executable, "-m", "hairpin", "nat", "simulate", "none", "--details"]
    done = subprocess.run(
        [*command, "--report", str(page)], capture_output=True, check=False, env=old
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"(RFC 4787 ?4.1 REQ-1" in done.stdout
    assert "§4.1" in page.read_text(encoding="utf-8")
