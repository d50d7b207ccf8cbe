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
    """Write a report's page, and print the report as the flags will have it.

    The page first: it is there although nobody reads what is printed. That it cannot be written keeps nothing back.

    Raises:
        typer.Exit: the page cannot be written.
    """
    problem = ""
    if flags.report is not None:
        problem = _write(flags.report, page(report, made="" if flags.anonymize else _command()))
    if flags.as_json:
        typer.echo(encode_report(report).decode())
    else:
        show(report, stdout(), _amount(flags))
    if problem:
        fail(problem)


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
        typer.BadParameter: it is standard output, where the report is printed.
    """
    if path is None:
        return
    if str(path) == "-":
        raise typer.BadParameter("name a file, such as nat.html", param_hint="--report")
    if path.is_dir():
        fail(f"cannot write {path}: it is a folder; name a file in it")
    if not path.parent.is_dir():
        fail(f"cannot write {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        fail(f"cannot write {path}: that is not allowed")


def _write(path: Path, text: str) -> str:
    """Why it cannot be written; empty if it was."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        return f"cannot write {path}: {error.strerror or error}"
    return ""
