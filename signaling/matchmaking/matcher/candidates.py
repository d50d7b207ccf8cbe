"""What the matcher makes of a ticket: worked out once, and its bounds anew at each tick."""

import math
from collections.abc import Hashable, Mapping
from typing import TypeAlias

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.matcher.rules import Rules, code_of
from signaling.matchmaking.tickets import Player, Ticket, Value

Cell: TypeAlias = tuple[Hashable, ...]
"""Tickets of different cells never meet: the hard keys, and what must be equal."""

Trips: TypeAlias = dict[str, float]


class _Neighbour:
    """What every step of a search touches: side by side in memory, as the slots of a base come first."""

    __slots__ = (
        "code", "free", "left", "matched", "near", "rating", "right", "size", "strength", "ticket", "waited", "window",
    )  # fmt: skip

    left: "Candidate"
    right: "Candidate"


class Candidate(_Neighbour):
    """A ticket that waits.

    Attributes:
        code: Its size, as a group counts sizes.
        strength: The sum of its ratings.
        rating: The party's, 0 where ratings do not matter.
        numbers: The values of the queue's `Within` rules; `words` those of its `Overlap` rules.
        touchy: It avoids somebody.
        fit: Whether it says what rules look at; otherwise it fits nobody.
        age: Sorts by age; `place` by rating, then age.
        window: How far away in rating the others may be, now; `reaches` the same for each of `numbers`.
        regions: Where it can play now; None for anywhere.
        near: How far away in rating the nearest of all was who stood in line in this tick.
        free: In line, with `left` and `right` beside it (`lines`).
        gone: Out of the pool; `matched` in a match of this tick.
    """

    __slots__ = (
        "_cap",
        "_next_cap",
        "age",
        "bot",
        "cell",
        "enqueued",
        "expires",
        "fit",
        "gone",
        "numbers",
        "peers",
        "place",
        "reaches",
        "regions",
        "subjects",
        "touchy",
        "trips",
        "words",
    )  # fmt: skip

    def __init__(self, ticket: Ticket, rules: Rules):
        players = ticket.players
        self.ticket = ticket
        self.size = len(players)
        self.code = code_of(self.size)
        self.enqueued = enqueued = ticket.enqueued
        self.expires = ticket.expires
        self.rating = rating = party_rating(players, rules.queue)
        self.strength = rating if self.size == 1 else rating * self.size
        self.bot = bool(players) and all(player.bot for player in players)
        self.touchy = bool(ticket.avoid)
        self.subjects = frozenset([player.subject for player in players if player.subject])
        self.peers = frozenset([player.peer for player in players])
        self.age = (enqueued, ticket.id)
        self.place = (rating, enqueued, ticket.id)
        cell = cell_of(ticket.keys, ticket.properties, rules)
        self.cell = cell or ()
        self.fit = cell is not None and math.isfinite(rating)
        self.numbers: tuple[float, ...] = ()
        self.words: tuple[frozenset[str], ...] = ()
        self.reaches: tuple[float, ...] = ()
        self.trips: Trips | None = None
        if rules.picky:
            self._read(ticket, rules)
        self.regions: frozenset[str] | None = None
        self._cap = self._next_cap = -math.inf
        self.waited = self.window = self.near = 0.0
        self.free = self.gone = self.matched = False

    def _read(self, ticket: Ticket, rules: Rules) -> None:
        numbers, words = values_of(ticket.properties, rules)
        self.numbers = tuple(number for number in numbers if number is not None)
        self.words = tuple(word for word in words if word is not None)
        self.fit = self.fit and None not in numbers and None not in words
        self.trips = round_trips(ticket.players)

    def stand(self, now: float, rules: Rules) -> None:
        """Set the bounds as they are now."""
        self.waited = waited = max(0.0, now - self.enqueued)
        queue = rules.queue
        if queue.rating is not None:
            self.window = math.inf if self.bot else queue.rating.at(waited)
        if rules.within:
            self.reaches = tuple(
                math.inf if self.bot else rule.distance.at(waited) for rule in rules.within
            )
        if queue.rtt is not None and self.trips is not None:
            cap = queue.rtt.at(waited)
            if not self._cap <= cap < self._next_cap:
                self._go(self.trips, cap)

    def part(self) -> None:
        """Leave the neighbours, so that nothing is kept alive by somebody who is gone."""
        self.left = self.right = NOBODY

    def _go(self, trips: Trips, cap: float) -> None:
        """Set the regions that are near enough, which they are until the cap is as far as the next."""
        self._cap = cap
        self._next_cap = min((trip for trip in trips.values() if trip > cap), default=math.inf)
        self.regions = frozenset(region for region, trip in trips.items() if trip <= cap)


NOBODY = Candidate.__new__(Candidate)
"""Stands beside whoever has no neighbours."""
NOBODY.rating = 0.0


def stand_all(candidates: list[Candidate], now: float, rules: Rules, *, bots: bool) -> None:
    """Set the bounds of all, who come with the oldest first, as they are now.

    Where ratings are all that counts this does what `stand` does, without the calls: there may be many.
    """
    window = rules.queue.rating
    if rules.picky or bots or window is None:
        for one in candidates:
            one.stand(now, rules)
        return
    rate, after, most = window.per_second, window.after, window.most
    edge, reach = math.inf, 0.0
    for (
        one
    ) in candidates:  # the oldest first: many of the same second, which is over below its edge
        one.waited = waited = now - one.enqueued
        if waited < edge:
            if waited < 0.0:
                one.waited = waited = 0.0
            whole = int(waited - after) if waited > after else 0
            edge = whole + after if whole else 0.0
            reach = min(most, window.start + rate * whole)
        one.window = reach


def party_rating(players: tuple[Player, ...], queue: Queue) -> float:
    """What a party's rating counts as: the mean, and the bonus for knowing each other."""
    if queue.rating is None or not players:
        return 0.0
    if len(players) == 1:
        return players[0].rating
    mean = sum([player.rating for player in players]) / len(players)
    return mean + queue.party_bonus * (len(players) - 1)


def round_trips(players: tuple[Player, ...]) -> Trips | None:
    """The longest round trip to each region that all can play in; None if they said nothing, as they can anywhere."""
    told = [player.rtt for player in players if player.rtt]
    if not told:
        return None
    common = set(told[0]).intersection(*told[1:])
    return {region: max(trips[region] for trips in told) for region in sorted(common)}


def cell_of(keys: tuple[str, ...], properties: Mapping[str, Value], rules: Rules) -> Cell | None:
    """The cell of whoever says this; None if something is not said."""
    if len(keys) != rules.keys or not all(name in properties for name in rules.equal):
        return None
    values = (properties[name] for name in rules.equal)
    return keys, *(frozenset(value) if isinstance(value, tuple) else value for value in values)


def values_of(
    properties: Mapping[str, Value], rules: Rules
) -> tuple[list[float | None], list[frozenset[str] | None]]:
    """The numbers and the words that rules look at; None for each that is missing."""
    numbers = [_number(properties.get(rule.property)) for rule in rules.within]
    words = [_words(properties.get(rule.property)) for rule in rules.overlap]
    return numbers, words


def _number(value: Value | None) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _words(value: Value | None) -> frozenset[str] | None:
    if isinstance(value, str):
        return frozenset({value})
    return frozenset(value) if isinstance(value, tuple) else None
