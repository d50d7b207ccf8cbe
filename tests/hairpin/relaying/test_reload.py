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
