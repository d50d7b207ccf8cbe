"""The waterfall as one SVG picture, for documents and bug reports."""

import math
from collections.abc import Iterator
from html import escape

from peer.waterfall import Bar, Mark, Row, Tone, Waterfall

_NAMES, _WIDTH, _ROW, _MARGIN = 380, 1000, 22, 16
_COLOURS = {
    Tone.FINE: "var(--fine)",
    Tone.HELPED: "var(--helped)",
    Tone.BROKEN: "var(--broken)",
    Tone.PLAIN: "var(--plain)",
}
_STYLE = """
svg { font: 13px system-ui, sans-serif; --page: #fff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de;
  --fine: #1a7f42; --helped: #9a6700; --broken: #c0202f; --plain: #8a939d; --accent: #0a58ca }
@media (prefers-color-scheme: dark) { svg { --page: #12151a; --ink: #e6e9ed; --soft: #a0a8b2; --line: #39414b;
  --fine: #4cc27b; --helped: #e0ac3c; --broken: #ff7b72; --plain: #6b7580; --accent: #7cb3ff } }
text { fill: var(--ink) } .soft { fill: var(--soft) } .head { font-weight: 600 }
"""


def picture(shown: Waterfall, *, title: str) -> str:
    """The set-up as a picture; a browser shows it in its own light or dark colours.

    Args:
        shown: What to draw.
        title: The heading, and the text for those who do not see it.
    """
    span = max(shown.setup_end, 0.001) * 1.12
    lines = list(_lines(shown, span))
    height = len(lines) * _ROW + 4 * _ROW
    ticks = "".join(_ticks(span, height))
    body = "\n".join(
        f'<g transform="translate(0 {(index + 3) * _ROW})">{line}</g>'
        for index, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}" aria-label="{escape(title)}">'
        f"<style>{_STYLE}</style>"
        f'<rect width="{_WIDTH}" height="{height}" rx="8" fill="var(--page)"/>'
        f'<text x="{_MARGIN}" y="28" class="head" font-size="16">{escape(title)}</text>\n'
        f"{ticks}\n{body}\n</svg>\n"
    )


def _lines(shown: Waterfall, span: float) -> Iterator[str]:
    for group in shown.groups:
        rows = [row for row in group.rows if _begins(row) <= span]
        if rows:
            yield f'<text x="{_MARGIN}" y="16" class="head">{escape(group.name)}</text>'
        for row in rows:
            yield _row(row, span)


def _begins(row: Row) -> float:
    return min(
        [*(bar.start for bar in row.bars), *(mark.at for mark in row.marks)], default=math.inf
    )


def _row(row: Row, span: float) -> str:
    parts = [f"<title>{escape(row.detail or row.label)}</title>"]
    parts.append(f'<text x="{_MARGIN}" y="15">{escape(_shortened(row.label))}</text>')
    parts += [_bar(bar, span) for bar in row.bars if bar.start <= span]
    parts += [_mark(mark, span) for mark in row.marks if mark.at <= span]
    return "".join(parts)


def _bar(bar: Bar, span: float) -> str:
    start = _x(bar.start, span)
    end = _x(span if bar.end is None else min(bar.end, span), span)
    width = max(3.0, end - start)
    opacity = ' opacity="0.55"' if bar.tone is Tone.PLAIN else ""
    dashed = ' stroke-dasharray="4 2" fill-opacity="0.4"' if bar.tone is Tone.BROKEN else ""
    colour = _COLOURS[bar.tone]
    return (
        f'<rect x="{start:.1f}" y="5" width="{width:.1f}" height="12" rx="3" fill="{colour}"'
        f' stroke="{colour}"{dashed}{opacity}><title>{escape(bar.text)}</title></rect>'
    )


def _mark(mark: Mark, span: float) -> str:
    colour = "var(--accent)" if mark.tone is Tone.FINE else "var(--ink)"
    x = _x(mark.at, span)
    return (
        f'<rect x="{x - 2:.1f}" y="2" width="4" height="18" rx="2" fill="{colour}">'
        f"<title>{escape(mark.text)}</title></rect>"
    )


def _ticks(span: float, height: int) -> Iterator[str]:
    step = 10 ** math.floor(math.log10(span / 5))
    step *= next(more for more in (1, 2, 5, 10) if span / (step * more) <= 7)
    for number in range(int(span / step) + 1):
        x = _x(number * step, span)
        text = f"{number * step * 1000:.4g} ms" if span < 5 else f"{number * step:.4g} s"
        yield (
            f'<path d="M{x:.1f} 38V{height - _MARGIN}" stroke="var(--line)"/>'
            f'<text x="{x + 4:.1f}" y="50" class="soft" font-size="12">{text}</text>'
        )


def _x(seconds: float, span: float) -> float:
    return _NAMES + (_WIDTH - _NAMES - _MARGIN) * seconds / span


def _shortened(text: str) -> str:
    return text if len(text) <= 58 else f"{text[:57]}…"
