"""`hairpin lab tun` as a person types it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.commands import app
from nat.kernel import NeedsRootError, syscalls

ROOT = Path(__file__).resolve().parents[3]
runner = CliRunner()


def run(*arguments: str) -> Any:
    return runner.invoke(app, ["lab", "tun", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"})


@pytest.mark.usefixtures("root")
def test_two_peers_that_can_meet_do_and_what_was_dropped_on_the_way_is_told() -> None:
    result = run("--latency", "20 ms", "--seed", "1")
    assert result.exit_code == 0, result.output
    verdict, alice, bob, *drops = result.output.splitlines()
    assert verdict.startswith("Direct, ")
    assert alice.startswith("alice behind home-a (port-restricted cone): server-reflexive ")
    assert bob.startswith("bob behind home-b (port-restricted cone): server-reflexive ")
    assert all(" dropped " in line for line in drops) or drops == ["No packet was dropped."]


@pytest.mark.usefixtures("root")
def test_two_peers_that_cannot_meet_are_told_why_as_data_and_as_files(tmp_path: Path) -> None:
    pcapng, svg = tmp_path / "packets.pcapng", tmp_path / "packets.svg"
    files = ("--pcapng", str(pcapng), "--svg", str(svg))
    result = run("--nat-a", "symmetric", *files, "--json")
    assert result.exit_code == 1, result.output
    document = json.loads(result.output)
    assert document["path"] is None
    assert [one["host"] for one in document["peers"]] == ["alice", "bob"]
    reasons = {(drop["where"], drop["reason"]) for drop in document["drops"]}
    assert ("home-b", "filtered") in reasons
    assert pcapng.read_bytes().startswith(b"\x0a\x0d\x0d\x0a")
    assert svg.read_text().startswith("<svg")


@pytest.mark.usefixtures("root")
def test_a_program_runs_on_a_host_beside_others_and_its_status_is_ours() -> None:
    serve = f"server={sys.executable} -m http.server 80"
    ask = "import time, urllib.request\nfor _ in range(200):\n try:\n  urllib.request.urlopen('http://server/')\n"
    ask += "  raise SystemExit(7)\n except OSError:\n  time.sleep(0.05)\n"
    command = [sys.executable, "-m", "hairpin", "lab", "tun", "--with", serve]
    done = subprocess.run(
        [*command, "--on", "bob", "--", sys.executable, "-c", ask],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    assert "203.0.113.2 - - " in done.stderr  # as the web server saw who came
    assert not done.stdout


@pytest.mark.usefixtures("root")
def test_the_world_of_a_file_is_played_with_its_links(tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text(
        '[nat.home]\nbehavior = "symmetric"\n[host.alice]\nnetwork = "home"\n[host.bob]\n'
        '[link.home]\nlatency = "100 ms"\n'
    )
    result = run(str(file), "--between", "alice,bob", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert document["ms"] > 200
    assert document["peers"][1]["candidate"]["type"] == "host"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--nat-a", "cubist"), "'cubist' names no NAT behaviour"),
        (("--between", "alice"), "'alice' is not HOST,HOST"),
        (("--with", "server"), "'server' is not HOST=PROGRAM"),
        (("--latency", "late"), "got 'late'"),
        (("--loss", "2"), "loss from 0 to 1"),
        (("--on", "mallory", "--", "true"), "no host 'mallory'; there are: server, alice, bob"),
        (("--with", "mallory=true"), "no host 'mallory'"),
        (("--", "no-such-program"), "there is no program 'no-such-program'"),
        (("nowhere.toml", "--loss", "0.5"), "nowhere.toml: No such file"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code in {1, 2}
    assert message in " ".join(result.stderr.replace("│", " ").split())


def test_links_of_a_file_are_the_files(tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text("[host.alice]\n[host.bob]\n")
    result = run(str(file), "--loss", "0.5")
    assert result.exit_code == 2
    assert "leave out --loss" in " ".join(result.stderr.replace("│", " ").split())


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hairpin.lab.tunrun.run_program", lambda *_, **__: 0)
    result = run("--svg", str(tmp_path / "nowhere" / "a.svg"), "--", "true")
    assert result.exit_code == 1
    assert "No such file or directory" in result.stderr


def test_without_root_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise NeedsRootError

    monkeypatch.setattr(syscalls, "new", refuse)
    result = run()
    assert result.exit_code == 1
    assert "needs root" in result.stderr
