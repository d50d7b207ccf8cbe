"""`hairpin relay` as an operator uses it."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aioice.stun
import aioice.turn
import pytest
from typer.testing import CliRunner

from hairpin.relay_command import app

runner = CliRunner()


class Client(asyncio.DatagramProtocol):
    """A TURN client that knows when its allocation is given back."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


LONGEST = 60.0
COMMAND = [sys.executable, "-m", "hairpin", "relay", "--listen", "127.0.0.1:0"]


def run(*arguments: str) -> Any:
    return runner.invoke(app, list(arguments), env={"COLUMNS": "200", "NO_COLOR": "1"})


@contextmanager
def start(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A relay in a process of its own, which does not outlive the test whatever happens."""
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watchdog = threading.Timer(LONGEST, process.kill)  # who reads from it waits no longer
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def address_of(process: subprocess.Popen[str], listener: str) -> str:
    """Read the announcement until the listener's row."""
    assert process.stdout is not None
    for line in process.stdout:
        cells = [cell.strip() for cell in line.strip("│\n ").split("│")]
        if cells[0] == listener:
            return cells[1]
    raise AssertionError(process.communicate()[1])


def read_until(lines: Iterable[str], words: str) -> None:
    """Read lines up to the one with these words."""
    assert any(words in line for line in lines), f"never said: {words}"


def stop(process: subprocess.Popen[str]) -> tuple[str, str]:
    process.send_signal(signal.SIGTERM)
    return process.communicate(timeout=10)


def test_a_user_from_the_flags_can_relay_and_the_metrics_say_so() -> None:
    with start("--user", "alice:wonder", "--realm", "lab", "--metrics", "127.0.0.1:0") as process:
        host, port = address_of(process, "UDP").split(":")
        url = address_of(process, "metrics")

        async def allocate() -> None:
            transport, client = await aioice.turn.create_turn_endpoint(
                Client, (host, int(port)), "alice", "wonder"
            )
            assert transport.get_extra_info("sockname")[0] == "127.0.0.1"
            transport.close()
            await client.closed.wait()

        asyncio.run(allocate())
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
        _, err = stop(process)
    assert "relay_allocations_opened_total 1.0" in text
    assert "alice" not in text
    assert process.returncode == 0
    assert "1 allocations were made" in err


def test_sigterm_lets_a_live_allocation_end_first_and_takes_no_new_one() -> None:
    with start("--user", "alice:wonder") as process:
        host, port = address_of(process, "UDP").split(":")
        server = (host, int(port))

        async def hold_and_release() -> None:
            transport, client = await aioice.turn.create_turn_endpoint(
                Client, server, "alice", "wonder"
            )
            process.send_signal(signal.SIGTERM)
            assert process.stderr is not None
            await asyncio.to_thread(read_until, process.stderr, "1 allocations are left")
            with pytest.raises(aioice.stun.TransactionFailed):
                await aioice.turn.create_turn_endpoint(Client, server, "alice", "wonder")
            assert process.poll() is None
            transport.close()
            await client.closed.wait()

        asyncio.run(hold_and_release())
        process.wait(timeout=10)
    assert process.returncode == 0


def test_a_second_sigterm_stops_at_once() -> None:
    with start("--user", "alice:wonder") as process:
        host, port = address_of(process, "UDP").split(":")

        async def hold() -> None:
            transport, _ = await aioice.turn.create_turn_endpoint(
                Client, (host, int(port)), "alice", "wonder"
            )
            process.send_signal(signal.SIGTERM)
            assert process.stderr is not None
            await asyncio.to_thread(read_until, process.stderr, "1 allocations are left")
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, 10)
            transport.close()  # nobody answers: the end of the loop cuts it short
            await asyncio.sleep(0)

        asyncio.run(hold())
    assert process.returncode == 0


def test_sighup_reads_the_file_again_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    file.write_text("[users]\nalice = 'wonder'\n")

    async def allocate(server: tuple[str, int], user: str) -> None:
        transport, client = await aioice.turn.create_turn_endpoint(Client, server, user, "wonder")
        transport.close()
        await client.closed.wait()

    with start("--config", str(file)) as process:
        host, port = address_of(process, "UDP").split(":")
        server = (host, int(port))
        assert process.stderr is not None
        asyncio.run(allocate(server, "alice"))
        for text, words in (
            ("[users]\nbob = 'wonder'\n", "Settings were read again."),
            ("realm = 3\n", "$.realm`. The old settings go on."),
            ("tcp-listen = ['127.0.0.1:1']\n", "restart: listen_tcp. The old settings go on."),
            ("metrics = '127.0.0.1:1'\n", "restart: metrics. The old settings go on."),
        ):
            file.write_text(text)
            process.send_signal(signal.SIGHUP)
            read_until(process.stderr, words)
            asyncio.run(allocate(server, "bob"))
        with pytest.raises(aioice.stun.TransactionFailed):
            asyncio.run(allocate(server, "alice"))
        stop(process)
    assert process.returncode == 0


def test_without_users_or_secrets_it_serves_stun_only_and_says_so() -> None:
    with start() as process:
        assert process.stdout is not None
        assert "STUN only" in process.stdout.readline()
        assert "nobody can relay" in process.stdout.readline()
        stop(process)
    assert process.returncode == 0


def test_a_port_in_use_is_one_line_with_status_1() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        result = run("--listen", f"127.0.0.1:{port}")
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert f"127.0.0.1 port {port}" in line
    assert "in use" in line


def test_a_certificate_that_cannot_be_read_is_one_line_with_status_1() -> None:
    files = ("--tls-cert", "no-chain.pem", "--tls-key", "no-key.pem")
    result = run("--tls-listen", "127.0.0.1:0", *files)
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert "no-chain.pem" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--listen", "localhost"), "listen: expected ADDRESS:PORT"),
        (("--min-port", "9", "--max-port", "3"), "9-3"),
        (("--allow-peer", "all"), "all"),
        (("--config", "no-such-file.toml"), "no-such-file.toml"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_line_with_status_1(
    arguments: tuple[str, ...], words: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_user_without_a_password_is_a_wrong_argument() -> None:
    result = run("--user", "alice")
    assert result.exit_code == 2
    assert "NAME:PASSWORD" in result.output


def test_check_says_that_a_file_is_right_and_never_prints_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    file.write_text('rest-secrets = ["hunter2"]\n[users]\nalice = "wonder"\n')
    result = run("check", str(file))
    assert result.exit_code == 0
    assert "Right." in result.output
    assert "hunter2" not in result.output
    assert "wonder" not in result.output


def test_check_names_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    file.write_text("reelm = 'x'\n")
    result = run("check", str(file))
    assert result.exit_code == 1
    assert "reelm" in result.output
