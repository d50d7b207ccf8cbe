"""What the matcher makes of a ticket: worked out once, and its bounds anew at each tick."""

import math
from collections.abc import Hashable, Mapping
from typing import TypeAlias

from signaling.matchmaking.queues import Equal, Overlap, Queue, Within
from signaling.matchmaking.tickets import Opening, Player, Ticket, Value

Cell: TypeAlias = tuple[Hashable, ...]
"""Tickets of different cells never meet: the hard keys, and what must be equal."""

ANYWHERE: frozenset[str] | None = None


class Candidate:
    """A ticket that waits.

    Attributes:
        rating: The party's, 0 where ratings do not matter.
        numbers: The values of the queue's `Within` rules; `words` those of its `Overlap` rules.
        misfit: It lacks what a rule looks at, and fits nobody.
        window: How far away in rating the others may be, now; `reaches` the same for each of `numbers`.
        regions: Where it can play now; None for anywhere.
        free: Not in a match of this tick; `left` and `right` are its neighbours among the free (`lines`).
    """

    left: "Candidate"
    right: "Candidate"

    __slots__ = (
        "avoid", "bot", "cell", "enqueued", "free", "left", "misfit", "numbers", "peers", "place", "rating", "reaches",
        "regions", "right", "size", "subjects", "ticket", "trips", "waited", "window", "words",
    )  # fmt: skip

    def __init__(self, ticket: Ticket, queue: Queue):
        self.ticket = ticket
        self.size = len(ticket.players)
        self.enqueued = ticket.enqueued
        self.rating = party_rating(ticket.players, queue)
        self.bot = all(player.bot for player in ticket.players)
        self.avoid = ticket.avoid
        self.subjects = frozenset(player.subject for player in ticket.players if player.subject)
        self.peers = frozenset(player.peer for player in ticket.players)
        self.trips = round_trips(ticket.players)
        self.place = (self.rating, ticket.enqueued, ticket.id)
        cell = cell_of(ticket.keys, ticket.properties, queue)
        numbers, words = values_of(ticket.properties, queue)
        self.misfit = (
            cell is None or None in numbers or None in words or not math.isfinite(self.rating)
        )
        self.cell = cell or ()
        self.numbers = tuple(number for number in numbers if number is not None)
        self.words = tuple(word for word in words if word is not None)
        self.waited = self.window = 0.0
        self.reaches: tuple[float, ...] = ()
        self.regions = ANYWHERE
        self.free = False

    def stand(self, now: float, queue: Queue) -> None:
        """Set the bounds as they are now."""
        self.waited = waited = max(0.0, now - self.enqueued)
        if queue.rating is not None:
            self.window = math.inf if self.bot else queue.rating.at(waited)
        self.reaches = tuple(
            math.inf if self.bot else rule.distance.at(waited)
            for rule in queue.rules
            if isinstance(rule, Within)
        )
        if queue.rtt is not None and self.trips is not None:
            cap = queue.rtt.at(waited)
            self.regions = frozenset(region for region, trip in self.trips.items() if trip <= cap)


def party_rating(players: tuple[Player, ...], queue: Queue) -> float:
    """What a party's rating counts as: the mean, and the bonus for knowing each other."""
    if queue.rating is None or not players:
        return 0.0
    mean = sum(player.rating for player in players) / len(players)
    return mean + queue.party_bonus * (len(players) - 1)


def round_trips(players: tuple[Player, ...]) -> dict[str, float] | None:
    """The longest round trip to each region that all can play in; None if they said nothing, as they can anywhere."""
    told = [player.rtt for player in players if player.rtt]
    if not told:
        return None
    common = set(told[0]).intersection(*told[1:])
    return {region: max(trips[region] for trips in told) for region in sorted(common)}


def cell_of(keys: tuple[str, ...], properties: Mapping[str, Value], queue: Queue) -> Cell | None:
    """The cell of whoever says this; None if something is not said."""
    equal = [rule.property for rule in queue.rules if isinstance(rule, Equal)]
    if len(keys) != len(queue.keys) or any(name not in properties for name in equal):
        return None
    values = (properties[name] for name in equal)
    return keys, *(frozenset(value) if isinstance(value, tuple) else value for value in values)


def values_of(
    properties: Mapping[str, Value], queue: Queue
) -> tuple[list[float | None], list[frozenset[str] | None]]:
    """The numbers and the words that rules look at; None for each that is missing."""
    numbers: list[float | None] = []
    words: list[frozenset[str] | None] = []
    for rule in queue.rules:
        value = properties.get(rule.property)
        match rule:
            case Within():
                numbers.append(_number(value))
            case Overlap():
                words.append(_words(value))
    return numbers, words


def opening_cell(opening: Opening, queue: Queue) -> Cell | None:
    """The cell that fills an opening."""
    return cell_of(opening.keys, opening.properties, queue)


def _number(value: Value | None) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _words(value: Value | None) -> frozenset[str] | None:
    if isinstance(value, str):
        return frozenset({value})
    return frozenset(value) if isinstance(value, tuple) else None
