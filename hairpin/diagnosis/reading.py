"""Recorded evidence from a file: the output of `--json`, a page of `--report`, or evidence alone."""

from pathlib import Path
from typing import Final

from hairpin.console import fail
from hairpin.diagnosis.htmlreport import evidence_in
from nat.discovery import Evidence, EvidenceError
from nat.discovery.document import read

_EXPECTED: Final = "expected what hairpin nat prints with --json, or writes with --report"
_LARGEST: Final = 64 * 1024 * 1024


def read_evidence(file: Path) -> Evidence:
    """Read evidence.

    Raises:
        typer.Exit: it cannot be read, or is none; a line says why.
    """
    try:
        with file.open("rb") as opened:  # a pipe or a device does not tell how much there is
            data = opened.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            fail(f"{file} is too large for a diagnosis")
        text = data.decode()
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror or error}")
    except UnicodeDecodeError:
        fail(f"{file} is no text")
    try:
        evidence = read(evidence_in(text) or text)
    except EvidenceError as error:
        fail(f"{file} is no report ({_EXPECTED}): {error}")
    if not (evidence.wishes or evidence.transactions):
        fail(f"{file} is no report ({_EXPECTED}): nothing was asked in it")
    return evidence
