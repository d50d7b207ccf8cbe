"""A report given out: on the terminal or as JSON, and as a page."""

import os
import shlex
import sys
from pathlib import Path

import typer

from hairpin.console import fail, stdout
from hairpin.diagnosis.htmlreport import page
from hairpin.diagnosis.options import ShowFlags
from hairpin.diagnosis.printing import Amount, show
from nat.discovery import Report
from nat.discovery.document import encode_report


def tell(report: Report, flags: ShowFlags) -> None:
    """Print a report as the flags will have it, and write its page."""
    if flags.as_json:
        typer.echo(encode_report(report).decode())
    else:
        show(report, stdout(), _amount(flags))
    if flags.report is not None:
        _write(flags.report, page(report, made="" if flags.anonymize else _command()))


def _amount(flags: ShowFlags) -> Amount:
    if flags.quiet:
        return Amount.VERDICT
    return Amount.DETAILS if flags.details else Amount.FACTS


def _command() -> str:
    """The command line, without what nobody may read."""
    words = ["hairpin", *sys.argv[1:]]
    for index, word in enumerate(words):
        if word == "--turn-password" and index + 1 < len(words):
            words[index + 1] = "…"
        elif word.startswith("--turn-password="):
            words[index] = "--turn-password=…"
    return shlex.join(words)


def check_writable(path: Path | None) -> None:
    """Say that a page cannot be written before minutes are spent on what it is to show.

    Raises:
        typer.Exit: it cannot; a line says why.
    """
    if path is None:
        return
    if path.is_dir():
        fail(f"cannot write {path}: it is a folder; name a file in it")
    if not path.parent.is_dir():
        fail(f"cannot write {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        fail(f"cannot write {path}: that is not allowed")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror or error}")
