"""Evidence from files of three kinds, and what is none."""

import dataclasses
import io
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from hairpin.diagnosis.htmlreport import page
from hairpin.diagnosis.reading import STANDARD_INPUT, read_evidence
from nat.discovery import Evidence, Report, encode
from nat.discovery.document import encode_report


@pytest.mark.parametrize("kind", ["evidence", "report", "page"])
def test_evidence_is_found_in_what_the_command_gives_out(
    kind: str, home: Report, packets: Evidence, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    alone = encode(packets).decode()
    texts = {
        "evidence": alone,
        "report": encode_report(dataclasses.replace(home, evidence=packets)).decode(),
        "page": page(dataclasses.replace(home, evidence=packets)),
    }
    file.write_text(texts[kind])
    assert read_evidence(file) == packets


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"\xff\xfe", "is no text"),
        (b"", "is empty: expected what hairpin nat prints with --json"),
        (b" \n", "is empty"),
        (b"garbage", "no evidence of a diagnosis"),
        (b'{"version": 1, "name": "something else"}', "nothing was asked in it"),
        (b"{}", "version"),
        (b'{"version": 7}', "evidence of version 7, and 1 is known"),
        (b'{"schema": "hairpin nat report", "version": 9}', "a report of version 9"),
        (b'{"schema": "hairpin nat report", "version": 1, "evidence": 5}', "no evidence"),
        (b'{"schema": "hairpin nat report", "version": 1}', "a report with no evidence in it"),
        (b"[" * 100_000, "no evidence of a diagnosis"),
        (b'{"version":' * 100_000, "no evidence of a diagnosis"),
        (b" " * (4 * 1024 * 1024 + 1), "is too large for a diagnosis: more than 4 MiB"),
    ],
)
def test_what_is_none_is_one_line_and_status_1(
    content: bytes | None, words: str, tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(typer.Exit) as ended:
        read_evidence(file)
    assert ended.value.exit_code == 1
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1


def test_a_dash_is_standard_input(home: Report, packets: Evidence, monkeypatch: Any) -> None:
    given = encode_report(dataclasses.replace(home, evidence=packets))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert read_evidence(STANDARD_INPUT) == packets


def test_standard_input_without_a_report_is_called_so(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    with pytest.raises(typer.Exit):
        read_evidence(STANDARD_INPUT)
    assert capsys.readouterr().err.startswith("error: standard input is no report")


def test_what_has_no_end_is_not_read_to_its_end(capsys: Any) -> None:
    with pytest.raises(typer.Exit):
        read_evidence(Path("/dev/zero"))
    assert "/dev/zero is too large for a diagnosis" in capsys.readouterr().err
