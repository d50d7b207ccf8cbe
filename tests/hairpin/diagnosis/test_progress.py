"""Progress is for terminals alone."""

import io
from typing import Any

import pytest
from rich.console import Console

import hairpin.diagnosis.progress as progress_module
from hairpin.diagnosis.progress import sentence, shown
from nat.discovery.recorder import Progress


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (
            Progress(5.5, "filtering II, a", 20, 12, 8.0),
            "filtering II, a: 12 of 20 answered, at most 3 s more",
        ),
        (Progress(100.0, "waiting", 20, 12, 625.0), "at most 8 min more"),
        (Progress(9.0, "waiting", 1, 1, 8.0), "waiting: 1 of 1 answered (Ctrl-C"),
        (Progress(0.0, "\x1b[2J", 0, 0, 8.0), "\\x1b[2J: 0 of 0 answered"),
    ],
)
def test_it_says_what_now_how_far_and_how_long_still(progress: Progress, words: str) -> None:
    assert words in sentence(progress)


def test_a_pipe_hears_nothing() -> None:
    with shown() as listener:
        assert listener is None


def test_a_terminal_sees_it(monkeypatch: Any) -> None:
    out = io.StringIO()
    terminal = Console(file=out, force_terminal=True, width=100)
    monkeypatch.setattr(progress_module, "stderr", lambda: terminal)
    with shown() as listener:
        assert listener is not None
        listener(Progress(1.0, "mapping [I]", 1, 0, 8.0))
    assert "mapping [I]" in out.getvalue()
    with shown(wanted=False) as listener:
        assert listener is None
