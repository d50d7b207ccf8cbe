"""Progress is for terminals alone."""

import io
from typing import Any

import pytest
from rich.console import Console

import hairpin.diagnosis.progress as progress_module
from hairpin.diagnosis.progress import Teller, shown
from nat.discovery.recorder import Progress


@pytest.mark.parametrize(
    ("doing", "lasting", "words"),
    [
        ("filtering II, a", 8.0, "filtering II, a: 12 of 20 answered, at most 3 s more; Ctrl-C"),
        ("waiting", 605.0, "waiting: 12 of 20 answered, at most 10 min more"),
        ("waiting", 5.0, "waiting: 12 of 20 answered; Ctrl-C"),
        ("\x1b[2J", 8.0, "\\x1b[2J: 12 of 20 answered"),
    ],
)
def test_it_says_what_now_how_far_and_how_long_still(
    doing: str, lasting: float, words: str
) -> None:
    said: list[str] = []
    times = iter([100.0, 105.5])
    teller = Teller(said.append, lasting, lambda: next(times))
    teller.listen(Progress(5.5, doing, 20, 12, 8.0))
    assert words in said[0]


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (90, "filtering II, stun.example.org:3478: 12 of 20 answered, at most 3 s more; Ctrl-C ends it"),
        (80, "filtering II, stun.example.org:3478: 12 of 20 answered, at most 3 s more"),
        (50, "filtering II…: 12 of 20 answered, at most 3 s more"),
        (10, "…: 12 of 20 answered, at most 3 s more"),
    ],
)  # fmt: skip
def test_it_keeps_to_one_line(width: int, line: str) -> None:
    said: list[str] = []
    times = iter([0.0, 5.0])
    teller = Teller(said.append, 8.0, lambda: next(times), width=lambda: width)
    teller.listen(Progress(5.0, "filtering II, stun.example.org:3478", 20, 12, 8.0))
    assert said == [line]


def test_it_counts_down_while_nothing_happens() -> None:
    said: list[str] = []
    times = iter([0.0, 1.0, 300.0])
    teller = Teller(said.append, 600.0, lambda: next(times))
    teller.tell()
    teller.tell()
    assert "looking around, at most 9 min more" in said[0]
    assert "at most 5 min more" in said[1]


def test_a_pipe_hears_nothing() -> None:
    with shown(8.0) as teller:
        assert teller is None


def test_a_terminal_sees_it(monkeypatch: Any) -> None:
    out = io.StringIO()
    terminal = Console(file=out, force_terminal=True, width=100)
    monkeypatch.setattr(progress_module, "stderr", lambda: terminal)
    with shown(8.0) as teller:
        assert teller is not None
        teller.listen(Progress(1.0, "mapping [I]", 1, 0, 8.0))
    assert "mapping [I]" in out.getvalue()
    with shown(8.0, wanted=False) as teller:
        assert teller is None
