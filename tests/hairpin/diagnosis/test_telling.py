"""A report given out."""

import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from hairpin.diagnosis.options import ShowFlags
from hairpin.diagnosis.telling import check_writable, tell
from nat.discovery import Report


@pytest.mark.parametrize(
    ("flags", "words", "lines"),
    [
        (ShowFlags(quiet=True), "Good: Direct", 1),
        (ShowFlags(), "What would help", 20),
        (ShowFlags(details=True), "Three destinations saw port 40000", 50),
        (ShowFlags(as_json=True), '"version"', 1),
    ],
)
def test_it_is_printed_as_the_flags_will(
    home: Report, flags: ShowFlags, words: str, lines: int, capsys: Any
) -> None:
    tell(home, flags)
    told = capsys.readouterr().out
    assert words in told
    assert told.count("\n") >= lines


@pytest.mark.parametrize("spelling", [["--turn-password", "hunter2"], ["--turn-password=hunter2"]])
def test_the_page_tells_how_it_was_made_without_the_password(
    home: Report, tmp_path: Path, monkeypatch: Any, spelling: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["hairpin", "nat", *spelling, "--report", "r.html"])
    file = tmp_path / "r.html"
    tell(home, ShowFlags(quiet=True, report=file))
    assert "--turn-password" in file.read_text()
    assert "hunter2" not in file.read_text()


def test_an_anonymous_page_does_not_tell_whom_was_asked(
    home: Report, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sys, "argv", ["hairpin", "nat", "--server", "stun.mine.corp"])
    file = tmp_path / "r.html"
    tell(home, ShowFlags(quiet=True, report=file, anonymize=True))
    assert "mine.corp" not in file.read_text()


def test_the_page_is_there_though_nobody_reads_what_is_printed(
    home: Report, tmp_path: Path, monkeypatch: Any
) -> None:
    def refuse(_: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("hairpin.diagnosis.telling.typer.echo", refuse)
    file = tmp_path / "r.html"
    with pytest.raises(BrokenPipeError):
        tell(home, ShowFlags(as_json=True, report=file))
    assert file.read_text().rstrip().endswith("</html>")


def test_a_page_that_cannot_be_written_keeps_nothing_back(home: Report, capsys: Any) -> None:
    with pytest.raises(typer.Exit) as ended:
        tell(home, ShowFlags(quiet=True, report=Path("/dev/full")))
    assert ended.value.exit_code == 1
    told = capsys.readouterr()
    assert "Good: Direct" in told.out
    assert told.err == "error: cannot write /dev/full: No space left on device\n"


def test_a_page_is_a_file_and_not_standard_output(home: Report) -> None:
    with pytest.raises(typer.BadParameter, match="name a file"):
        check_writable(Path("-"))
