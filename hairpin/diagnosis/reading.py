"""Recorded evidence from a file or a pipe: the output of `--json`, a page of `--report`, or evidence alone."""

import sys
from pathlib import Path
from typing import Final

from hairpin.console import fail
from hairpin.diagnosis.htmlreport import evidence_in
from nat.discovery import Evidence, EvidenceError
from nat.discovery.document import read

STANDARD_INPUT: Final = Path("-")
_EXPECTED: Final = "expected what hairpin nat prints with --json, or writes with --report"
_LARGEST: Final = 4 * 1024 * 1024
"""Bytes. One with lifetimes has a third of a million; judging takes longer by the square of it."""


def read_evidence(file: Path) -> Evidence:
    """Read evidence.

    Args:
        file: where it is; `-` is standard input.

    Raises:
        typer.Exit: it cannot be read, or is none; a line says why.
    """
    name = "standard input" if file == STANDARD_INPUT else str(file)
    text = _text(file, name)
    if not text.strip():
        fail(f"{name} is empty: {_EXPECTED}")
    try:
        evidence = read(evidence_in(text) or text)
    except EvidenceError as error:
        fail(f"{name} is no report ({_EXPECTED}): {error}")
    if not (evidence.wishes or evidence.transactions):
        fail(f"{name} is no report ({_EXPECTED}): nothing was asked in it")
    return evidence


def _text(file: Path, name: str) -> str:
    """What is in it, as far as anybody would look: a device has no end."""
    try:
        if file == STANDARD_INPUT:
            data = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(_LARGEST + 1)
    except OSError as error:
        fail(f"cannot read {name}: {error.strerror or error}")
    if len(data) > _LARGEST:
        fail(f"{name} is too large for a diagnosis: more than {_LARGEST // 1024**2} MiB")
    try:
        return data.decode()
    except UnicodeDecodeError:
        fail(f"{name} is no text")
