"""Evidence from files of three kinds, and what is none."""

import dataclasses
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import typer

from hairpin.diagnosis import reading
from hairpin.diagnosis.htmlreport import page
from hairpin.diagnosis.reading import read_evidence
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
        (b"", "is no report (expected what hairpin nat prints with --json"),
        (b"garbage", "no evidence of a diagnosis"),
        (b'{"version": 1, "name": "something else"}', "nothing was asked in it"),
        (b"{}", "version"),
        (b'{"version": 7}', "evidence of version 7, and 1 is known"),
        (b'{"schema": "hairpin nat report", "version": 9}', "a report of version 9"),
        (b'{"schema": "hairpin nat report", "version": 1, "evidence": 5}', "no evidence"),
        (b"[" * 100_000, "no evidence of a diagnosis"),
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


def test_of_what_does_not_tell_its_size_no_more_is_read_than_a_diagnosis_may_have(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LARGEST", 1000)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_bytes, args=(b"[" * 1001,))
    writing.start()
    with pytest.raises(typer.Exit):
        read_evidence(pipe)
    writing.join()
    assert "too large" in capsys.readouterr().err
