"""Small charts of lines as SVG, which show themselves in light and in dark: axes with units, no false precision."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

STYLE: Final = """
.c { font: 12px system-ui, sans-serif; fill: #1b1f24 }
.c .soft { fill: #57606a } .c .head { font-weight: 600 } .c .grid { stroke: #d0d7de } .c .axis { stroke: #8a939d }
.c .line { fill: none; stroke-width: 2; stroke-linejoin: round }
.c .s0 { stroke: #0a58ca } .c .s1 { stroke: #9a6700 } .c .s2 { stroke: #1a7f42 } .c .s3 { stroke: #8250df }
.c .thin { stroke-width: 1.5; stroke-dasharray: 5 3 }
svg { background: #fff }
@media (prefers-color-scheme: dark) {
  svg { background: #12151a } .c { fill: #e6e9ed } .c .soft { fill: #a0a8b2 } .c .grid { stroke: #39414b } .c .axis { stroke: #6b7580 }
  .c .s0 { stroke: #7cb3ff } .c .s1 { stroke: #e0ac3c } .c .s2 { stroke: #4cc27b } .c .s3 { stroke: #c297ff }
}
"""
COLOURS: Final = 4
"""Lines of as many seasons can be told apart."""
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)
_TICKS: Final = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart.

    Attributes:
        name: What it is, told where the pointer rests.
        number: Of the season that it belongs to, which has a colour.
        thin: Whether it is dashed: the second figure of a season.
    """

    name: str
    number: int
    points: Sequence[tuple[float, float]]
    thin: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: where it begins and ends, and how its values are written."""

    low: float
    high: float
    write: Callable[[float], str]
    step: float | None = None

    def ticks(self) -> list[float]:
        """Round values, about half a dozen of them."""
        step = self.step or round_step((self.high - self.low) / _TICKS)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]

    def place(self, value: float) -> float:
        """From 0 to 1."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a chart stands: its left upper corner and its size, in pixels."""

    x: float
    y: float
    width: float
    height: float


def round_step(rough: float) -> float:
    """The next round number: 1, 2 or 5, with noughts."""
    if rough <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next((step * power for step in _STEPS if step * power >= rough * (1 - 1e-9)), rough)


def chart(frame: Frame, title: str, across: Axis, up: Axis, lines: Sequence[Line]) -> list[str]:
    """A chart with its title above it."""
    bottom, right = frame.y + frame.height, frame.x + frame.width
    parts = [text(frame.x, frame.y - 12, title, "head")]
    for value in up.ticks():
        y = bottom - up.place(value) * frame.height
        parts.append(_rule("grid", frame.x, y, right, y))
        parts.append(text(frame.x - 8, y + 4, up.write(value), "soft", "end"))
    for value in across.ticks():
        x = frame.x + across.place(value) * frame.width
        parts.append(_rule("axis", x, bottom, x, bottom + 4))
        parts.append(text(x, bottom + 18, across.write(value), "soft", "middle"))
    parts.append(_rule("axis", frame.x, bottom, right, bottom))
    for line in lines:
        points = " ".join(
            f"{frame.x + across.place(x) * frame.width:.1f},{bottom - up.place(y) * frame.height:.1f}"
            for x, y in line.points
        )
        thin = " thin" if line.thin else ""
        title_of = f"<title>{escape(line.name)}</title>"
        kind = f"line s{line.number % COLOURS}{thin}"
        parts.append(f'<polyline class="{kind}" points="{points}">{title_of}</polyline>')
    return parts


def legend(x: float, y: float, names: Sequence[tuple[str, str]]) -> list[str]:
    """What each kind of line stands for: classes and a name."""
    parts = []
    for kind, name in names:
        parts.append(f'<path class="line {kind}" d="M{x:.0f} {y - 4:.0f}h24"/>')
        parts.append(text(x + 32, y, name, "soft"))
        x += 56 + 6.5 * len(name)
    return parts


def text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    """Words at a place."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def svg(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    """A picture that stands by itself."""
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
    name = f'role="img" aria-label="{escape(label)}"'
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {name}>'
    return "\n".join(
        [opened, f"<style>{STYLE}</style>", '<g class="c">', *parts, "</g>", "</svg>\n"]
    )


def _rule(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
