"""The hops of a packet from column to column of a diagram, and where on a hop it was dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nat.packets import DropReason
from nat.trace.events import TraceEvent, Verdict
from nat.trace.journeys import Journey
from nat.trace.places import Place

_ON_LINKS: Final = frozenset(
    {DropReason.LOST, DropReason.QUEUE_FULL, DropReason.TOO_BIG, DropReason.LINK_DOWN}
)
_LAST: Final = frozenset({Verdict.DROPPED, Verdict.DELIVERED})


@dataclass(frozen=True, slots=True)
class Hop:
    """From one column to the next event.

    Attributes:
        event: what happened where the hop begins.
        following: what happened at its end, or None if the packet was under way when the world stopped.
        start: the column where it begins.
        goal: the column to which it goes.
        part: how much of the way it went; a link may drop it half-way.
        is_first: whether the packet begins there.
        is_at_edge: whether it begins at the last column.
        turns_back: whether the packet came from where it goes, and there is room at the other side.
    """

    event: TraceEvent
    following: TraceEvent | None
    start: int
    goal: int
    part: float
    is_first: bool
    is_at_edge: bool
    turns_back: bool = False

    @property
    def goes_right(self) -> bool:
        """Whether it goes to the right; what stays where it is turns to where there is room."""
        return self.goal > self.start or (self.goal == self.start and not self.is_at_edge)

    @property
    def is_loop(self) -> bool:
        """Whether it stays where it is, as what a host sends to itself."""
        return self.goal == self.start

    @property
    def is_dropped(self) -> bool:
        """Whether the packet was dropped at its end."""
        return self.following is not None and self.following.verdict is Verdict.DROPPED

    @property
    def beyond(self) -> int:
        """The column after its end; there may be none of that number."""
        return self.goal + 1 if self.goes_right else self.goal - 1


def hops(journey: Journey, places: Sequence[Place]) -> list[Hop]:
    """The hops of a packet; only what happened at a column counts, or was a drop."""
    numbers = {place.name: number for number, place in enumerate(places)}
    events = _shown(journey, numbers)
    at = next((numbers[event.where] for event in events if event.where in numbers), 0)
    found: list[Hop] = []
    for event, following in zip(events, [*events[1:], None], strict=True):
        if event.verdict in _LAST:
            break
        edges = (event is journey.events[0], at == len(places) - 1)
        if following is None:
            found.append(Hop(event, None, at, _ahead(event, at, places), 0.4, *edges))
            break
        goal, part = _goal(event, following, at, numbers, places)
        before = found[-1].start if found else at
        turns_back = (before > at < goal and at > 0) or (before < at > goal and not edges[1])
        found.append(Hop(event, following, at, goal, part, *edges, turns_back))
        at = goal
    return found


def _shown(journey: Journey, numbers: dict[str, int]) -> list[TraceEvent]:
    """What happened at columns, and a drop if that was the end; of copies and pieces the first one counts."""
    end = journey.end
    passed: set[str] = set()
    found = []
    for event in journey.events:
        if event.verdict is Verdict.DROPPED:
            if event is end:
                found.append(event)
        elif event.where in numbers and event.where not in passed:
            found.append(event)
            if event.verdict is Verdict.TRANSLATED:
                passed.add(event.where)
    return found


def _goal(
    event: TraceEvent,
    following: TraceEvent,
    at: int,
    numbers: dict[str, int],
    places: Sequence[Place],
) -> tuple[int, float]:
    goal = numbers.get(following.where, at)
    if following.verdict is not Verdict.DROPPED:
        return goal, 1.0
    on_link = following.reason in _ON_LINKS
    if following.where not in numbers or (goal == at and on_link):
        return _ahead(event, at, places), 0.5
    return goal, 0.7 if on_link else 1.0


def _ahead(event: TraceEvent, at: int, places: Sequence[Place]) -> int:
    """The column beside this one in the direction in which a packet was going, as far as it shows."""
    host = event.destination.host
    goal = next((n for n, place in enumerate(places) if host in place.addresses and n != at), None)
    right = at < (len(places) - 1) / 2 if goal is None else goal > at
    if at == 0 or at == len(places) - 1:
        right = at == 0
    return max(0, min(at + 1 if right else at - 1, len(places) - 1))
