"""Packets as the arrows of a diagram: those alike are one, drawn as the first and counted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nat.trace.journeys import Journey

_AGO: Final = 8
"""Packets alike are counted together if no more than so many other kinds began in between."""
_NUMBER: Final = re.compile(r"\d+")


@dataclass(slots=True)
class Arrow:
    """A packet to draw, and how many more of its kind there were.

    Attributes:
        journey: the first of them.
        count: how many there were.
        last: when the last one was sent, in seconds.
    """

    journey: Journey
    count: int
    last: float


def arrows(journeys: Iterable[Journey]) -> list[Arrow]:
    """What to draw, in the order in which it was sent."""
    drawn: list[Arrow] = []
    kinds: dict[tuple[object, ...], int] = {}
    for journey in journeys:
        kind = _kind(journey)
        at = kinds.get(kind)
        if at is not None and len(drawn) - at <= _AGO:
            drawn[at].count += 1
            drawn[at].last = journey.events[0].time
        else:
            kinds[kind] = len(drawn)
            drawn.append(Arrow(journey, 1, journey.events[0].time))
    return drawn


def _kind(journey: Journey) -> tuple[object, ...]:
    way = tuple(
        (event.where, event.verdict, event.reason, event.source, event.destination)
        for event in journey.events
    )
    first = journey.events[0]
    return (*way, first.protocol, _NUMBER.sub("#", first.summary))
