"""`hairpin signaling`: it serves, drains, and says in one line why it does not."""

import asyncio
import json
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

import signaling


def test_it_serves_whoever_has_a_token_tells_of_its_relay_and_stops_when_it_is_interrupted(
    start_signaling: Any, run_signaling: Any, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("hunter2hunter2hunter2hunter2hunter2\n")
    made = run_signaling("token", "--key", str(key), "--room", "r*", "--subject", "alice")
    token = made.output.strip()
    flags = ("--jwt-key", str(key), "--turn", "turn:192.0.2.1:3478", "--turn-secret", "wonder")
    with start_signaling("--json", *flags) as process:
        url = json.loads(process.stdout.readline())["url"]

        async def visit() -> None:
            async with signaling.connect(url, peer="alice", token=token) as client:
                assert client.welcome.ice[0].urls == ("turn:192.0.2.1:3478",)
                await client.join("room")
                with pytest.raises(signaling.RefusedError, match="403"):
                    await client.join("another")
            with pytest.raises(signaling.SignalingError, match="401"):
                async with signaling.connect(url, peer="bob"):
                    pass

        asyncio.run(visit())
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        err = process.stderr.read()
    assert process.returncode == 0
    assert "Stopped." in err
    for secret in ("hunter2", "wonder", token):
        assert secret not in err


def test_sigterm_sends_a_client_away_and_ends_when_it_is_gone(start_signaling: Any) -> None:
    with start_signaling("--json") as process:
        url = json.loads(process.stdout.readline())["url"]

        async def stay() -> None:
            async with connect(url, subprotocols=[Subprotocol("hairpin.v1")]) as websocket:
                await websocket.send('{"t":"hello"}')
                await websocket.recv()
                process.send_signal(signal.SIGTERM)
                assert json.loads(await websocket.recv())["t"] == "go_away"

        asyncio.run(stay())
        assert process.wait(timeout=60) == 0
        assert "Draining: 1 session has 5 s to leave" in process.stderr.read()


def test_a_port_in_use_is_one_line_with_status_1(run_signaling: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run_signaling("--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert result.exit_code == 1
    assert "Choose another with --listen" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--listen", "localhost"), "listen: expected HOST:PORT"),
        (("--turn", "turn:a"), "ice.turn: expected the secret"),
        (("--jwt-key", "no-such-key"), "no-such-key: No such file"),
        (("--config", "no-such-file.toml"), "no-such-file.toml: No such file"),
        (("--transport", "quic"), "transport: expected one of websockets, picows"),
        (("--redis", "127.0.0.1"), "redis: expected redis://"),
        (("--max-message", "0"), "limits.message: expected a number above 0"),
        (("--tls-cert", "c"), "tls: expected certificate and key"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_line_with_status_1(
    run_signaling: Any, arguments: tuple[str, ...], words: str
) -> None:
    result = run_signaling(*arguments)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output
