"""What stands beside the lines of a diagram: what a packet carries, what a NAT changed, why it was dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nat.trace.arrows import Arrow
from nat.trace.events import NANOSECONDS, TraceEvent, Verdict, shown
from nat.trace.hops import Hop
from nat.trace.lettering import width, wrap
from nat.trace.places import Place

BIG: Final = 12.0
SMALL: Final = 10.5
LINE: Final = 14.0
GAP: Final = 10.0
WIDEST: Final = 196.0
"""Pixels that a label has at most; beyond that it is wrapped, and then cut."""
NARROWEST_REASON: Final = 176.0
"""Pixels that a reason has at least."""
_NEAR: Final = 110.0

Box = tuple[float, float, float, float]
"""Left, top, right, bottom; the heights from that of the event on."""


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text at one side of a point.

    Attributes:
        x: where they begin, or end if they stand to the left.
        top: the height of the upper edge, from that of the event on.
        right: whether they stand to the right of `x`.
        lines: (text, style).
    """

    x: float
    top: float
    right: bool
    lines: tuple[tuple[str, str], ...]

    @property
    def width(self) -> float:
        """That of the widest line."""
        return max(width(text, size_of(style), bold=style in _BOLD) for text, style in self.lines)

    @property
    def box(self) -> Box:
        """What they cover."""
        bottom = self.top + LINE * len(self.lines)
        if self.right:
            return (self.x, self.top, self.x + self.width, bottom)
        return (self.x - self.width, self.top, self.x, bottom)


_BOLD: Final = frozenset({"what", "changed", "dropped"})


def size_of(style: str) -> float:
    """The size of a style's letters."""
    return BIG if style == "what" else SMALL


def start_lines(arrow: Arrow, hop: Hop, place: Place) -> tuple[tuple[str, str], ...]:
    """What stands above the beginning of a hop: what it carries, or what the NAT there has changed."""
    event = hop.event
    if event.verdict is Verdict.TRANSLATED:
        return tuple((text, "changed") for text in _changes(event))
    if not hop.is_first:
        return ()
    lines = [(line, "what") for line in wrap(event.summary, WIDEST, BIG * 1.13, 3)]
    if arrow.count > 1:
        lines.append(
            (f"× {arrow.count}, until {clock_text(round(arrow.last * NANOSECONDS))}", "times")
        )
    source = shown(event.source)
    if event.source.port and place.addresses == (event.source.host,):  # as the head says
        source = f":{event.source.port}"
    return (*lines, (f"{source} → {shown(event.destination)}", "address"))


def start_label(
    arrow: Arrow, hop: Hop, places: Sequence[Place], xs: Sequence[float]
) -> Label | None:
    """The label above the beginning of a hop, if it has one; at the other side if the packet turns back there."""
    lines = start_lines(arrow, hop, places[hop.start])
    if not lines:
        return None
    right = hop.goes_right != hop.turns_back
    x = xs[hop.start] + (GAP if right else -GAP)
    top = -LINE * len(lines) / 2 if hop.turns_back else -LINE * len(lines) - 3
    return Label(x, top, right, lines)


def reason_label(hop: Hop, xs: Sequence[float]) -> Label:
    """Why a packet was dropped at the end of a hop: beyond it if there is room, else below the line."""
    assert hop.following is not None
    assert hop.following.reason is not None
    x = end_of(hop, xs)
    right, room, top = hop.goes_right, abs(x - xs[hop.start]), LINE
    if hop.is_loop:
        room = NARROWEST_REASON + 2 * GAP
    elif hop.part == 1 and 0 <= hop.beyond < len(xs):
        room, top = abs(xs[hop.beyond] - x), -LINE / 2
    elif hop.part == 1:
        right = not right
    else:
        room = abs(xs[hop.goal] - x) * 1.4
    most = max(room - 2 * GAP, NARROWEST_REASON)
    words = f"dropped: {hop.following.reason.value}"
    lines = [(line, "dropped") for line in wrap(words, most, SMALL * 1.13, 2)]
    lines += [(line, "detail") for line in wrap(hop.following.detail, most, SMALL, 4)]
    return Label(x + (GAP if right else -GAP), top, right, tuple(lines))


def end_of(hop: Hop, xs: Sequence[float]) -> float:
    """Where a hop ends."""
    return xs[hop.start] + (xs[hop.goal] - xs[hop.start]) * hop.part


def line_near(hop: Hop, x: float, *, at_start: bool) -> Box:
    """What the line of a hop covers near its beginning or end, so that no label is put upon it."""
    right = hop.goes_right == at_start
    top, bottom = (0.0, 7.0) if at_start else (-9.0, 2.0)
    long = _NEAR
    if hop.is_loop:
        right, long = hop.goes_right, 30.0
        top, bottom = (0.0, 12.0) if at_start else (0.0, 4.0)
    return (x, top, x + long, bottom) if right else (x - long, top, x, bottom)


def _changes(event: TraceEvent) -> list[str]:
    before = event.before if event.before is not None else event.carried
    found = []
    if before.source != event.carried.source:
        found.append(f"from {shown(event.source)}")
    if before.destination != event.carried.destination:
        found.append(f"to {shown(event.destination)}")
    return found


def clock_text(nanoseconds: int) -> str:
    """A time, in the unit that reads best."""
    seconds = nanoseconds / NANOSECONDS
    return f"{seconds * 1000:.4g} ms" if seconds < 1 else f"{seconds:.3f} s"
