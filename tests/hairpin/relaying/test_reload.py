"""What SIGHUP changes, and what it leaves."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import aioice.stun
import pytest


def test_sighup_reads_the_file_again_and_a_bad_one_changes_nothing(
    start_relay: Any, allocate: Any, tmp_path: Path
) -> None:
    file = tmp_path / "relay.toml"
    file.write_text("[users]\nalice = 'wonder'\n")

    async def relay_as(user: str) -> None:
        async with allocate(server, user):
            pass

    with start_relay("--config", str(file)) as process:
        server = process.server()
        asyncio.run(relay_as("alice"))
        for text, words in (
            ("[users]\nbob = 'wonder'\n", "Settings were read again."),
            ("realm = 3\n", "$.realm`. The old settings go on."),
            ("tcp-listen = ['127.0.0.1:1']\n", "restart: listen_tcp. The old settings go on."),
            ("metrics = '127.0.0.1:1'\n", "restart: metrics. The old settings go on."),
        ):
            file.write_text(text)
            process.popen.send_signal(signal.SIGHUP)
            process.hear(words)
            asyncio.run(relay_as("bob"))
        with pytest.raises(aioice.stun.TransactionFailed):
            asyncio.run(relay_as("alice"))
        process.stop()
    assert process.popen.returncode == 0


def test_a_reload_that_is_asked_for_waits_for_the_users_file(
    start_relay: Any, run_relay: Any, tmp_path: Path
) -> None:
    users, admin = tmp_path / "users", tmp_path / "admin"
    users.write_text("alice:password:wonder\n")
    users.chmod(0o600)
    with start_relay("--users-file", str(users), "--admin", str(admin)) as process:
        process.server()
        for text, status, words in (
            ("alice:password:wonder\nbob:password:x\n", 0, "The users file lists 2 users."),
            ("alice:password:wonder\nbob\n", 1, "line 2"),
        ):
            users.write_text(text)
            result = run_relay("reload", "--admin", str(admin))
            assert result.exit_code == status, result.output
            assert words in result.output.replace("\n", " ")
