"""Why a ticket is not matched yet: the first rule for which too few are left of those who wait."""

from collections import Counter
from collections.abc import Iterable

from signaling.matchmaking.configuration.queues import Overlap, Queue
from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.groups import clash
from signaling.matchmaking.matcher.packing import fits
from signaling.matchmaking.matcher.rules import attainable, tallied
from signaling.matchmaking.proposals import Blocked

LOOKED_AT = 2_000
"""Others that are looked at, the nearest first."""

ORDER = (
    Blocked.TOO_FEW, Blocked.PROPERTY, Blocked.REGION, Blocked.RATING, Blocked.AVOIDED, Blocked.SIZE,
)  # fmt: skip


def reason(
    one: Candidate, others: Iterable[Candidate], queue: Queue, *, elsewhere: bool
) -> Blocked:
    """Why a ticket waits.

    Args:
        one: The ticket.
        others: Those of its cell who wait, the nearest first.
        queue: The queue.
        elsewhere: Whether more wait with the same keys, who differ in what must be equal.
    """
    if one.ticket.paused:
        return Blocked.PAUSED
    if not one.fit:
        return Blocked.PROPERTY
    needed = _needed(one, queue)
    left = dict.fromkeys(ORDER, one.size)
    waiting, sizes = 0, Counter[int]()
    for other in others:
        if waiting == LOOKED_AT or left[ORDER[-1]] >= needed:
            break
        waiting += 1
        blocked = obstacle(one, other, queue)
        _count(left, blocked, other.size)
        sizes[other.size] += blocked is None
    if not waiting:
        return Blocked.PROPERTY if elsewhere else Blocked.ALONE
    for rule in ORDER:
        if left[rule] < needed:
            return rule
    return _together(one, sizes, queue)


def obstacle(one: Candidate, other: Candidate, queue: Queue) -> Blocked | None:
    """What keeps two apart, with the older's bounds; None if nothing does."""
    if other.bot and (queue.bots_after is None or one.waited < queue.bots_after):
        return Blocked.TOO_FEW
    if not _numbers_fit(one, other) or not _words_fit(one, other, queue):
        return Blocked.PROPERTY
    if one.regions is not None and other.regions is not None and not one.regions & other.regions:
        return Blocked.REGION
    if abs(one.rating - other.rating) > _window(one, other, queue):
        return Blocked.RATING
    if clash(one, other):
        return Blocked.AVOIDED
    sizes = tuple(sorted((one.size, other.size), reverse=True))
    return None if fits(sizes, (queue.team_max,) * queue.teams) else Blocked.SIZE


def _together(one: Candidate, sizes: Counter[int], queue: Queue) -> Blocked:
    """What keeps those apart of whom each fits the one."""
    small = one.waited >= queue.undersized_after
    least = (queue.team_min if small else queue.team_max,) * queue.teams
    seats = (queue.team_max,) * queue.teams
    if not attainable(one.code, tallied(sizes, queue.full), least, seats):
        return Blocked.SIZE
    if queue.quality is not None or queue.hook:
        return Blocked.QUALITY
    if queue.rating is not None:
        return Blocked.RATING
    return Blocked.PROPERTY if queue.rtt is None else Blocked.REGION


def _needed(one: Candidate, queue: Queue) -> int:
    return queue.least if one.waited >= queue.undersized_after else queue.full


def _count(left: dict[Blocked, int], blocked: Blocked | None, size: int) -> None:
    for rule in ORDER:
        if rule is blocked:
            return
        left[rule] += size


def _window(one: Candidate, other: Candidate, queue: Queue) -> float:
    oldest = min(
        (each for each in (one, other) if not each.bot),
        key=lambda each: (each.enqueued, each.ticket.id),
        default=one,
    )
    if oldest.waited >= queue.starving_after:
        return oldest.window
    return min(one.window, other.window)


def _numbers_fit(one: Candidate, other: Candidate) -> bool:
    pairs = zip(one.numbers, other.numbers, one.reaches, other.reaches, strict=True)
    return all(abs(here - there) <= min(reaches) for here, there, *reaches in pairs)


def _words_fit(one: Candidate, other: Candidate, queue: Queue) -> bool:
    rules = (rule for rule in queue.rules if isinstance(rule, Overlap))
    trios = zip(one.words, other.words, rules, strict=True)
    return all(len(here & there) >= rule.least for here, there, rule in trios)
