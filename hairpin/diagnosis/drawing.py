"""The pictures of a diagnosis as SVG, which show themselves in light and in dark."""

import math
from collections.abc import Iterator
from html import escape
from typing import Final

from hairpin.diagnosis.timeline import Heard, Ladder, Lane, Sign, Track

_WIDTH: Final = 960
_LABELS: Final = 348
_RIGHT: Final = 24
_ROW: Final = 18
_TITLE: Final = 24
_AXIS: Final = 28
_MOST_TRACKS: Final = 150
_CHART: Final = _WIDTH - _LABELS - _RIGHT
_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
_LONG: Final = 60
"""Seconds beyond which a timeline has more room for what is early: the tests, before the waits."""
_EARLY: Final = (0, 5, 15, 30, 60, 120, 240, 360, 600, 1200, 1800, 3600)
_SILENCES: Final = (0, 15, 30, 60, 120, 240, 360, 600, 1200, 1800, 3600)
_NARROWEST: Final = 60
_LONGEST_LABEL: Final = 52

STYLE: Final = """
.p { font: 12px system-ui, sans-serif; fill: #1b1f24; stroke: none }
.p .soft { fill: #57606a } .p .head { font-weight: 600 } .p .grid { stroke: #d0d7de }
.p .wait { stroke: #8a939d; stroke-width: 1.5 }
.p .sent { stroke: #1b1f24; stroke-width: 2 } .p .answered { fill: #1a7f42 } .p .elsewhere { fill: #0a58ca }
.p .refused { fill: #9a6700 } .p .failed { stroke: #c0202f; stroke-width: 2 } .p .nothing { fill: none; stroke: #57606a; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  .p { fill: #e6e9ed }
  .p .soft { fill: #a0a8b2 } .p .grid { stroke: #39414b } .p .wait { stroke: #6b7580 } .p .sent { stroke: #e6e9ed }
  .p .answered { fill: #4cc27b } .p .elsewhere { fill: #7cb3ff } .p .refused { fill: #e0ac3c }
  .p .failed { stroke: #ff7b72 } .p .nothing { stroke: #a0a8b2 }
}
"""
_BACKGROUND: Final = (
    "svg { background: #fff } @media (prefers-color-scheme: dark) { svg { background: #12151a } }"
)


def draw_timeline(lanes: tuple[Lane, ...], *, standalone: bool = False) -> str:
    """Draw every test packet and its answers; rows are tests, time goes to the right.

    Over more than a minute, what is early has more room.
    """
    rows = list(_rows(lanes))
    end = max((mark.at for lane in lanes for t in lane.tracks for mark in t.marks), default=0.0)
    end = max(end * 1.02, 0.1)
    parts, y = [], _AXIS
    for row in rows:
        if isinstance(row, str):
            parts.append(_text(0, y + 16, row, "head"))
            y += _TITLE
        else:
            parts += _draw_track(row, y + _ROW / 2, end)
            y += _ROW
    y += 8
    axis = _axis(end, y)
    legend = _legend(y + 16, ("sent", *(each.value for each in list(Sign)[1:])))
    label = (
        f"{sum(len(lane.tracks) for lane in lanes)} questions and their answers over {end:.1f} s"
    )
    return _svg([*axis, *parts, *legend], y + 32, label, standalone=standalone)


def draw_ladders(ladders: tuple[Ladder, ...], *, standalone: bool = False) -> str:
    """Draw after which silence a binding was still there; a row for each timer."""
    end = max(step.wait for ladder in ladders for step in ladder.steps) * 1.04
    height = _AXIS + 32 * len(ladders) + 8
    parts = []
    for at in (each for each in _SILENCES if each <= end):
        parts += _line_at(_x_of_silence(at, end), height, f"{at} s")
    for number, ladder in enumerate(ladders):
        y = _AXIS + 32 * number + 16
        parts.append(_text(0, y + 4, ladder.timer.value, "head"))
        parts.append(
            f'<line class="wait" x1="{_LABELS}" y1="{y}" x2="{_x(end, end):.1f}" y2="{y}"/>'
        )
        for step in ladder.steps:
            title = f"{step.wait:.3g} s of silence: {step.heard.value}"
            parts.append(_sign(_RUNGS[step.heard], _x_of_silence(step.wait, end), y, title))
    legend = _legend(height + 16, tuple(_RUNG_NAMES))
    label = f"lifetime ladder up to {end / 1.04:g} s of silence"
    return _svg([*parts, *legend], height + 32, label, standalone=standalone)


