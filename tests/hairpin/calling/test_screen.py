"""A call's screen is silent when told, and keeps one status line on a terminal."""

import asyncio
import io
from types import SimpleNamespace
from typing import Any

import pytest

from hairpin.calling import status
from hairpin.calling.plan import CallPlan
from hairpin.calling.screen import Screen
from peer import CandidateType, Path

PATH = Path(CandidateType.HOST, ("192.0.2.1", 4000), CandidateType.RELAYED, ("192.0.2.2", 5))


def test_progress_goes_to_standard_error_and_lines_to_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(CallPlan(room="r"))
    screen.say("Connecting ...")
    screen.connected("bob", PATH)
    screen.line("hello")
    captured = capsys.readouterr()
    assert captured.out == "hello\n"
    assert captured.err.splitlines() == [
        "Connecting ...",
        "Connected with bob: relayed, to 192.0.2.2:5. Stop with Ctrl-C.",
    ]


@pytest.mark.parametrize("plan", [CallPlan(room="r", quiet=True), CallPlan(room="r", as_json=True)])
def test_quiet_and_json_print_no_progress(
    plan: CallPlan, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(plan, io.StringIO())
    screen.say("Connecting ...")
    screen.connected("bob", PATH)
    assert capsys.readouterr().err == ""


async def test_the_status_line_is_written_over_and_taken_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status, "EVERY", 0.0)
    screen: Any = Screen(CallPlan(room="r"))
    screen._live = True
    session = SimpleNamespace(path=PATH, report=lambda: None, remote="bob")
    watching = asyncio.create_task(screen.watch(session))
    for _ in range(4):
        await asyncio.sleep(0)
    watching.cancel()
    screen.clear()
    written = capsys.readouterr().err
    assert "bob: relayed, 0 B/s out, 0 B/s in, 0 s" in written
    assert written.endswith("\r\x1b[2K")
