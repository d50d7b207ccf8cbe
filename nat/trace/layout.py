"""Where everything in a sequence diagram goes."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from nat.trace.arrows import Arrow
from nat.trace.events import Verdict
from nat.trace.heights import Heights, Mark, Moment
from nat.trace.hops import Hop, hops
from nat.trace.labels import (
    GAP,
    NARROWEST_REASON,
    SMALL,
    WIDEST,
    Label,
    end_of,
    line_near,
    reason_label,
    size_of,
    start_label,
    start_lines,
)
from nat.trace.lettering import width
from nat.trace.places import Place, PlaceKind

LEFT: Final = 84.0
"""Room for the times."""
HEADS: Final = 38.0
"""Where the heads of columns begin, below the title."""
_MARGIN: Final = 8.0
_NARROWEST: Final = 110.0


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: a place, where it stands, and half of how wide its box is."""

    place: Place
    x: float
    half: float

    @property
    def height(self) -> float:
        """That of its box."""
        return 24.0 + 13 * len(head_lines(self.place))


@dataclass(frozen=True, slots=True)
class Line:
    """A hop of a packet.

    Attributes:
        style: what became of the packet.
        arrives: whether it arrives here.
        bend: how far it goes aside, if it comes back to the same column.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    style: str
    arrives: bool
    bend: int


@dataclass(slots=True)
class Drawn:
    """A packet in the diagram.

    Attributes:
        arrow: what it shows.
        lines: its hops.
        dots: where a NAT changed it.
        crosses: where it was dropped.
        labels: with the heights from which theirs count.
    """

    arrow: Arrow
    lines: list[Line] = field(default_factory=list)
    dots: list[tuple[float, float]] = field(default_factory=list)
    crosses: list[tuple[float, float]] = field(default_factory=list)
    labels: list[tuple[float, Label]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole diagram, in pixels.

    Attributes:
        heads: the places.
        drawn: the packets.
        times: when packets were sent.
        pauses: where nothing happened for long.
        width: of the whole.
        bottom: where the last thing ends.
    """

    heads: list[Head] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)
    times: list[Mark] = field(default_factory=list)
    pauses: list[Mark] = field(default_factory=list)
    width: float = 320.0
    bottom: float = HEADS


def head_lines(place: Place) -> tuple[str, ...]:
    """What stands below the name of a place."""
    first, rest = list(place.addresses[:2]), len(place.addresses) - 2
    if place.kind is not PlaceKind.HOST:
        first[:1] = [f"{place.kind.value} {' '.join(first[:1])}".rstrip()]
    return (*first, f"and {rest} more") if rest > 0 else tuple(first)


def lay_out(places: Sequence[Place], arrows: Sequence[Arrow]) -> Layout:
    """Find a place for everything."""
    if not places:
        return Layout()
    ways = [(arrow, hops(arrow.journey, places)) for arrow in arrows]
    halves = [_half(place) for place in places]
    xs = _xs(places, halves, ways)
    heads = [Head(*one) for one in zip(places, xs, halves, strict=True)]
    top = HEADS + max(head.height for head in heads) + _MARGIN
    heights = Heights(_moments(ways, places, xs), top)
    drawn = [_draw(arrow, its, places, xs, heights) for arrow, its in ways]
    right = xs[-1] + halves[-1] + 16
    return Layout(heads, drawn, heights.times, heights.pauses, right, heights.bottom + 24)


def _half(place: Place) -> float:
    lines = (width(line, SMALL) for line in head_lines(place))
    return max([width(place.name, 14, bold=True), *lines]) / 2 + 12


def _xs(
    places: Sequence[Place], halves: Sequence[float], ways: Sequence[tuple[Arrow, list[Hop]]]
) -> list[float]:
    """Where columns stand: heads do not touch, and between two is room for the widest label."""
    room = [max(_NARROWEST, one + other + 20) for one, other in itertools.pairwise(halves)]
    for arrow, its in ways:
        for hop in its:
            if hop.is_dropped and hop.part == 1 and 0 <= hop.beyond < len(places):
                side = min(hop.goal, hop.beyond)
                room[side] = max(room[side], NARROWEST_REASON + 2 * GAP)
            side = hop.start if hop.goes_right else hop.start - 1
            if 0 <= side < len(room):
                for text, style in start_lines(arrow, hop, places[hop.start]):
                    wide = min(width(text, size_of(style), bold=True), WIDEST)
                    room[side] = max(room[side], wide + 2 * GAP)
    xs = [LEFT + halves[0]]
    for wide in room:
        xs.append(xs[-1] + round(wide))
    return xs


def _moments(
    ways: Sequence[tuple[Arrow, list[Hop]]], places: Sequence[Place], xs: Sequence[float]
) -> list[Moment]:
    found: dict[int, Moment] = {}
    for arrow, its in ways:
        for hop in its:
            moment = found.setdefault(id(hop.event), Moment(hop.event))
            label = start_label(arrow, hop, places, xs)
            moment.boxes += [label.box] if label is not None else []
            moment.boxes.append(line_near(hop, xs[hop.start], at_start=True))
            if hop.following is not None:
                moment = found.setdefault(id(hop.following), Moment(hop.following))
                moment.boxes.append(line_near(hop, end_of(hop, xs), at_start=False))
                moment.boxes += [reason_label(hop, xs).box] if hop.is_dropped else []
    return list(found.values())


def _draw(
    arrow: Arrow, its: Sequence[Hop], places: Sequence[Place], xs: Sequence[float], heights: Heights
) -> Drawn:
    drawn = Drawn(arrow)
    journey = arrow.journey
    style = "arrived" if journey.arrived_at is not None else "lost" if journey.drop else "open"
    for hop in its:
        x1, y1, x2 = xs[hop.start], heights.of(hop.event), end_of(hop, xs)
        if hop.event.verdict is Verdict.TRANSLATED:
            drawn.dots.append((x1, y1))
        label = start_label(arrow, hop, places, xs)
        if label is not None:
            drawn.labels.append((y1, label))
        y2 = y1 + 8 if hop.following is None else heights.of(hop.following)
        arrives = hop.following is not None and hop.following.verdict is Verdict.DELIVERED
        bend = 0 if not hop.is_loop else 28 if hop.goes_right else -28
        drawn.lines.append(Line(x1, y1, x2, y2, style, arrives, bend))
        if hop.is_dropped:
            drawn.crosses.append((x2, y2))
            drawn.labels.append((y2, reason_label(hop, xs)))
    return drawn
