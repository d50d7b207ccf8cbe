"""Tickets that come at random (Poisson), the same ones for the same seed whatever queue they come to."""

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, assert_never

from signaling.matchmaking.configuration.queues import Overlap, Queue, Within
from signaling.matchmaking.season.population import (
    SOLO,
    Number,
    OneOf,
    Population,
    Ratings,
    Saying,
    SomeOf,
)
from signaling.matchmaking.season.regions import Region
from signaling.matchmaking.tickets import Player, Ticket, Value

DAY: Final = 86400.0
_SAME: Final = "any"
_MOST_DRAWS: Final = 100


@dataclass(frozen=True, slots=True)
class Rate:
    """How many players come each second.

    Attributes:
        peak: In the busiest hour, or at any time.
        trough: In the quietest hour, half a day from it; None if all hours are alike.
        busiest: The second of the day at which most come.
        begins: The second of the day at which the season begins.
    """

    peak: float
    trough: float | None = None
    busiest: float = 20 * 3600.0
    begins: float = 0.0

    def at(self, now: float) -> float:
        """Players each second, so long after the season's beginning."""
        if self.trough is None:
            return self.peak
        turn = math.cos((self.begins + now - self.busiest) / DAY * math.tau)
        return self.trough + (self.peak - self.trough) * (1 + turn) / 2


@dataclass(frozen=True, slots=True)
class Arrival:
    """A ticket that comes, and what it will do.

    Attributes:
        home: The region where its first player lives.
        patience: Seconds after which it leaves.
        answers_after: Seconds that it takes to answer, where it is asked.
        declines: Which of the matches offered to it it turns down, counted from 1; 0 for none.
    """

    name: str
    at: float
    players: tuple[Player, ...]
    home: str
    says: Mapping[str, Value]
    patience: float = math.inf
    answers_after: float = 0.0
    declines: int = 0

    @property
    def rating(self) -> float:
        """The mean of its players."""
        return sum(player.rating for player in self.players) / len(self.players)

    def ticket(self, queue: Queue) -> Ticket:
        """What it is in a queue; of what it says nothing, all tickets say the same."""
        return Ticket(
            id=self.name,
            queue=queue.name,
            players=self.players,
            keys=tuple(str(self.says.get(key, _SAME)) for key in queue.keys),
            enqueued=self.at,
            expires=self.at + queue.expires_after,
            properties=properties(self.says, queue),
        )


def properties(says: Mapping[str, Value], queue: Queue) -> dict[str, Value]:
    """What the queue's rules look at."""
    found: dict[str, Value] = {}
    for rule in queue.rules:
        match rule:
            case Within():
                same: Value = 0.0
            case Overlap(least=least):
                same = tuple(f"{_SAME}{number}" for number in range(least))
            case _:
                same = _SAME
        found[rule.property] = says.get(rule.property, same)
    return found


def unsaid(population: Population, queue: Queue) -> tuple[str, ...]:
    """Keys and properties that matter in the queue, and of which these players say nothing."""
    names = (*queue.keys, *(rule.property for rule in queue.rules))
    return tuple(dict.fromkeys(name for name in names if name not in population.says))


def arrivals(population: Population, rate: Rate, seconds: float, seed: int) -> Iterator[Arrival]:
    """Whoever comes within so many seconds, in order of time."""
    chance = random.Random(seed)
    quickest = max(rate.peak, rate.trough or 0.0) / population.players_a_ticket
    if quickest <= 0:
        return
    now = 0.0
    numbers = itertools.count(1)
    while (now := now + chance.expovariate(quickest)) < seconds:
        # Thinning: of arrivals at the highest rate, so many are kept as the hour's rate asks.
        kept = chance.random() * quickest * population.players_a_ticket < rate.at(now)
        if kept:
            yield _arrive(population, next(numbers), now, chance)


def bots(population: Population, seed: int) -> Iterator[Arrival]:
    """Bots, one after the other, without end; each plays in the place of somebody who might have come."""
    chance = random.Random(seed + 0.5)
    alone = replace(population, parties=SOLO, patience=None, decline=0.0, answer=0.0)
    for number in itertools.count(1):
        drawn = _arrive(alone, number, 0.0, chance)
        name = f"b{number:07}"
        player = replace(drawn.players[0], peer=name, sid=name, bot=True)
        yield replace(drawn, name=name, players=(player,))


def _arrive(population: Population, number: int, now: float, chance: random.Random) -> Arrival:
    (size,) = chance.choices(tuple(population.parties), tuple(population.parties.values()))
    (home,) = chance.choices(population.regions, [one.share for one in population.regions])
    says = {name: _say(saying, chance) for name, saying in population.says.items()}
    return Arrival(
        name=f"t{number:07}",
        at=now,
        players=_players(population, number, size, home, chance),
        home=home.name,
        says=says,
        patience=_patience(population.patience, chance.expovariate(1.0)),
        answers_after=chance.expovariate(1.0) * population.answer,
        declines=_first_declined(population.decline, chance),
    )


def _players(
    population: Population, number: int, size: int, home: Region, chance: random.Random
) -> tuple[Player, ...]:
    """Friends live near each other, and play about as well."""
    ratings = population.ratings
    first = _rating(ratings, chance)
    near = [chance.gauss(first, population.party_deviation) for _ in range(size - 1)]
    players = []
    for seat, rating in enumerate([first, *near]):
        name = f"p{number}-{seat}"
        line = chance.uniform(*population.access)
        rtt = {there: float(round(far + line)) for there, far in home.rtt.items()}
        kept = float(round(min(max(rating, ratings.least), ratings.most)))
        players.append(Player(name, name, subject=name, rating=kept, rtt=rtt))
    return tuple(players)


def _patience(mean: float | None, drawn: float) -> float:
    return math.inf if mean is None else mean * drawn


def _rating(ratings: Ratings, chance: random.Random) -> float:
    """Drawn again where it is out of bounds, so that nobody piles up at them."""
    drawn = 0.0
    for _ in range(_MOST_DRAWS):
        (bell,) = chance.choices(ratings.bells, [one.share for one in ratings.bells])
        drawn = chance.gauss(bell.mean, bell.deviation)
        if ratings.least <= drawn <= ratings.most:
            break
    return min(max(drawn, ratings.least), ratings.most)


def _first_declined(share: float, chance: random.Random) -> int:
    """The geometric distribution, drawn at once: how a ticket answers does not depend on whom it meets."""
    drawn = chance.random()
    if share <= 0:
        return 0
    if share >= 1:
        return 1
    return 1 + int(math.log(1 - drawn) / math.log(1 - share))


def _say(saying: Saying, chance: random.Random) -> Value:
    match saying:
        case OneOf(words=words):
            return chance.choices(tuple(words), tuple(words.values()))[0]
        case SomeOf(words=words):
            said = tuple(word for word, share in words.items() if chance.random() < share)
            return said or (max(words, key=lambda word: words[word]),)
        case Number():
            drawn = chance.gauss(saying.mean, saying.deviation)
            return float(min(max(drawn, saying.least), saying.most))
        case _:
            assert_never(saying)
