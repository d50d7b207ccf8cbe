"""`hairpin up` from its first line to a clean stop."""

import asyncio
import hashlib
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

import signaling
from peer import Configuration, meet

COMMAND = [
    sys.executable,
    "-m",
    "hairpin",
    "up",
    "--signaling",
    "127.0.0.1:0",
    "--relay",
    "127.0.0.1:0",
]


@contextmanager
def start(*options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own, which does not outlive the test whatever happens."""
    with subprocess.Popen(
        [*COMMAND, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_the_addresses_and_stops_cleanly_when_asked(number: signal.Signals) -> None:
    with start() as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "Ready." in process.stdout.readline()
        process.send_signal(number)
        process.wait(timeout=60)
        # Not communicate(): it does not see what readline() has read ahead.
        out, err = process.stdout.read(), process.stderr.read()
    assert process.returncode == 0
    assert "ws://127.0.0.1:" in out
    assert "http://127.0.0.1:" in out
    assert "turn:127.0.0.1:" in out
    assert "Stopped." in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "options", [(), ("--tls", "self-signed", "--bot")], ids=["plain", "tls and a bot"]
)
def test_its_json_can_be_used_and_two_peers_connect_through_it(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    """With a bot, whoever is alone in the lobby is not for long; it ends with the server."""
    with start("--json", *options, XDG_STATE_HOME=str(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        addresses = json.loads(process.stdout.readline())
        tls = trusting(addresses["certificate"])
        if tls is not None:
            assert addresses["certificate"]["sha256"] == shown_fingerprint(addresses["pages"])
        url = addresses["signaling"]
        assert url.startswith("wss:" if options else "ws:")

        async def member(name: str, joined: asyncio.Event) -> str:
            configuration = Configuration(host_addresses=("127.0.0.1",))
            async with (
                signaling.connect(url, peer=name, ssl=tls) as client,
                meet(client, "room", configuration) as session,
            ):
                joined.set()
                channel = await session.connected()
                await channel.send(name)
                return str(await channel.receive())

        async def both() -> list[str]:
            joined = asyncio.Event()
            async with asyncio.timeout(120):
                first = asyncio.create_task(member("a", joined))
                await joined.wait()
                return await asyncio.gather(first, member("b", asyncio.Event()))

        assert asyncio.run(both()) == ["b", "a"]
        metrics = ask(addresses["metrics"], tls)
        assert "signaling_sessions_opened_total 2" in metrics
        assert "relay_allocations_opened_total" in metrics
        assert "HAIRPIN" not in metrics
        assert "<title>" in ask(addresses["room"], tls)
        assert (addresses["bot"] is None) == (not options)
        if options:
            assert addresses["bot"].endswith("/?room=lobby")
            assert "I am a bot" in asyncio.run(greeting(url, addresses["certificate"]["sha256"]))
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        err = process.stderr.read()
    assert process.returncode == 0
    assert err == f"Stopping ...\nStopped. Served: {4 if options else 2} sessions.\n"


async def greeting(url: str, fingerprint: str) -> str:
    """What is said to a lonely visitor of the lobby."""
    pinned = signaling.pinned(bytes.fromhex(fingerprint.replace(":", "")))
    configuration = Configuration(host_addresses=("127.0.0.1",), signaling_tls=pinned)
    async with asyncio.timeout(120), meet(url, "lobby", configuration) as session:
        channel = await session.connected()
        return str(await channel.receive())


def trusting(certificate: dict[str, str] | None) -> ssl.SSLContext | None:
    """What a person does who has compared the fingerprint: go on, with this one alone."""
    return None if certificate is None else ssl.create_default_context(cafile=certificate["file"])


def ask(url: str, tls: ssl.SSLContext | None) -> str:
    """Read a page."""
    with httpx.Client(verify=True if tls is None else tls, timeout=60) as web:
        return web.get(url).raise_for_status().text


def shown_fingerprint(url: str) -> str:
    """SHA-256 of the certificate that a server shows, as browsers write it."""
    where = urlsplit(url)
    pem = ssl.get_server_certificate((where.hostname or "", where.port or 0), timeout=60)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest().hex(":").upper()
