"""A trace as a sequence diagram: places side by side, time downwards, packets as arrows, drops as crosses with their reason.

The file is complete in itself: text stays text, colours follow the reader's preference for dark or light, and
pointing at a packet shows all of its way.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape

from nat.trace.arrows import arrows
from nat.trace.columns import columns
from nat.trace.events import TraceEvent
from nat.trace.journeys import journeys
from nat.trace.labels import LINE
from nat.trace.layout import HEADS, LEFT, Drawn, Head, Layout, Line, head_lines, lay_out
from nat.trace.places import PlaceKind, Places

MOST_ARROWS: Final = 60

_STYLE: Final = """
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-size:10.5px;fill:#57606a}
.page{fill:#ffffff}.wall{fill:#57606a;fill-opacity:.14}.life,.pause{stroke-width:1}.life{stroke:#c4cad1}
.head{fill:#f3f5f7;stroke:#c4cad1}.nat .head{fill:#e9eef6;stroke:#8296b5;stroke-dasharray:4 3}
.title{font-size:16px;font-weight:600;fill:#1f2328}.name{font-size:14px;font-weight:600;fill:#1f2328}
.what{font-size:12px;font-weight:600;fill:#1f2328}.changed{fill:#0b57c2;font-weight:600}
.dropped{fill:#b42318;font-weight:600}.detail{fill:#b42318}
.label{paint-order:stroke;stroke:#ffffff;stroke-width:3px;stroke-linejoin:round}
path{fill:none;stroke-width:1.6}.arrived{stroke:#1a7f37}.lost,.cross{stroke:#b42318}.open{stroke:#6e7781;stroke-dasharray:2 3}
.cross{stroke-width:2.4}.tip{fill:#1a7f37}.dot{fill:#0b57c2}.pause{stroke:#c4cad1;stroke-dasharray:1 4}.times{fill:#1f2328;font-weight:600}
g.packet:hover path{stroke-width:3}
@media (prefers-color-scheme:dark){
text{fill:#9aa4b0}.page{fill:#0f1419}.wall{fill:#9aa4b0;fill-opacity:.2}.life,.pause{stroke:#39424d}
.head{fill:#1b222b;stroke:#39424d}.nat .head{fill:#18243a;stroke:#5b7bb0}.title,.name,.what,.times{fill:#e6edf3}
.changed,.dot{fill:#78adff}.dropped,.detail{fill:#ff8f84}.label{stroke:#0f1419}
.arrived{stroke:#4cc26a}.lost,.cross{stroke:#ff8f84}.open{stroke:#9aa4b0}.tip{fill:#4cc26a}.dot{fill:#78adff}}
"""


def diagram(
    events: Iterable[TraceEvent], places: Places, title: str = "", most: int = MOST_ARROWS
) -> str:
    """The diagram as an SVG file.

    Args:
        title: what it shows.
        most: packets that are drawn at most; those alike are drawn once. What is left out is said.
    """
    events = list(events)
    found = arrows(journeys(events).values())
    kept, rest = found[:most], sum(one.count for one in found[most:])
    shown = columns((event for one in kept for event in one.journey.events), places)
    note = "" if kept else "No packet to show."
    if rest:
        note = f"and {rest} more packets, which are not shown"
    return "".join(_file(lay_out(shown, kept), title or "What happened to the packets", note))


def _file(layout: Layout, title: str, note: str) -> Iterator[str]:
    height = layout.bottom + (24 if note else 0)
    size = f'width="{layout.width:.0f}" height="{height:.0f}"'
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
        f' viewBox="0 0 {layout.width:.0f} {height:.0f}" role="img" aria-labelledby="title">\n'
        f'<title id="title">{_safe(title)}</title>\n<style>{_STYLE}</style>\n'
        f'<rect class="page" width="{layout.width:.0f}" height="{height:.0f}"/>\n'
    )
    yield _text(16, 26, title, "title")
    for head in layout.heads:
        yield from _column(head, layout.bottom)
    for mark in layout.pauses:
        yield f'<path class="pause" d="M{LEFT:.0f} {mark.y:.1f}H{layout.width - 16:.1f}"/>\n'
        yield _text(LEFT - 14, mark.y + 3.5, mark.text, "time", "end")
    for mark in layout.times:
        yield _text(LEFT - 14, mark.y + 3.5, mark.text, "time", "end")
    for drawn in layout.drawn:
        yield from _packet(drawn)
    if note:
        yield _text(16, layout.bottom + 8, note, "note")
    yield "</svg>\n"


def _column(head: Head, bottom: float) -> Iterator[str]:
    x, nat, low = head.x, head.place.kind is not PlaceKind.HOST, HEADS + head.height
    yield f'<g class="{"nat" if nat else "host"}">'
    if nat:
        yield (
            f'<rect class="wall" x="{x - 4:.1f}" y="{low:.1f}" width="8"'
            f' height="{bottom - low - 8:.1f}"/>'
        )
    else:
        yield f'<path class="life" d="M{x:.1f} {low:.1f}V{bottom - 8:.1f}"/>'
    yield (
        f'<rect class="head" x="{x - head.half:.1f}" y="{HEADS:.1f}" width="{2 * head.half:.1f}"'
        f' height="{head.height:.1f}" rx="{2 if nat else 8}"/>'
    )
    yield _text(x, HEADS + 17, head.place.name, "name", "middle")
    for number, line in enumerate(head_lines(head.place)):
        yield _text(x, HEADS + 31 + 13 * number, line, "own", "middle")
    yield "</g>\n"


def _packet(drawn: Drawn) -> Iterator[str]:
    yield f'<g class="packet"><title>{_safe(str(drawn.arrow.journey))}</title>'
    for line in drawn.lines:
        yield f'<path class="{line.style}" d="{_way(line)}"/>'
        if line.arrives:
            yield _tip(line)
    for x, y in drawn.dots:
        yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
    for x, y in drawn.crosses:
        yield (
            f'<path class="cross" d="M{x - 6:.1f} {y - 6:.1f}l12 12'
            f'M{x + 6:.1f} {y - 6:.1f}l-12 12"/>'
        )
    for y, label in drawn.labels:
        for number, (text, style) in enumerate(label.lines):
            at = y + label.top + LINE * (number + 1) - 3.5
            anchor = "start" if label.right else "end"
            yield _text(label.x, at, text, f"label {style}", anchor)
    yield "</g>\n"


def _way(line: Line) -> str:
    begin = f"M{line.x1:.1f} {line.y1:.1f}"
    if line.bend:
        down = line.y2 - line.y1
        return f"{begin}c{line.bend} 0 {line.bend} {down:.1f} 0 {down:.1f}"
    return f"{begin}L{line.x2:.1f} {line.y2:.1f}"


def _tip(line: Line) -> str:
    """The head of an arrow, turned as its line is."""
    dx, dy = line.x2 - line.x1, line.y2 - line.y1
    if line.bend:
        dx, dy = -line.bend, 0.0
    long = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / long, dy / long
    points = [
        (line.x2, line.y2),
        (line.x2 - 9 * ux - 4 * uy, line.y2 - 9 * uy + 4 * ux),
        (line.x2 - 9 * ux + 4 * uy, line.y2 - 9 * uy - 4 * ux),
    ]
    return f'<polygon class="tip" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    more = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}"{more}>{_safe(text)}</text>\n'


def _safe(text: str) -> str:
    """Text that XML can hold."""
    kept = "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
    return escape(kept, {'"': "&quot;"})