_RUNGS: Final = {
    Heard.OLD_PORT: "answered",
    Heard.NEW_PORT: "failed",
    Heard.NOWHERE: "nothing",
}
_RUNG_NAMES: Final = {heard.value: shape for heard, shape in _RUNGS.items()}
_SHAPES: Final = {
    Sign.SENT.value: "sent",
    Sign.ANSWERED.value: "answered",
    Sign.ELSEWHERE.value: "elsewhere",
    Sign.REFUSED.value: "refused",
    Sign.FAILED.value: "failed",
    **_RUNG_NAMES,
}


def _rows(lanes: tuple[Lane, ...]) -> Iterator[str | Track]:
    """Titles and tracks, up to a bound."""
    left = _MOST_TRACKS
    for lane in lanes:
        if left <= 0:
            break
        yield lane.title
        yield from lane.tracks[:left]
        left -= len(lane.tracks)
    hidden = sum(len(lane.tracks) for lane in lanes) - _MOST_TRACKS
    if hidden > 0:
        yield f"… and {hidden:,} more"


def _draw_track(track: Track, y: float, end: float) -> Iterator[str]:
    label = track.label
    if len(label) > _LONGEST_LABEL:
        label = f"{label[:_LONGEST_LABEL]}…"
    yield f"<g><title>{escape(track.label)}: {escape(track.outcome)}</title>{_text(12, y + 4, label, 'soft')}</g>"
    first, last = track.marks[0].at, track.marks[-1].at
    yield f'<line class="wait" x1="{_x_of_time(first, end):.1f}" y1="{y}" x2="{_x_of_time(last, end):.1f}" y2="{y}"/>'
    for mark in track.marks:
        title = f"{mark.at * 1000:.0f} ms: {mark.text}"
        yield _sign(_SHAPES[mark.sign.value], _x_of_time(mark.at, end), y, title)


def _sign(shape: str, x: float, y: float, title: str = "") -> str:
    """A bar, a disc, a diamond, a square, a cross or a ring: the shape says it without the colour."""
    drawn = {
        "sent": f'<path class="sent" d="M{x:.1f} {y - 5}v10"/>',
        "answered": f'<circle class="answered" cx="{x:.1f}" cy="{y}" r="4.5"/>',
        "elsewhere": f'<path class="elsewhere" d="M{x:.1f} {y - 6}l6 6l-6 6l-6 -6z"/>',
        "refused": f'<path class="refused" d="M{x - 4:.1f} {y - 4}h8v8h-8z"/>',
        "failed": f'<path class="failed" d="M{x - 4:.1f} {y - 4}l8 8m0 -8l-8 8"/>',
        "nothing": f'<circle class="nothing" cx="{x:.1f}" cy="{y}" r="4.5"/>',
    }[shape]
    return f"<g><title>{escape(title)}</title>{drawn}</g>" if title else drawn


def _axis(end: float, bottom: float) -> list[str]:
    """Lines at round times, and their names above."""
    parts = []
    for at in _round_times(end):
        name = f"{at:g} s" if end > 1 else f"{at * 1000:.0f} ms"
        parts += _line_at(_x_of_time(at, end), bottom, name)
    return parts


def _round_times(end: float) -> list[float]:
    if end > _LONG:
        return [at for at in _EARLY if at <= end]
    wanted = end * _NARROWEST / _CHART
    step = next((each for each in _STEPS if each >= wanted), end / 8)
    return [round(number * step, 6) for number in range(int(end / step) + 1)]


def _line_at(x: float, bottom: float, name: str) -> list[str]:
    return [
        f'<line class="grid" x1="{x:.1f}" y1="20" x2="{x:.1f}" y2="{bottom}"/>',
        _text(x, 14, name, "soft", 'text-anchor="middle"'),
    ]


def _legend(y: float, names: tuple[str, ...]) -> Iterator[str]:
    x = 8.0
    for name in names:
        yield _sign(_SHAPES[name], x, y - 4)
        yield _text(x + 12, y, name, "soft")
        x += 36 + 6.5 * len(name)


def _x(at: float, end: float) -> float:
    return _LABELS + at / end * _CHART


def _x_of_time(at: float, end: float) -> float:
    return _x_of_silence(at, end) if end > _LONG else _x(at, end)


def _x_of_silence(wait: float, end: float) -> float:
    """The shorter ones have more room, as there are more of them."""
    return _x(math.sqrt(wait / end) * end, end)


def _text(x: float, y: float, text: str, kind: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" {more}>{escape(text)}</text>'.replace(
        " >", ">"
    )


def _svg(parts: list[str], height: float, label: str, *, standalone: bool) -> str:
    style = f"<style>{STYLE}{_BACKGROUND}</style>" if standalone else ""
    size = f'viewBox="-8 0 {_WIDTH + 16} {height + 8:.0f}"'
    name = f'role="img" aria-label="{escape(label)}"'
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {name}>'
    return "\n".join([opened, style, '<g class="p">', *parts, "</g>", "</svg>"])
