"""`hairpin relay`: it serves, and says in one line why it does not."""

import asyncio
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.relay.webserver import Asked, http, web_server


def test_a_user_from_the_flags_can_relay_and_the_metrics_say_so(
    start_relay: Any, allocate: Any
) -> None:
    flags = ("--user", "alice:wonder", "--realm", "lab", "--metrics", "127.0.0.1:0")
    with start_relay(*flags) as process:
        server = process.server()
        url = process.address_of("metrics")

        async def relay_something() -> None:
            async with allocate(server) as relayed:
                assert relayed[0] == "127.0.0.1"

        asyncio.run(relay_something())
        with urllib.request.urlopen(url, timeout=60) as answer:
            text = answer.read().decode()
        _, err = process.stop()
    assert "relay_allocations_opened_total 1.0" in text
    assert "alice" not in text
    assert process.popen.returncode == 0
    assert "1 allocations were made" in err


def test_a_user_of_the_users_file_can_relay_and_one_who_is_added_can_after_sighup(
    start_relay: Any, allocate: Any, tmp_path: Path
) -> None:
    file = tmp_path / "users"
    file.write_text("alice:password:wonder\n")
    with start_relay("--users-file", str(file), "--realm", "lab") as process:
        server = process.server()

        async def relay_something(user: str) -> None:
            async with allocate(server, user):
                pass

        asyncio.run(relay_something("alice"))
        file.write_text("alice:password:wonder\nbob:password:wonder\n")
        process.popen.send_signal(signal.SIGHUP)
        process.hear("event='relay.users.read' users=2")
        asyncio.run(relay_something("bob"))
        file.write_text("bob\n")
        process.popen.send_signal(signal.SIGHUP)
        assert "line 1: expected NAME:password:PASSWORD" in process.hear("problem=")
        asyncio.run(relay_something("alice"))
        process.stop()
    assert process.popen.returncode == 0


def test_a_users_file_that_is_wrong_is_one_line_with_status_1(
    run_relay: Any, tmp_path: Path
) -> None:
    file = tmp_path / "users"
    file.write_text("alice:hunter2\n")
    result = run_relay("--listen", "127.0.0.1:0", "--users-file", str(file))
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert "users: line 1: expected" in line
    assert "hunter2" not in line


def test_a_webhooks_user_can_relay_and_the_log_has_no_secret(
    start_relay: Any, allocate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAIRPIN_RELAY_WEBHOOK_SECRET", "hunter2hunter2hunter2")

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> bytes:
        return http(200, b'{"password": "wonder"}')

    async def relay_something() -> str:
        async with web_server(answer) as web:
            with start_relay("--webhook", web.url, "--realm", "lab") as process:
                server = await asyncio.to_thread(process.server)
                async with allocate(server, "carol"):
                    pass
                assert len(web.asked) == 1
                _, err = await asyncio.to_thread(process.stop)
                assert process.popen.returncode == 0
                return str(err)

    err = asyncio.run(relay_something())
    assert "relay.allocation.opened" in err
    assert "HTTP" not in err
    for secret in ("hunter2", "wonder"):
        assert secret not in err


def test_a_port_in_use_is_one_line_with_status_1(run_relay: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        result = run_relay("--listen", f"127.0.0.1:{port}")
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert f"127.0.0.1 port {port}" in line
    assert "in use" in line
    assert "another STUN server" in line


def test_an_address_of_another_machine_is_said_to_be(run_relay: Any) -> None:
    result = run_relay("--listen", "203.0.113.7:0")
    assert result.exit_code == 1
    assert "not an address of this machine" in result.output


def test_a_certificate_that_cannot_be_read_is_one_line_with_status_1(run_relay: Any) -> None:
    files = ("--tls-cert", "no-chain.pem", "--tls-key", "no-key.pem")
    result = run_relay("--tls-listen", "127.0.0.1:0", *files)
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
        (("--webhook", "https://users.example.org/"), "webhook: expected a secret"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_line_with_status_1(
    run_relay: Any, arguments: tuple[str, ...], words: str
) -> None:
    result = run_relay(*arguments)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_an_operator_can_ask_it_and_let_it_drain_and_health_says_so(
    start_relay: Any, run_relay: Any, allocate: Any, directory: Path
) -> None:
    path = str(directory / "s")
    flags = ("--user", "alice:wonder", "--metrics", "127.0.0.1:0", "--admin", path)
    with start_relay(*flags) as process:
        server = process.server()
        health = process.address_of("metrics").replace("/metrics", "/healthz")
        assert path.startswith(process.address_of("admin"))

        async def hold_while_it_is_told_to_drain() -> None:
            async with allocate(server):
                assert run_relay("status", "--admin", path).exit_code == 0
                assert run_relay("reload", "--admin", path).exit_code == 0
                assert "1 allocation left" in run_relay("drain", "--admin", path).output
                with pytest.raises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(health, timeout=60)
                assert refused.value.code == 503
                refused.value.close()

        asyncio.run(hold_while_it_is_told_to_drain())
        process.popen.wait(timeout=60)
    assert process.popen.returncode == 0
    assert not Path(path).exists()


def test_an_admin_socket_that_cannot_be_had_is_one_line_with_status_1(
    run_relay: Any, directory: Path
) -> None:
    (directory / "file").write_text("")
    result = run_relay("--listen", "127.0.0.1:0", "--admin", str(directory / "file"))
    assert result.exit_code == 1
    (line,) = result.output.splitlines()[-1:]
    assert "no socket" in line


@pytest.mark.parametrize("before", [("--admin", "s"), ("--quiet",), ("--user", "a:b")])
def test_an_option_before_a_subcommand_is_a_wrong_argument(
    run_relay: Any, before: tuple[str, ...]
) -> None:
    result = run_relay(*before, "status")
    assert result.exit_code == 2
    assert f"{before[0]} is for a server to be started" in result.output


def test_a_secret_in_the_environment_is_not_in_a_subcommands_way(
    run_relay: Any, tmp_path: Path
) -> None:
    file = tmp_path / "relay.toml"
    file.write_text("realm = 'lab'\n")
    assert run_relay("check", str(file), HAIRPIN_RELAY_SECRET="s").exit_code == 0
