"""A report on a terminal: the verdict first, then with whom, then the facts, then what would help."""

import enum
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hairpin.console import QUIET, milliseconds, printable, put, table
from hairpin.diagnosis.facts import SERVERS, Chapter, Fact, chapters, unanswered, witnesses
from hairpin.diagnosis.words import GRADES, WAYS, Tone, as_sentence, graded, outlook_of
from nat.discovery import Partner, Report, ServerReport


class Amount(enum.Enum):
    """How much is printed."""

    VERDICT = "verdict"
    FACTS = "facts"
    DETAILS = "details"


def show(report: Report, out: Console, amount: Amount = Amount.FACTS) -> None:
    """Print a report."""
    out.print(verdict(report), soft_wrap=True)
    if amount is Amount.VERDICT:
        return
    if report.evidence.interrupted:
        after = milliseconds(report.evidence.elapsed)
        out.print(f"Stopped after {after}, before it was done: this is what was known by then.")
    if where := outlook_of(report.outlook):
        out.print(Text(printable(where), QUIET), soft_wrap=True)
    if report.partners:
        out.print()
        put(out, _partners(report.partners, amount))
    for chapter in chapters(report):
        if chapter.title != SERVERS or amount is Amount.DETAILS:
            out.print()
            _show_chapter(chapter, out, amount)
    if report.servers and amount is not Amount.DETAILS:
        _show_servers(report.servers, out)
    for witness in witnesses(report):
        out.print(Text(printable(witness), QUIET), soft_wrap=True)
    _show_advice(report, out)


def verdict(report: Report) -> Text:
    """The grade in a coloured word, and the sentence."""
    word, sentence = graded(report.verdict)
    style = _style(GRADES[report.verdict.grade])
    return Text.assemble((f"{word}:", style), " ", printable(sentence))


def _partners(partners: tuple[Partner, ...], amount: Amount) -> Table:
    rows = table("with", "connects", "why", title="With whom can I connect directly?")
    for partner in partners:
        who = Text(partner.name)
        if partner.behind and amount is Amount.DETAILS:
            who.append(f"\n{partner.behind}", QUIET)
        way = Text(partner.way.value, _style(WAYS[partner.way]))
        rows.add_row(who, way, printable(partner.reason))
    rows.columns[1].no_wrap = True
    return rows


def _show_chapter(chapter: Chapter, out: Console, amount: Amount) -> None:
    if chapter.nothing:
        out.print(Text(printable(chapter.nothing), QUIET), soft_wrap=True)
        return
    if amount is Amount.DETAILS:
        out.print(Text(printable(chapter.title), "bold"), soft_wrap=True)
        for fact in chapter.facts:
            for line in _details(fact):
                out.print(line, soft_wrap=True)
        return
    rows = table("question", "answer", "rests on", title=printable(chapter.title))
    for fact in chapter.facts:
        if fact.is_tested:
            rows.add_row(fact.name, _answer(fact), fact.finding.confidence)
    rows.columns[0].no_wrap = True
    put(out, rows)
    left = unanswered(chapter.facts)
    if left:
        out.print(Text(f"{left}.", QUIET), soft_wrap=True)


def _answer(fact: Fact) -> Text:
    words = fact.words
    text = Text(printable(words.text), _style(words.tone))
    for more in (words.meaning, fact.note):
        if more:
            text.append(
                f"{': ' if more is words.meaning else ', '}{printable(more)}", _aside(words.tone)
            )
    return text


def _aside(tone: Tone) -> str:
    return QUIET if tone is Tone.QUIET else "none"


def _details(fact: Fact) -> Iterator[Text]:
    yield Text.assemble(f"  {fact.name}: ", _answer(fact))
    for ground in fact.grounds:
        yield Text(f"      {printable(ground)}", QUIET)


def _show_servers(servers: tuple[ServerReport, ...], out: Console) -> None:
    rows = table(
        "server",
        "answers",
        "tests filtering",
        "believed",
        "round trip",
        title="Servers",
        right=("round trip",),
    )
    for server in servers:
        findings = (("answers", server.answers), ("tests_filtering", server.tests_filtering))
        cells = [_short(Fact(key, "", finding)) for key, finding in findings]
        cells.append(_short(Fact("honest", "", server.honest)))
        rows.add_row(printable(server.name), *cells, milliseconds(server.round_trip))
    out.print()
    put(out, rows)


def _short(fact: Fact) -> Text:
    """The answer in a word, and why it is none or no good one."""
    words = fact.words
    text = Text(words.text, _style(words.tone))
    if fact.is_tested and not fact.finding.value and fact.finding.why:
        text.append(f"\n{printable(fact.finding.why)}", QUIET)
    return text


def _show_advice(report: Report, out: Console) -> None:
    if report.verdict.advice:
        out.print()
        out.print(Text("What would help", "bold"))
        for number, advice in enumerate(report.verdict.advice, 1):
            out.print(Text(f"{number}. {printable(as_sentence(advice))}"), soft_wrap=True)


def _style(tone: Tone) -> str:
    return tone.value or "none"
