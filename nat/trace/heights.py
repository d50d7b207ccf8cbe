"""How far down in a diagram everything is: time is compressed, and no label covers another.

A pause counts with its logarithm. What happened at one time is at one height, unless a label would cover another: then
it moves down, and everything later with it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from nat.trace.events import NANOSECONDS, TraceEvent, Verdict
from nat.trace.labels import Box, clock_text

LONG_PAUSE: Final = NANOSECONDS // 5
_ROOM_FOR_PAUSE: Final = 22.0
_LOOK_BACK: Final = 96
_MIN_TIMES: Final = 13.0


@dataclass(slots=True)
class Moment:
    """An event in the diagram, and what is drawn around it, relative to its height."""

    event: TraceEvent
    boxes: list[Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mark:
    """A height, and what stands there at the left."""

    y: float
    text: str


class Heights:
    """The heights of events.

    Args:
        moments: one for each event that is drawn.
        top: where the first of them may be.

    Attributes:
        times: when packets were sent.
        pauses: where nothing happened for long.
        bottom: where the last thing ends.
    """

    def __init__(self, moments: Iterable[Moment], top: float) -> None:
        self.times: list[Mark] = []
        self.pauses: list[Mark] = []
        self.bottom = top
        self._of: dict[int, float] = {}
        self._covered: list[Box] = [(-math.inf, -math.inf, math.inf, top - 4)]
        order = sorted(moments, key=lambda moment: (moment.event.time_ns, moment.event.packet))
        self._assign(order, top)

    def of(self, event: TraceEvent) -> float:
        """The height of an event."""
        return self._of[id(event)]

    def _assign(self, moments: Sequence[Moment], top: float) -> None:
        base = lowest = top
        now: int | None = None
        reached: dict[int, float] = {}
        for moment in moments:
            time = moment.event.time_ns
            if now is not None and time != now:
                base = lowest + _room(time - now)
                if time - now >= LONG_PAUSE:
                    base = self._pause(time - now)
            now = time
            packet = moment.event.packet
            y = self._free(max(base, reached.get(packet, base)), moment.boxes)
            self._of[id(moment.event)] = reached[packet] = y
            moved = [(box[0], box[1] + y, box[2], box[3] + y) for box in moment.boxes]
            self._covered += moved
            lowest = max(lowest, y)
            self.bottom = max([self.bottom, y, *(box[3] for box in moved)])
            if moment.event.verdict is Verdict.SENT:
                self._mark(y, time)

    def _pause(self, nanoseconds: int) -> float:
        """Draw a line across for a long pause; returns where things go on."""
        y = self.bottom + _ROOM_FOR_PAUSE / 2
        seconds = nanoseconds / NANOSECONDS
        said = f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
        self.pauses.append(Mark(y, f"{said} later"))
        self._covered = [(-math.inf, -math.inf, math.inf, y + 4)]
        return y + _ROOM_FOR_PAUSE / 2

    def _mark(self, y: float, time: int) -> None:
        said = clock_text(time)
        last = self.times[-1] if self.times else None
        if last is None or (last.text != said and y - last.y >= _MIN_TIMES):
            self.times.append(Mark(y, said))

    def _free(self, y: float, boxes: Sequence[Box]) -> float:
        """The first height from here on at which the boxes cover nothing."""
        while (further := self._push(y, boxes)) > y:
            y = further
        return y

    def _push(self, y: float, boxes: Sequence[Box]) -> float:
        for left, top, right, bottom in boxes:
            for other in self._covered[-_LOOK_BACK:]:
                beside = right <= other[0] or other[2] <= left
                if not beside and top + y < other[3] and other[1] < bottom + y:
                    return other[3] - top + 0.5
        return y


def _room(nanoseconds: int) -> float:
    return min(60.0, 7 + 8 * math.log10(1 + nanoseconds / 100_000))
