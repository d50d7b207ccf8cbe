"""The command as a person types it: right, wrong, and with a port in use."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin import __version__
from hairpin.commands import app

runner = CliRunner()


def run(*arguments: str, **environment: str) -> Any:
    return runner.invoke(
        app, list(arguments), env={"COLUMNS": "200", "NO_COLOR": "1", **environment}
    )


def test_help_lists_each_command_with_one_line() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in ("demo", "up", "call"):
        (line,) = [line for line in result.output.splitlines() if f" {command} " in line]
        assert line.rstrip("│ ").endswith(".")


@pytest.mark.parametrize("command", ["demo", "up", "call"])
def test_each_commands_help_has_an_example_and_its_exit_codes(command: str) -> None:
    output = " ".join(run(command, "--help").output.split())
    assert f"Example: hairpin {command}" in output
    assert "Exit status: 0" in output


def test_version_is_printed() -> None:
    assert run("--version").output.strip() == f"hairpin {__version__}"


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--signaling", "nonsense"),
        ("up", "--relay", "127.0.0.1:99999"),
        ("up", "--relay-ports", "many"),
        ("up", "--relay-ports", "10-5"),
        ("up", "--relay-ports", "0-9"),
        ("up", "--relay-ports", "9-65536"),
        ("up", "--relay", "localhost:3478"),
        ("up", "--public-host", "turn.example.org"),
        ("up", "--tls", "selfsigned"),
        ("up", "--tls-key", "key.pem"),
        ("up", "--host", "wlan"),
        ("up", "--alternate", "on"),
        ("demo", "--seed", "x"),
        ("unknown",),
    ],
)
def test_wrong_arguments_end_with_status_2_and_no_traceback(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert all(word in result.output for word in arguments[1:2])


def test_a_relay_on_every_address_must_be_told_its_own() -> None:
    result = run("up", "--relay", "0.0.0.0:0")
    assert result.exit_code == 1
    assert "--public-host" in result.output


def test_a_certificate_that_cannot_be_used_or_kept_is_one_line_with_status_1(
    tmp_path: Path,
) -> None:
    (tmp_path / "hairpin").touch()
    for arguments, environment, said in (
        (("--tls-cert", "none.pem", "--tls-key", "k.pem"), {}, "Cannot read none.pem"),
        (
            ("--tls", "self-signed", "--host", "127.0.0.1"),
            {"XDG_STATE_HOME": str(tmp_path)},
            f"Cannot keep a certificate in {tmp_path}/hairpin: File exists. Set XDG_STATE_HOME",
        ),
    ):
        result = run("up", *arguments, **environment)
        assert result.exit_code == 1
        (line,) = result.output.splitlines()
        assert said in line


@pytest.mark.parametrize(
    ("option", "kind"), [("--relay", socket.SOCK_DGRAM), ("--signaling", socket.SOCK_STREAM)]
)
def test_a_port_in_use_is_one_line_with_status_1(option: str, kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        others = {"--relay": "--signaling", "--signaling": "--relay"}
        arguments = [option, f"127.0.0.1:{port}", others[option], "127.0.0.1:0"]
        done = subprocess.run(
            [sys.executable, "-m", "hairpin", "up", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"Port {port} on 127.0.0.1 is in use" in line
    assert option in line
