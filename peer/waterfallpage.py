"""The waterfall as one page of HTML that needs nothing else: no server, no script of others."""

from collections.abc import Iterable, Iterator
from html import escape

from operating.paper import written
from peer.explanation import Explanation, Verdict
from peer.waterfall import Bar, Group, Mark, Row, Tone, Waterfall

_MARGIN = 1.08
_TONES = {
    Verdict.DIRECT: Tone.FINE,
    Verdict.RELAYED: Tone.HELPED,
    Verdict.DISCONNECTED: Tone.HELPED,
    Verdict.FAILED: Tone.BROKEN,
}


def page(
    shown: Waterfall, explanation: Explanation | None = None, *, title: str, made: str = ""
) -> str:
    """The page; a browser of any kind shows it in its own light or dark colours.

    Args:
        shown: What to draw.
        explanation: The verdict and its reasons, above it.
        title: The heading.
        made: By which command, for the last line.
    """
    verdict = Verdict.NOT_STARTED if explanation is None else explanation.verdict
    spans = _spans(shown)
    return written(
        "peer",
        "waterfall.html",
        title=escape(title),
        tone=_TONES.get(verdict, Tone.PLAIN).value,
        verdict=escape(verdict.value),
        summary="" if explanation is None else escape(explanation.summary),
        sentences="" if explanation is None else _sentences(explanation.sentences[1:]),
        scopes="".join(_scope(*item, pressed=i == 0) for i, item in enumerate(spans.items())),
        span=f"{next(iter(spans.values())):.4f}",
        groups="\n".join(_group(group, shown.end) for group in shown.groups),
        table="\n".join(_lines(shown)),
        made=f"Made by <code>{escape(made)}</code>" if made else "",
    )


def _spans(shown: Waterfall) -> dict[str, float]:
    """What of the time may be shown: the set-up first, which is mostly the shortest part."""
    setup = max(shown.setup_end, 0.001) * _MARGIN
    whole = shown.end * _MARGIN
    return {"Set-up": setup, "Everything": whole} if whole > setup else {"Everything": whole}


def _scope(name: str, span: float, *, pressed: bool) -> str:
    state = "true" if pressed else "false"
    return f'<button type="button" aria-pressed="{state}" data-span="{span:.4f}">{name}</button>'


def _sentences(sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(one)}</li>" for one in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _group(group: Group, end: float) -> str:
    rows = "\n".join(_row(row, end) for row in group.rows)
    return f"<section><h2>{escape(group.name)}</h2>\n{rows}\n</section>"


def _row(row: Row, end: float) -> str:
    bars = "".join(_bar(bar, end) for bar in row.bars)
    marks = "".join(_mark(mark) for mark in row.marks)
    said = row.detail or row.label
    more = "; ".join(_moments(row))
    return (
        f'<button type="button" class="row" aria-expanded="false"><span class="name" title="{escape(row.label)}">'
        f'{escape(row.label)} <span class="soft">{escape(_value(row))}</span></span><span class="track" aria-hidden="true">{bars}{marks}</span></button>'
        f'<p class="more">{escape(said)}<br><span class="soft">{escape(more)}</span></p>'
    )


def _value(row: Row) -> str:
    """The last value in figures, beside the name."""
    if row.bars:
        return row.bars[-1].text
    return f"{_time(row.marks[-1].at)}" if row.marks else ""


def _bar(bar: Bar, end: float) -> str:
    until = end if bar.end is None else bar.end
    return (
        f'<span class="bar {bar.tone.value}" style="--s:{bar.start:.5f};--e:{until:.5f}"'
        f' title="{escape(bar.text)}"></span>'
    )


def _mark(mark: Mark) -> str:
    return f'<span class="mark {mark.tone.value}" style="--s:{mark.at:.5f}" title="{escape(mark.text)}"></span>'


def _moments(row: Row) -> Iterator[str]:
    for bar in row.bars:
        until = "now" if bar.end is None else _time(bar.end)
        yield f"{bar.text}: {_time(bar.start)} – {until}"
    for mark in row.marks:
        yield f"{mark.text}: {_time(mark.at)}"


def _lines(shown: Waterfall) -> Iterator[str]:
    for group in shown.groups:
        for row in group.rows:
            what = f"{group.name}: {row.label}"
            for bar in row.bars:
                yield _line(
                    _time(bar.start), "" if bar.end is None else _time(bar.end), what, bar.text
                )
            for mark in row.marks:
                yield _line(_time(mark.at), "", what, mark.text)


def _line(start: str, end: str, what: str, text: str) -> str:
    return (
        f'<tr><td class="n">{start}</td><td class="n">{end}</td>'
        f"<td>{escape(what)}</td><td>{escape(text)}</td></tr>"
    )


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"
