"""Recorded evidence from a file: the output of `--json`, a page of `--report`, or evidence alone."""

from pathlib import Path
from typing import Final

import msgspec

from hairpin.console import fail
from hairpin.diagnosis.htmlreport import evidence_in
from nat.discovery import Evidence, EvidenceError, decode

_LARGEST: Final = 64 * 1024 * 1024


class _Report(msgspec.Struct):
    """A report as JSON, of which only the evidence counts: it is judged anew."""

    evidence: msgspec.Raw


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
        return decode(_evidence_in(text))
    except EvidenceError as error:
        fail(f"{file}: {error}")


def _evidence_in(text: str) -> str | bytes:
    in_page = evidence_in(text)
    if in_page is not None:
        return in_page
    try:
        return bytes(msgspec.json.decode(text, type=_Report).evidence)
    except (msgspec.MsgspecError, RecursionError):
        return text
