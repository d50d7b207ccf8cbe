"""The unit that systemd runs the relay from."""

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

UNIT = Path(__file__).resolve().parents[3] / "compose" / "hairpin-relay.service"
SAFE = {
    "DynamicUser": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "MemoryDenyWriteExecute": "yes",
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


@pytest.mark.parametrize("key", SAFE)
def test_the_service_may_do_little_and_drains_when_it_is_stopped(key: str) -> None:
    assert read()[key] == SAFE[key]


def test_the_command_in_the_unit_is_one_that_there_is(run_relay: Any, tmp_path: Path) -> None:
    _, command, *arguments = shlex.split(read()["ExecStart"])
    assert command == "relay"
    arguments = [str(tmp_path / "none") if one.endswith(".toml") else one for one in arguments]
    result = run_relay(*arguments)
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
