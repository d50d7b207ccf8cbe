"""What is printed at the end: the verdict, why it failed, and what cannot be written."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hairpin.calling import printing
from hairpin.calling.plan import CallPlan, Doing
from hairpin.calling.results import CallResult
from peer import Timeline


def result(**more: Any) -> CallResult:
    return CallResult("tea-room", reason="no path", **more)


def test_a_verdict_alone_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    printing.show(CallPlan(room="r", quiet=True), result())
    captured = capsys.readouterr()
    assert captured.out == "Not connected: no path.\n"
    assert captured.err == ""


def test_a_chats_output_is_the_other_sides_lines_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printing.show(CallPlan(room="r", doing=Doing.CHAT), result())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Ended: no path." in captured.err


def test_a_timeline_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = CallPlan(room="r", timeline=tmp_path / "missing" / "t.html")
    session: Any = SimpleNamespace(timeline=Timeline(0.0), remote=None)
    printing.write_timeline(plan, result(session=session))
    assert "cannot write" in capsys.readouterr().err
    printing.write_timeline(plan, result())  # nothing began: nothing to draw
