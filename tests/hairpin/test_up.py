"""`hairpin up` from its first line to a clean stop."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import signaling
from hairpin.services import CannotListenError, Service
from hairpin.up import explain
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
def start(*options: str) -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own, which does not outlive the test whatever happens."""
    with subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
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
        began = time.monotonic()
        process.send_signal(number)
        process.wait(timeout=10)
        # Not communicate(): it does not see what readline() has read ahead.
        out, err = process.stdout.read(), process.stderr.read()
        took = time.monotonic() - began
    assert process.returncode == 0
    assert "ws://127.0.0.1:" in out
    assert "http://127.0.0.1:" in out
    assert "turn:127.0.0.1:" in out
    assert "Stopped." in err
    assert "Traceback" not in err
    assert took < 5


def test_its_json_can_be_used_and_two_peers_connect_through_it() -> None:
    with start("--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        addresses = json.loads(process.stdout.readline())
        assert set(addresses) == {"pages", "signaling", "stun", "turn"}

        async def member(name: str, joined: asyncio.Event) -> str:
            configuration = Configuration(host_addresses=("127.0.0.1",))
            async with (
                signaling.connect(addresses["signaling"], peer=name) as client,
                meet(client, "room", configuration) as session,
            ):
                joined.set()
                channel = await session.connected()
                await channel.send(name)
                return str(await channel.receive())

        async def both() -> list[str]:
            joined = asyncio.Event()
            first = asyncio.create_task(member("a", joined))
            await joined.wait()
            return await asyncio.gather(first, member("b", asyncio.Event()))

        assert asyncio.run(both()) == ["b", "a"]
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
        err = process.stderr.read()
    assert process.returncode == 0
    assert "Stopped. 2 sessions were served." in err


def test_an_error_without_a_listener_is_told_as_it_is() -> None:
    assert explain(ValueError("odd options")) == "odd options"


def test_each_service_names_the_option_that_moves_it() -> None:
    for service, option in ((Service.RELAY, "--relay"), (Service.SIGNALING, "--signaling")):
        error = CannotListenError(service, ("127.0.0.1", 1), OSError(98, "in use"))
        assert option in explain(error)
