"""The units that systemd runs the relay and the signaling server from."""

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hairpin.commands import app

COMPOSE = Path(__file__).resolve().parents[2] / "compose"
UNITS = ("hairpin-relay.service", "hairpin-signaling.service")
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

pytestmark = pytest.mark.parametrize("name", UNITS)


def read(name: str) -> configparser.SectionProxy:
    unit = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    unit.optionxform = str  # type: ignore[method-assign, assignment]
    unit.read_string((COMPOSE / name).read_text())
    return unit["Service"]


def test_the_service_may_do_little_and_drains_when_it_is_stopped(name: str) -> None:
    found = read(name)
    assert {key: found[key] for key in SAFE} == SAFE
    if name == "hairpin-relay.service":  # libraries of the other write code into memory
        assert found["MemoryDenyWriteExecute"] == "yes"


def test_the_command_in_the_unit_is_one_that_there_is(name: str, tmp_path: Path) -> None:
    _, command, *arguments = shlex.split(read(name)["ExecStart"])
    assert name == f"hairpin-{command}.service"
    arguments = [str(tmp_path / "none") if one.endswith(".toml") else one for one in arguments]
    result = CliRunner().invoke(app, [command, *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 1, "it knows every option, and stops at the file"
    assert "No such file" in result.output


def test_the_admin_socket_is_in_the_directory_that_is_made_for_the_service(name: str) -> None:
    words = shlex.split(read(name)["ExecStart"])
    socket = Path(words[words.index("--admin") + 1])
    assert socket.parent == Path("/run") / read(name)["RuntimeDirectory"]


def test_systemd_finds_nothing_wrong_and_little_exposed_where_it_is_installed(
    name: str, tmp_path: Path
) -> None:
    analyze = shutil.which("systemd-analyze")
    here = tmp_path / name
    here.write_text(
        (COMPOSE / name).read_text().replace("/opt/hairpin/bin/hairpin", sys.executable)
    )
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
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr
