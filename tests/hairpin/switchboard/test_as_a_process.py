"""`hairpin signaling` in processes of its own: what only a whole command can show."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

import signaling
from tests.signaling.nodes.redisserver import RedisServer

V1 = Subprotocol("hairpin.v1")
SECRET = "hunter2hunter2hunter2hunter2hunter2"


def url_of(process: Any) -> str:
    return str(json.loads(process.stdout.readline())["url"])


def read_until(process: Any, words: str) -> str:
    """What it says on standard error, up to the line that is waited for."""
    said = ""
    while words not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


def test_nodes_that_share_a_redis_pass_messages_on_and_each_has_a_name_of_its_own(
    start_signaling: Any,
) -> None:
    with RedisServer() as redis, ExitStack() as stack:
        shared = ("--redis", redis.url)
        nameless = [stack.enter_context(start_signaling("--json", *shared)) for _ in range(2)]
        twins = ("--json", *shared, "--node", "paris")
        named = [stack.enter_context(start_signaling(*twins)) for _ in range(2)]
        one, two = map(url_of, nameless)

        async def meet() -> None:
            async with signaling.connect(one, peer="a") as a, signaling.connect(two, peer="b") as b:
                await a.join("r")
                assert [each.peer for each in (await b.join("r")).peers] == ["a"]
                await b.signal("r", "a", signaling.SignalKind.CUSTOM, {"x": 1})
                async for event in a.events():
                    if isinstance(event, signaling.SignalReceived):
                        assert (event.sender, event.data) == ("b", {"x": 1})
                        break

        asyncio.run(meet())
        (twin,) = (each for each in named if not each.stdout.readline())  # it ends without a word
        assert twin.wait(timeout=120) == 1
        (line,) = twin.stderr.read().splitlines()
        assert line.startswith("error: ")
        assert "paris" in line


def test_without_a_redis_where_it_should_be_there_is_one_line_and_status_1(
    start_signaling: Any, tmp_path: Path
) -> None:
    with start_signaling("--redis", f"unix://:hunter2@{tmp_path}/none") as process:
        assert process.wait(timeout=120) == 1
        lines = process.stderr.read().splitlines()
    assert len(lines) == 1
    assert f"{tmp_path}/none" in lines[0]
    assert "hunter2" not in lines[0]


def test_picows_metrics_a_relay_over_tcp_a_bound_on_messages_and_a_log_without_secrets(
    start_signaling: Any,
) -> None:
    turn = "turn:192.0.2.1:3478?transport=tcp"
    flags = ("--turn", turn, "--turn-secret", SECRET, "--max-message", "2000")
    more = ("--transport", "picows", "--metrics", "127.0.0.1:0", "--log-format", "json")
    with start_signaling("--json", *flags, *more) as process:
        ready = json.loads(process.stdout.readline())

        async def visit() -> str:
            async with signaling.connect(ready["url"], peer="alice", steady=False) as client:
                (ice,) = client.welcome.ice
                assert ice.urls == (turn,)
                made = hmac.digest(SECRET.encode(), str(ice.username).encode(), hashlib.sha1)
                assert ice.credential == base64.b64encode(made).decode()
                await client.join("r")
                with urllib.request.urlopen(ready["metrics"], timeout=60) as page:
                    assert "\nsignaling_sessions 1.0\n" in page.read().decode()
            async with connect(ready["url"], subprotocols=[V1]) as websocket:
                await websocket.send('{"t":"hello"}')
                await websocket.recv()
                await websocket.send(json.dumps({"t": "custom", "x": "x" * 2000}))
                refusal = json.loads(await websocket.recv())
                assert (refusal["code"], refusal["fatal"]) == (413, True)
            async with connect(ready["url"], subprotocols=[V1]) as websocket:
                await websocket.send('{"t":"hello"}')
                await websocket.recv()
                process.send_signal(signal.SIGTERM)
                said = await asyncio.to_thread(read_until, process, "Draining: 1 session has")
                process.send_signal(signal.SIGINT)
                assert await asyncio.to_thread(process.wait, 60) == 0
            return said

        said = asyncio.run(visit()) + process.stderr.read()
    assert SECRET not in said
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert lines
    assert all(line.keys() & {"sid", "cid"} for line in lines)
    events = {line["event"] for line in lines}
    assert {"signaling.session.opened", "signaling.peer.joined", "signaling.session.ended"} < events


def test_sighup_reads_relays_and_certificate_again_and_keeps_the_old_ones_where_the_new_are_bad(
    start_signaling: Any, own_files: Any, make_certificate: Any, tmp_path: Path
) -> None:
    config = tmp_path / "signaling.toml"
    text = "[ice]\nturn = ['turn:192.0.2.1']\nsecret = 'hunter2'\n"
    tls = f"[tls]\ncertificate = '{own_files.chain}'\nkey = '{own_files.key}'\n"
    config.write_text(text + tls)
    with start_signaling("--json", "--config", str(config)) as process:
        url = url_of(process)

        def told(words: str) -> str:
            process.send_signal(signal.SIGHUP)
            return read_until(process, words)

        async def visit() -> tuple[str, ...]:
            context = ssl.create_default_context(cadata=own_files.chain.read_text())
            async with signaling.connect(url, ssl=context) as client:
                return client.welcome.ice[0].urls

        assert url.startswith("wss://")
        assert asyncio.run(visit()) == ("turn:192.0.2.1",)
        make_certificate(own_files)
        config.write_text(text.replace("2.1", "2.2") + tls)
        told("read again")
        assert asyncio.run(visit()) == ("turn:192.0.2.2",)
        config.write_text("liste = []")
        assert "liste" in told("error: ")
        assert asyncio.run(visit()) == ("turn:192.0.2.2",)


class Hooks(BaseHTTPRequestHandler):
    """Decides who may join, and hears what happens."""

    heard: list[dict[str, Any]]
    news: threading.Event

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer: dict[str, Any] = {}
        if self.path == "/gate":
            allowed = body["roomId"] == "blue"
            answer = (
                {"allowed": allowed} if allowed else {"allowed": False, "reason": "not that one"}
            )
        else:
            assert self.headers["webhook-signature"].startswith("v1,")
            self.heard.append(body)
            if body["type"] == "session.ended":
                self.news.set()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_words: Any) -> None:
        pass


@pytest.fixture
def hooks() -> Iterator[ThreadingHTTPServer]:
    Hooks.heard, Hooks.news = [], threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_webhook_decides_who_may_join_and_another_hears_what_happens(
    start_signaling: Any, hooks: ThreadingHTTPServer, tmp_path: Path
) -> None:
    at = f"http://127.0.0.1:{hooks.server_port}"
    config = tmp_path / "signaling.toml"
    gate = f"[authn-webhook]\nurl = '{at}/gate'\nsecret = '{SECRET}'\n"
    config.write_text(f"{gate}[[webhooks]]\nurl = '{at}/news'\nsecret = '{SECRET}'\n")
    with start_signaling("--json", "--config", str(config)) as process:
        url = url_of(process)

        async def visit() -> None:
            async with signaling.connect(url, peer="alice") as client:
                await client.join("blue")
                with pytest.raises(signaling.RefusedError, match="not that one"):
                    await client.join("red")

        asyncio.run(visit())
        assert Hooks.news.wait(60)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        assert SECRET not in process.stderr.read()
    kinds = [each["type"] for each in Hooks.heard]
    assert kinds[:3] == ["session.opened", "room.opened", "peer.joined"]


def test_a_pipe_that_nobody_reads_ends_it_without_a_word() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "hairpin",
                "signaling",
                "--listen",
                "127.0.0.1:0",
                "--json",
                "--quiet",
            ],
            stdout=pipe,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert done.returncode == 141
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--max-message", "much"), "--max-message"),
        (("--no-such-option",), "--no-such-option"),
        (("--listen",), "--listen"),
        (("nonsense",), "nonsense"),
        (("token",), "--key"),
        (("token", "--key", "k", "--ttl", "0"), "--ttl"),
        (("check",), "FILE"),
    ],
)
def test_a_wrong_argument_is_named_and_the_status_is_2(
    run_signaling: Any, arguments: tuple[str, ...], words: str
) -> None:
    result = run_signaling(*arguments)
    assert result.exit_code == 2
    assert words in re.sub(r"\x1b\[[0-9;]*m", "", result.output)
    assert "Traceback" not in result.output
