"""`hairpin lab kernel` as a person types it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.commands import app
from nat.kernel import NeedsRootError, orphans, syscalls

runner = CliRunner()

WORLD = """
[nat.carrier]
behavior = "full-cone"
lan = "100.64.0.0/10"
[nat.home]
behavior = "restricted-cone"
network = "carrier"
[host.alice]
network = "home"
[host.bob]
[host.carol]
"""


def run(*arguments: str) -> Any:
    return runner.invoke(
        app, ["lab", "kernel", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"}
    )


@pytest.mark.usefixtures("root")
def test_two_peers_that_can_meet_do() -> None:
    result = run("--nat-a", "symmetric", "--nat-b", "ad/ei")
    assert result.exit_code == 0, result.output
    verdict, alice, bob = result.output.splitlines()
    assert verdict.startswith("Direct, ")
    assert alice.startswith("alice behind home-a (symmetric): ")
    assert bob.startswith("bob behind home-b (address-dependent/endpoint-independent): ")


@pytest.mark.usefixtures("root")
def test_the_world_of_a_file_is_played_and_told_as_json(tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text(WORLD)
    result = run(str(file), "--between", "alice,bob", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert document["path"] == "direct"
    alice, bob = document["peers"]
    assert alice["host"] == "alice"
    assert alice["nats"] == [
        "endpoint-independent/address-dependent",
        "endpoint-independent/endpoint-independent",
    ]
    assert alice["candidate"]["address"].startswith("203.0.113.")
    assert bob["nats"] == []
    assert bob["candidate"]["type"] == "host"


@pytest.mark.usefixtures("root")
def test_a_program_runs_on_a_host_and_its_status_is_ours() -> None:
    shown = "test $(ip -brief -4 address show eth0 | grep -c 198.51.100.10) = 1 && exit 7"
    assert run("--on", "server", "--", "sh", "-c", shown).exit_code == 7


@pytest.mark.usefixtures("root")
def test_a_host_that_is_none_is_refused_with_those_there_are() -> None:
    result = run("--on", "mallory", "--", "true")
    assert result.exit_code == 1
    assert "no host 'mallory'; there are: server, alice, bob" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--nat-a", "cubist"), "'cubist' names no NAT behaviour"),
        (("--between", "alice"), "'alice' is not HOST,HOST"),
        (("nowhere.toml",), "nowhere.toml: No such file"),
        (("nowhere.toml", "--nat-a", "symmetric"), "leave out --nat-a"),
        (("--nat-a", "buggy-home"), "home-a.ports = sequential"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code in {1, 2}
    assert message in " ".join(result.stderr.replace("│", " ").split())


def test_links_of_a_file_are_refused_unless_they_are_to_be_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syscalls, "new", refuse)
    file = tmp_path / "world.toml"
    file.write_text(f"{WORLD}\n[link.bob]\nloss = 0.1\n")
    assert "link.bob" in run(str(file)).stderr
    assert "needs root" in run(str(file), "--ignore-links").stderr


def refuse() -> int:
    raise NeedsRootError


def test_without_root_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "new", refuse)
    result = run()
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "error: the kernel lab makes network namespaces, and that needs root"
    )


def test_what_was_left_is_ended_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "end", lambda: 0)
    assert run("--clean").output == "Nothing left.\n"
    monkeypatch.setattr(orphans, "end", lambda: 2)
    assert run("--clean").output.startswith("2 programs")


def test_help_names_what_there_is() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "grid" in result.output
    assert "play" in result.output
