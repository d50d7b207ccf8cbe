"""What a call prints at its end, and the page that it writes."""

import json

import typer
from rich.table import Table
from rich.text import Text

from hairpin.calling.plan import CallPlan, Doing
from hairpin.calling.results import CallResult
from hairpin.console import BROKEN, FINE, HELPED, count, milliseconds, stderr, stdout, table
from peer.explanation import Certainty, Explanation, Verdict
from peer.waterfall import waterfall
from peer.waterfallpage import page
from peer.waterfallsvg import picture

_COLOURS = {Verdict.DIRECT: FINE, Verdict.RELAYED: HELPED, Verdict.FAILED: BROKEN}


def write_timeline(plan: CallPlan, result: CallResult) -> None:
    """Write the page that `--timeline` asks for; what cannot be written is said."""
    if plan.timeline is None or result.session is None:
        return
    session = result.session
    shown = waterfall(session.timeline, result.report, result.explanation, offset=result.offset)
    title = f"{plan.name or 'hairpin'} and {session.remote or 'nobody'} in {plan.room}"
    made = f"hairpin call {plan.room} --timeline {plan.timeline.name}"
    if plan.timeline.suffix == ".svg":
        text = picture(shown, title=title)
    else:
        text = page(shown, result.explanation, title=title, made=made)
    try:
        plan.timeline.write_text(text)
    except OSError as error:
        said = f"cannot write {plan.timeline}: {error.strerror or error}"
        stderr().print(Text.assemble(("error: ", BROKEN), said), soft_wrap=True)


def show(plan: CallPlan, result: CallResult) -> None:
    """Print the verdict, then why if asked, or if it did not connect."""
    if plan.as_json:
        typer.echo(json.dumps(result.as_document(), indent=2))
        return
    # A chat's output is what the other side wrote, and nothing else.
    out = stderr() if plan.doing is Doing.CHAT else stdout()
    explanation = result.explanation
    verdict = Verdict.FAILED if explanation is None else explanation.verdict
    word, space, rest = result.verdict.partition(" ")
    out.print(Text.assemble((word, _COLOURS.get(verdict, BROKEN)), space, rest), soft_wrap=True)
    for other in result.others:
        out.print(Text(f"With {other.name}: {other.verdict}"), soft_wrap=True)
    if plan.quiet:
        return
    if explanation is not None and (plan.explain or not result.connected):
        for sentence in explanation.sentences[1:]:
            out.print(Text(f"- {sentence}"), soft_wrap=True)
    if explanation is not None and plan.explain:
        out.print(_pairs(explanation))
    _farewell(plan, result)


def _farewell(plan: CallPlan, result: CallResult) -> None:
    """What was kept, on standard error."""
    said = [f"Ended: {result.reason}."]
    if result.connected:
        counted = [each.counts for each in (result, *result.others)]
        sent, came = sum(c.sent for c in counted), sum(c.received for c in counted)
        said.append(f"{count(sent, 'message')} sent, {count(came, 'message')} received.")
        setup = None if result.session is None else result.session.timeline.setup
        said.append(f"Set-up took {milliseconds(setup)}.")
    if result.recorded:
        said.append(f"Recorded: {', '.join(map(str, result.recorded))}.")
    if plan.timeline is not None and plan.timeline.exists():
        said.append(f"The timeline is in {plan.timeline}.")
    stderr().print(Text(" ".join(said)), soft_wrap=True)


def _pairs(explanation: Explanation) -> Table:
    rows = table(
        "pair", "sent", "answered", "came in", "why", right=("sent", "answered", "came in")
    )
    for pair in explanation.pairs:
        sure = pair.finding.certainty
        doubt = "" if sure is Certainty.MEASURED else f" ({sure.value})"
        rows.add_row(
            Text(pair.words),
            str(pair.sent),
            str(pair.answered),
            str(pair.heard),
            Text(pair.finding.text + doubt),
        )
    return rows
