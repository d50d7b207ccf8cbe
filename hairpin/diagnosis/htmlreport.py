"""A report as one page of HTML that needs nothing else, from which it can be judged again."""

import json
import time
from html import escape, unescape
from typing import Final

from hairpin.diagnosis.drawing import STYLE, draw_ladders, draw_timeline
from hairpin.diagnosis.facts import Chapter, Fact, chapters, unanswered, witnesses
from hairpin.diagnosis.timeline import ladders, lanes
from hairpin.diagnosis.words import GRADES, WAYS, Tone, as_sentence, graded, outlook_of
from nat.discovery import Evidence, Partner, Report, encode
from operating.paper import written

_BEGIN: Final = '<pre id="evidence">'
_END: Final = "</pre>"


def page(report: Report, *, made: str = "") -> str:
    """The page.

    Args:
        report: what to show.
        made: the command that made it.
    """
    verdict = report.verdict
    word, sentence = graded(verdict)
    return written(
        "hairpin.diagnosis",
        "report.html",
        title=escape(f"NAT report: {verdict.grade.value}"),
        style=STYLE,
        tone=_tone(GRADES[verdict.grade]),
        grade=escape(word),
        sentence=escape(as_sentence(sentence)),
        about=escape(" ".join(filter(None, (_about(report.evidence), outlook_of(report.outlook))))),
        advice=_advice(verdict.advice),
        partners="\n".join(_partner(each) for each in report.partners),
        chapters="\n".join(_chapter(each) for each in chapters(report)),
        witnesses="".join(f"<p>{escape(each)}</p>" for each in witnesses(report)),
        pictures=_pictures(report.evidence),
        evidence=escape(_indented(report.evidence), quote=False),
        made=escape(f"Made by {made or 'hairpin nat --report'}."),
    )


def evidence_in(page_text: str) -> str | None:
    """The evidence in a page that `page` made, as JSON; None if there is none."""
    _, begin, rest = page_text.partition(_BEGIN)
    text, end, _ = rest.partition(_END)
    return unescape(text) if begin and end else None


def _about(evidence: Evidence) -> str:
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(evidence.started))
    parts = [f"{when}, {evidence.elapsed:.1f} s", evidence.program]
    if evidence.interrupted:
        parts.append("stopped before it was done")
    if evidence.anonymous:
        parts[0] = time.strftime("%Y-%m-%d", time.gmtime(evidence.started))
        parts.append("addresses are masked")
    return "; ".join(part for part in parts if part) + "."


def _advice(advice: tuple[str, ...]) -> str:
    if not advice:
        return ""
    items = "".join(f"<li>{escape(as_sentence(each))}</li>" for each in advice)
    return f'<h2>What would help</h2>\n<ol class="advice">{items}</ol>'


def _partner(partner: Partner) -> str:
    tone = _tone(WAYS[partner.way])
    behind = f'<p class="soft">{escape(partner.behind)}</p>' if partner.behind else ""
    return (
        f'<li class="{tone}"><strong>{escape(partner.name)}</strong>'
        f'<b class="{tone}">{escape(partner.way.value)}</b><p>{escape(partner.reason)}</p>{behind}</li>'
    )


def _chapter(chapter: Chapter) -> str:
    if chapter.nothing:
        return f'<p class="soft">{escape(chapter.nothing)}</p>'
    rows = "\n".join(_fact(fact) for fact in chapter.facts if fact.is_tested)
    left = unanswered(chapter.facts)
    note = f'<p class="soft small">{escape(left)}.</p>' if left else ""
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("Question", "Answer", "How it is known")
    )
    return (
        f'<h3>{escape(chapter.title)}</h3>\n<div class="table"><table class="facts">'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>{note}"
    )


def _fact(fact: Fact) -> str:
    words = fact.words
    more = "".join(f"<br>{escape(each)}" for each in (words.meaning, fact.note) if each)
    how = "".join(f"<p>{escape(each)}</p>" for each in fact.grounds)
    return (
        f'<tr><th scope="row">{escape(fact.name)}</th>'
        f'<td><b class="{_tone(words.tone)}">{escape(words.text)}</b>{more}</td><td class="how">{how}</td></tr>'
    )


def _pictures(evidence: Evidence) -> str:
    parts = []
    packets, rungs = lanes(evidence), ladders(evidence)
    if rungs:
        caption = "How long a binding (the mapping, and the filter's entry) may be silent before the NAT forgets it."
        parts.append(_figure("Lifetime ladder", caption, draw_ladders(rungs)))
    if packets:
        caption = "Each row is a question to a server; point at a mark to read it. Time goes to the right."
        parts.append(_figure("Test packets", caption, draw_timeline(packets)))
    return "\n".join(parts)


def _figure(title: str, caption: str, svg: str) -> str:
    """A picture that may be broader than the window: what scrolls can be reached by keys."""
    scrolling = f'<div class="wide" tabindex="0" role="region" aria-label="{escape(title)}">'
    return (
        f"<h2>{title}</h2>\n<figure><figcaption>{caption}</figcaption>\n"
        f"{scrolling}\n{svg}\n</div></figure>"
    )


def _indented(evidence: Evidence) -> str:
    return json.dumps(json.loads(encode(evidence)), indent=1)


def _tone(tone: Tone) -> str:
    return tone.name.lower()
