"""`hairpin lab shell` as a person types it, with a pipe in place of the keyboard."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.commands import app
from hairpin.lab import shell
from nat.kernel import NeedsRootError, syscalls

ROOT = Path(__file__).resolve().parents[3]
runner = CliRunner()


@pytest.mark.usefixtures("root")
def test_what_is_typed_runs_on_the_host_and_the_status_is_the_shells() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hairpin", "lab", "shell", "alice", "--nat-a", "symmetric"],
        input="ip -brief -4 address show eth0\nexit 5\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert "192.168.1.2/24" in done.stdout
    assert done.returncode == 5
    greeting = " ".join(done.stderr.split())
    assert "alice, behind home-a (symmetric, 203.0.113.1)" in greeting
    assert "STUN 198.51.100.10:3478" in greeting


@pytest.mark.usefixtures("root")
def test_it_may_be_the_tun_lab() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hairpin", "lab", "shell", "bob", "--tun"],
        input="ip -details link show eth0\nexit 6\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert " tun " in done.stdout
    assert done.returncode == 6


def run(*arguments: str) -> Any:
    return runner.invoke(app, ["lab", "shell", *arguments], env={"COLUMNS": "200"})


def test_a_host_that_is_none_is_refused_with_those_there_are() -> None:
    result = run("mallory")
    assert result.exit_code == 1
    assert "no host 'mallory'; there are: server, alice, bob" in result.stderr


def test_without_root_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise NeedsRootError

    monkeypatch.setattr(syscalls, "new", refuse)
    result = run("alice", "-q")
    assert result.exit_code == 1
    assert "needs root" in result.stderr


def test_the_prompt_says_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    argv, _ = shell._shell("alice", tmp_path)
    if argv[0] != "sh":
        assert 'PS1="(alice) $PS1"' in (tmp_path / "settings").read_text()
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert shell._shell("alice", tmp_path) == (["sh"], {"PS1": "(alice) $ "})
