"""The unit that systemd runs the signaling server from, and the compose file with two nodes."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from hairpin.commands import app

COMPOSE = Path(__file__).resolve().parents[3] / "compose"
UNIT = COMPOSE / "hairpin-signaling.service"
SAFE = {
    "DynamicUser": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "KillSignal": "SIGTERM",
    "ExecReload": "/bin/kill -HUP $MAINPID",
}
MOST_EXPOSED = "20"
"""Of 100, as systemd-analyze judges: below 2.0 it says OK."""


def read() -> configparser.SectionProxy:
    unit = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    unit.optionxform = str  # type: ignore[method-assign, assignment]
    unit.read_string(UNIT.read_text())
    return unit["Service"]


def run(*arguments: str, **env: str) -> Any:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", **env})


@pytest.mark.parametrize("key", SAFE)
def test_the_service_may_do_little_and_drains_when_it_is_stopped(key: str) -> None:
    assert read()[key] == SAFE[key]


def test_the_command_in_the_unit_is_one_that_there_is(tmp_path: Path) -> None:
    _, *arguments = shlex.split(read()["ExecStart"])
    arguments = [str(tmp_path / "none") if one.endswith(".toml") else one for one in arguments]
    result = run(*arguments)
    assert result.exit_code == 1, "it knows every option, and stops at the file"
    assert "No such file" in result.output


def test_the_admin_socket_is_in_the_directory_that_is_made_for_the_service() -> None:
    words = shlex.split(read()["ExecStart"])
    socket = Path(words[words.index("--admin") + 1])
    assert socket.parent == Path("/run") / read()["RuntimeDirectory"]


def test_systemd_finds_nothing_wrong_and_little_exposed_where_it_is_installed(
    tmp_path: Path,
) -> None:
    analyze = shutil.which("systemd-analyze")
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text().replace("/opt/hairpin/bin/hairpin", sys.executable))
    if analyze is None:
        assert "[Install]" in here.read_text()  # the tests above have read the rest
        return
    for arguments in (
        ("verify", "--man=no"),
        ("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager"),
    ):
        done = subprocess.run(
            [analyze, *arguments, str(here)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def services() -> dict[str, Any]:
    """What compose starts, with its variables filled in."""
    text = re.sub(r"\$\{\w+(:\?[^}]*)?\}", "192.0.2.1", (COMPOSE / "nodes.yaml").read_text())
    found: dict[str, Any] = YAML(typ="safe").load(text)["services"]
    return found


@pytest.mark.parametrize("name", ["a", "b", "relay"])
def test_the_commands_of_the_two_nodes_and_the_relay_are_ones_that_there_are(name: str) -> None:
    service = services()[name]
    result = run(*service["command"], "--config", "/no/where", **service["environment"])
    assert result.exit_code == 1, "it knows every option, and stops at the file"
    assert "No such file" in result.output


def test_the_nodes_have_names_of_their_own_and_share_redis_and_the_secret_of_the_relay() -> None:
    found = services()
    assert {"--node=a", "--node=b"} < {*found["a"]["command"], *found["b"]["command"]}
    assert found["a"]["environment"] == found["b"]["environment"]
    assert found["a"]["environment"]["HAIRPIN_SIGNALING_REDIS"] == "redis://redis:6379"
    secrets = (
        found["a"]["environment"]["HAIRPIN_SIGNALING_TURN_SECRET"],
        found["relay"]["environment"]["HAIRPIN_RELAY_SECRET"],
    )
    assert len(set(secrets)) == 1


def test_a_node_has_longer_to_stop_than_its_clients_have_to_leave() -> None:
    node = services()["a"]
    assert (node["stop_signal"], node["stop_grace_period"]) == ("SIGTERM", "40s")
