"""What a match must hold, said once more and as plainly as the queue's documentation says it: ticket by ticket, pair by pair.

Nothing of the matcher is used here, so that it can be held to this.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations, product

from signaling.matchmaking.configuration.queues import Equal, Overlap, Queue, Rule, Within
from signaling.matchmaking.tickets import Ticket

SLACK = 1e-9
"""Means of ratings are not exact."""


def faults(tickets: Sequence[Ticket], queue: Queue, now: float) -> list[str]:
    """What speaks against a match of these."""
    people = [ticket for ticket in tickets if not bot(ticket)]
    if not people:
        return ["bots alone"]
    found = [wrong for ticket in tickets for wrong in _alone(ticket, people, queue, now)]
    starved = starving(people, queue, now)
    for one, other in combinations(tickets, 2):
        found += _pair(one, other, starved, queue, now)
    if not regions(tickets, queue, now):
        found.append("no region")
    if not found:
        found += _whole(tickets, people, queue, now)
    return found


def bot(ticket: Ticket) -> bool:
    return all(player.bot for player in ticket.players)


def starving(people: Iterable[Ticket], queue: Queue, now: float) -> float | None:
    """The window of the oldest, where it alone counts."""
    oldest = min(people, key=age)
    waited = now - oldest.enqueued
    if queue.rating is None or waited < queue.starving_after:
        return None
    return queue.rating.at(waited)


def age(ticket: Ticket) -> tuple[float, str]:
    return ticket.enqueued, ticket.id


def rating(ticket: Ticket, queue: Queue) -> float:
    mean = sum(player.rating for player in ticket.players) / len(ticket.players)
    return mean + queue.party_bonus * (len(ticket.players) - 1)


def _alone(ticket: Ticket, people: list[Ticket], queue: Queue, now: float) -> Iterable[str]:
    if ticket.paused or ticket.expires <= now:
        yield f"{ticket.id} is not ready"
    if bot(ticket):
        impatient = [
            one
            for one in people
            if queue.bots_after is None or now - one.enqueued < queue.bots_after
        ]
        if impatient:
            yield f"{ticket.id} is a bot, and {impatient[0].id} has not waited"


def _pair(
    one: Ticket, other: Ticket, starved: float | None, queue: Queue, now: float
) -> Iterable[str]:
    if one.keys != other.keys:
        yield "keys"
    if queue.rating is not None:
        windows = [queue.rating.at(now - each.enqueued) for each in (one, other) if not bot(each)]
        window = min(windows, default=math.inf) if starved is None else starved
        if abs(rating(one, queue) - rating(other, queue)) > window + SLACK:
            yield f"ratings of {one.id} and {other.id}"
    for rule in queue.rules:
        if not _agree(rule, one, other, now):
            yield f"{rule} of {one.id} and {other.id}"
    subjects = [{player.subject for player in each.players} for each in (one, other)]
    if one.avoid & subjects[1] or other.avoid & subjects[0]:
        yield f"{one.id} and {other.id} avoid each other"
    if {player.peer for player in one.players} & {player.peer for player in other.players}:
        yield f"{one.id} and {other.id} have the same names"


def _agree(rule: Rule, one: Ticket, other: Ticket, now: float) -> bool:
    ours, theirs = (each.properties.get(rule.property) for each in (one, other))
    match rule:
        case Equal():
            return ours is not None and ours == theirs
        case Within():
            if not isinstance(ours, float) or not isinstance(theirs, float):
                return False
            reaches = [
                rule.distance.at(now - each.enqueued) for each in (one, other) if not bot(each)
            ]
            return abs(ours - theirs) <= min(reaches, default=math.inf)
        case Overlap():
            return isinstance(ours, tuple) and isinstance(theirs, tuple)


def regions(tickets: Iterable[Ticket], queue: Queue, now: float) -> set[str | None]:
    """Where all can play; {None} where that does not matter."""
    asked = [(player, ticket) for ticket in tickets for player in ticket.players if player.rtt]
    if queue.rtt is None or not asked:
        return {None}
    bounds = queue.rtt
    return set.intersection(
        *(
            {
                region
                for region, trip in player.rtt.items()
                if trip <= bounds.at(now - ticket.enqueued)
            }
            for player, ticket in asked
        )
    )


def _whole(
    tickets: Sequence[Ticket], people: list[Ticket], queue: Queue, now: float
) -> Iterable[str]:
    for rule in queue.rules:
        if isinstance(rule, Overlap):
            words = [set(ticket.properties[rule.property]) for ticket in tickets]  # type: ignore[arg-type]
            if len(set.intersection(*words)) < rule.least:
                yield f"{rule} of all"
    divisions = list(divided(tickets, queue))
    if not divisions:
        yield "sizes"
        return
    full = sum(len(ticket.players) for ticket in tickets) == queue.teams * queue.team_max
    if not full and any(now - ticket.enqueued < queue.undersized_after for ticket in people):
        yield "too small"
    if queue.quality is not None:
        waited = now - min(people, key=age).enqueued
        if worth(tickets, divisions, queue) < queue.quality.at(waited):
            yield "quality"


def divided(tickets: Sequence[Ticket], queue: Queue) -> Iterable[tuple[tuple[int, float], ...]]:
    """All ways to make teams of these: the players and the mean rating of each."""
    for teams in product(range(queue.teams), repeat=len(tickets)):
        made = []
        for team in range(queue.teams):
            there = [ticket for ticket, at in zip(tickets, teams, strict=True) if at == team]
            size = sum(len(ticket.players) for ticket in there)
            if not queue.team_min <= size <= queue.team_max:
                break
            made.append((size, sum(len(one.players) * rating(one, queue) for one in there) / size))
        else:
            yield tuple(made)


def worth(
    tickets: Sequence[Ticket], divisions: list[tuple[tuple[int, float], ...]], queue: Queue
) -> float:
    """What the best division is worth: the most equal in number, then in rating."""

    def difference(division: tuple[tuple[int, float], ...]) -> tuple[int, float]:
        sizes, means = zip(*division, strict=True)
        return max(sizes) - min(sizes), max(means) - min(means)

    gap = min(map(difference, divisions))[1]
    ratings = [rating(ticket, queue) for ticket in tickets]
    spread = max(ratings) - min(ratings)
    if queue.rating is None:
        return 1.0
    return max(0.0, 1.0 - math.hypot(gap, spread) / math.sqrt(2.0) / queue.quality_scale)


def all_matches(tickets: Sequence[Ticket], queue: Queue, now: float) -> list[frozenset[str]]:
    """The tickets of every match that is allowed."""
    return [
        frozenset(ticket.id for ticket in some)
        for count in range(1, queue.teams * queue.team_max + 1)
        for some in combinations(tickets, count)
        if _sized(some, queue) and not faults(some, queue, now)
    ]


def _sized(some: Sequence[Ticket], queue: Queue) -> bool:
    size = sum(len(ticket.players) for ticket in some)
    return queue.teams * queue.team_min <= size <= queue.teams * queue.team_max


def most_matches(possible: Sequence[frozenset[str]]) -> int:
    """How many matches can be made at once, at most."""
    best = 0
    for at, one in enumerate(possible):
        rest = [other for other in possible[at + 1 :] if not one & other]
        best = max(best, 1 + (most_matches(rest) if rest else 0))
    return best
