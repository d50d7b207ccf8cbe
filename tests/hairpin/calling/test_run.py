"""Two calls in one process, on loopback, from joining to the end."""

import asyncio
import io
import json
import os
import signal
from pathlib import Path

import pytest

import signaling
from hairpin.calling import printing
from hairpin.calling.plan import CallPlan, Doing
from hairpin.calling.results import CallResult
from hairpin.calling.run import run_call
from hairpin.calling.screen import Screen
from hairpin.services import Running
from peer import Configuration
from peer.explanation import Verdict
from tests.hairpin.calling.watched import Watched

HOST = ("127.0.0.1",)


def plan(running: Running, name: str, doing: Doing, room: str = "room") -> CallPlan:
    configuration = Configuration(host_addresses=HOST)
    return CallPlan(
        room=room,
        url=running.signaling_url,
        name=name,
        doing=doing,
        configuration=configuration,
        quiet=True,
    )


def stdin_of(text: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, text)
    os.close(writing)
    return reading


@pytest.fixture
async def called(
    running: Running,
) -> tuple[CallResult, CallResult, str]:
    """A chat that says two lines to an echo, and what it printed."""
    out = io.StringIO()
    echo, chat = plan(running, "alice", Doing.ECHO), plan(running, "bob", Doing.CHAT)
    first = asyncio.create_task(run_call(echo, Screen(echo)))
    await asyncio.sleep(0)
    stdin = stdin_of(b"hello\nthere\n")
    second = await run_call(chat, Screen(chat, out), stdin=stdin)
    os.close(stdin)
    return await first, second, out.getvalue()


async def test_a_chat_hears_its_echo_and_both_know_why_they_ended(
    called: tuple[CallResult, CallResult, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alice, bob, printed = called
    assert printed == "hello\nthere\n"
    assert alice.connected
    assert bob.connected
    assert bob.reason == "everything was said"
    assert "ended the session" in alice.reason or "closed" in alice.reason
    assert alice.counts.received == alice.counts.sent == 2
    document = bob.as_document()
    json.dumps(document)
    assert document["messages"]["received"] == 2
    assert document["explanation"]["verdict"] == Verdict.DIRECT.value
    assert bob.verdict.startswith("Direct")
    shown = CallPlan(room="room", timeline=tmp_path / "t.html", explain=True, quiet=False)
    printing.write_timeline(shown, bob)
    html = (tmp_path / "t.html").read_text()
    assert "Checks" in html
    assert "channel open" in html
    printing.show(shown, bob)
    captured = capsys.readouterr()
    assert captured.out.startswith("Direct")
    assert "priority" in captured.out
    assert "2 messages sent" in captured.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_call_that_waits_for_nobody_stops_when_told(
    running: Running, number: signal.Signals
) -> None:
    alone = plan(running, "carol", Doing.NOTHING, f"stopped by {number.name}")
    screen = Watched(alone)
    waiting = asyncio.create_task(run_call(alone, screen))
    async with asyncio.timeout(60):
        await screen.waits.wait()
        os.kill(os.getpid(), number)
        result = await waiting
    assert not result.connected
    assert result.reason == "stopped here"


async def test_a_server_that_is_not_there_is_an_error_that_names_it() -> None:
    nowhere = CallPlan(room="room", url="ws://127.0.0.1:9/v1/ws", quiet=True)
    with pytest.raises(signaling.UnreachableError, match=r"127\.0\.0\.1:9"):
        await run_call(nowhere, Screen(nowhere))
