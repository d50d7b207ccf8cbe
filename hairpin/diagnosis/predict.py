"""`hairpin nat predict`: will these two meet, by which path, and why."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import json
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from hairpin.console import QUIET, printable, put, stdout, table
from hairpin.diagnosis.facts import FAMILIES
from hairpin.diagnosis.outcomes import failures, status
from hairpin.diagnosis.reading import STANDARD_INPUT, read_evidence
from hairpin.diagnosis.words import Tone, graded, words_of
from nat.discovery import FamilyReport, Outcome, Report
from nat.discovery.counsel import Counsel, counsel
from nat.discovery.judging import judge
from nat.discovery.prediction import Certainty, Prediction
from nat.discovery.prediction import Path as Way
from nat.discovery.prediction import predict as predict_of

VERSION: Final = 1
_TONES: Final = {
    Way.SAME_NETWORK: Tone.FINE,
    Way.HAIRPIN: Tone.FINE,
    Way.IPV6: Tone.FINE,
    Way.DIRECT: Tone.FINE,
    Way.RELAY: Tone.HELPED,
    Way.NONE: Tone.BROKEN,
}
_SHOWN: Final = ("udp", "mapping", "filtering", "pooling")

FileA = Annotated[Path, typer.Argument(metavar="A.json", help="A report of the one who calls.")]
FileB = Annotated[Path, typer.Argument(metavar="B.json", help="A report of the other.")]


def predict(
    a: FileA,
    b: FileB,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(metavar="OUTCOME", help="As of hairpin nat; repeatable."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")] = False,
) -> None:
    """Will these two meet, by which path, and why?

    Each file is what hairpin nat printed with --json, or wrote with --report; - is standard input. Nobody is asked. Reports with masked
    addresses do as well, except that two behind one NAT are not known for that.

    Example: hairpin nat predict mine.json yours.json

    Exit status: 0 they meet directly, 11 they need a relay, 12 they do not meet, 3 that is not known, 2 wrong
    arguments, 1 a file cannot be read.
    """
    failing = failures(fail_on)
    if a == b == STANDARD_INPUT:
        raise typer.BadParameter("only one of the two can come from standard input")
    reports = judge(read_evidence(a)), judge(read_evidence(b))
    prediction = predict_of(*reports)
    if as_json:
        typer.echo(json.dumps(_document(prediction, counsel(prediction, *reports)), indent=2))
    else:
        _show(prediction, reports, stdout(), quiet=quiet)
    raise typer.Exit(status(outcome_of(prediction), failing))


def outcome_of(prediction: Prediction) -> Outcome:
    """What a script wants to know."""
    if prediction.certainty is Certainty.UNCERTAIN:
        return Outcome.INCONCLUSIVE
    if prediction.path is Way.NONE:
        return Outcome.UDP_BLOCKED
    return Outcome.RELAY_NEEDED if prediction.path is Way.RELAY else Outcome.DIRECT_LIKELY


def _show(
    prediction: Prediction, reports: tuple[Report, Report], out: Console, *, quiet: bool
) -> None:
    unsure = prediction.certainty is Certainty.UNCERTAIN
    tone = Tone.QUIET if unsure else _TONES[prediction.path]
    word, _, rest = prediction.sentence.partition(". ")
    out.print(Text.assemble((f"{word}. ", tone.value), printable(rest)), soft_wrap=True)
    if quiet:
        return
    beside = counsel(prediction, *reports)
    words = (
        f"What to do: {beside.advice} ({beside.clause})." if beside.advice else f"{beside.clause}."
    )
    out.print(printable(words), soft_wrap=True)
    rows = table("", "A", "B")
    rows.add_row("verdict", *(graded(report.verdict)[0] for report in reports))
    families = sorted({each.family for report in reports for each in report.families})
    for family in families:
        for key in _SHOWN:
            cells = [_cell(key, report.family(family)) for report in reports]
            rows.add_row(f"{FAMILIES[family]} {key}", *cells)
    if prediction.types:
        pairs = [f"{one.words} and {other.words}" for one, other in prediction.types]
        rows.add_row("selected pair", ", or ".join(pairs), "")
    put(out, rows)


def _cell(key: str, family: FamilyReport | None) -> Text:
    if family is None:
        return Text("none", QUIET)
    words = words_of(key, getattr(family, key))
    return Text(words.text, words.tone.value or "none")


def _document(prediction: Prediction, beside: Counsel) -> dict[str, object]:
    return {
        "schema": "hairpin nat prediction",
        "version": VERSION,
        "path": prediction.path.value,
        "certainty": prediction.certainty.value,
        "direct": prediction.is_direct,
        "reason": prediction.reason,
        "clause": beside.clause,
        "advice": beside.advice,
        "otherwise": None if prediction.otherwise is None else prediction.otherwise.value,
        "types": [[one.value, other.value] for one, other in prediction.types],
    }
