"""What no queue can mean: settings that contradict each other, or that come to nothing."""

import math
from collections.abc import Iterator
from typing import TypeAlias

from signaling.faults import SettingsError
from signaling.matchmaking.configuration.queues import Queue, Widening, Within

MOST_PROPERTIES = 16
"""That keys and rules look at."""

Fault: TypeAlias = tuple[str, str]
"""A setting, and what is wrong with it."""


def check(queue: Queue, said: frozenset[str], place: str) -> None:
    """Refuse a queue that cannot be meant, though each of its values could be.

    Args:
        queue: As it was made.
        said: The settings that were said; the rest has its default.
        place: Where the queue stands.

    Raises:
        SettingsError: The first that is wrong, with its place and the reason.
    """
    for setting, wrong in _faults(queue, said):
        raise SettingsError(f"{place}.{setting.replace('_', '-')}: {wrong}")


def _faults(queue: Queue, said: frozenset[str]) -> Iterator[Fault]:
    yield from _teams(queue, said)
    yield from _widenings(queue)
    yield from _properties(queue)
    yield from _ratings(queue, said)
    yield from _times(queue, said)


def _teams(queue: Queue, said: frozenset[str]) -> Iterator[Fault]:
    low, high = queue.team_min, queue.team_max
    if queue.least < 2:
        yield "team_min", "expected two players or more in the smallest match, got one"
    if queue.most_waiting < queue.full:
        wrong = f"expected the {queue.full} players of a match or more, got {queue.most_waiting}"
        yield "most_waiting", wrong
    if low < high and "undersized_after" not in said:
        wrong = (
            f"expected the seconds after which a team of {low} will do for one of {high}, got none"
        )
        yield "undersized_after", wrong
    if low == high and "undersized_after" in said:
        wrong = f"expected a team-min below {high}, as smaller matches are not made otherwise"
        yield "undersized_after", wrong
    if queue.party_bonus and queue.party_max == 1:
        yield "party_bonus", "expected a party-max of 2 or more beside it, got 1"


def _widenings(queue: Queue) -> Iterator[Fault]:
    for setting, widening in (("rating", queue.rating), ("rtt", queue.rtt)):
        if widening is not None:
            yield from _widening(setting, widening)
    for number, rule in enumerate(queue.rules):
        if isinstance(rule, Within):
            yield from _widening(f"rules[{number}].distance", rule.distance)


def _widening(setting: str, widening: Widening) -> Iterator[Fault]:
    if widening.per_second:
        return
    nothing = "expected a per-second above 0 beside it, as nothing widens otherwise"
    if widening.after:
        yield f"{setting}.after", nothing
    if widening.start < widening.most < math.inf:
        yield f"{setting}.most", nothing


def _properties(queue: Queue) -> Iterator[Fault]:
    count = len(queue.keys) + len(queue.rules)
    if count > MOST_PROPERTIES:
        yield "rules", f"expected at most {MOST_PROPERTIES} keys and rules, got {count}"
    kinds: set[tuple[type, str]] = set()
    for number, rule in enumerate(queue.rules):
        kind = (type(rule), rule.property)
        if kind in kinds:
            yield (
                f"rules[{number}]",
                f"expected one rule of a kind, got a second for {rule.property!r}",
            )
        if rule.property in queue.keys:
            wrong = f"expected what is not among keys, got {rule.property!r}, which is equal anyhow"
            yield f"rules[{number}]", wrong
        kinds.add(kind)


def _ratings(queue: Queue, said: frozenset[str]) -> Iterator[Fault]:
    if queue.rating is not None:
        return
    for setting in ("starving_after", "party_bonus", "trust_ratings", "rating_default"):
        if setting in said:
            yield setting, "expected a rating beside it, got rating = false"
    if queue.quality is not None and not queue.hook:
        yield "quality", "expected a rating or a hook beside it, which say what a match is worth"


def _times(queue: Queue, said: frozenset[str]) -> Iterator[Fault]:
    ends = queue.expires_after
    for setting in ("undersized_after", "starving_after", "bots_after"):
        value = getattr(queue, setting)
        if setting in said and value is not None and value >= ends:
            yield setting, f"expected less than expires-after, which is {ends:g}, got {value:g}"
