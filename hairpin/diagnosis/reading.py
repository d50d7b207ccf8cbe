"""Recorded evidence from a file: the output of `--json`, a page of `--report`, or evidence alone."""

from pathlib import Path
from typing import Final

from hairpin.console import fail
from hairpin.diagnosis.htmlreport import evidence_in
from nat.discovery import Evidence, EvidenceError
from nat.discovery.document import read

_LARGEST: Final = 64 * 1024 * 1024


def read_evidence(file: Path) -> Evidence:
    """Read evidence.

    Raises:
        typer.Exit: it cannot be read, or is none; a line says why.
    """
    try:
        if file.stat().st_size > _LARGEST:
            fail(f"{file} is too large for a diagnosis")
        text = file.read_text()
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror or error}")
    except UnicodeDecodeError:
        fail(f"{file} is no text")
    try:
        return read(evidence_in(text) or text)
    except EvidenceError as error:
        fail(f"{file}: {error}")
