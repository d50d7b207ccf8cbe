"""Who comes to a queue: ratings, parties, regions, patience, and what players say of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from signaling.matchmaking.season.regions import REGIONS, Region


@dataclass(frozen=True, slots=True)
class Bell:
    """A normal distribution, and its share of all."""

    mean: float
    deviation: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Ratings:
    """How ratings are spread: one bell or several, cut off at both ends."""

    bells: tuple[Bell, ...] = (Bell(1500.0, 350.0),)
    least: float = 0.0
    most: float = 3000.0


@dataclass(frozen=True, slots=True)
class OneOf:
    """Each ticket says one of these words; with their shares."""

    words: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Each ticket says some of these words, each with its own probability, and at least one."""

    words: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Number:
    """Each ticket says a number."""

    mean: float
    deviation: float
    least: float = float("-inf")
    most: float = float("inf")


Saying: TypeAlias = OneOf | SomeOf | Number

SOLO: Final[Mapping[int, float]] = {1: 1.0}


@dataclass(frozen=True, slots=True)
class Population:
    """Who comes.

    Attributes:
        parties: How many tickets are parties of each size; shares.
        party_deviation: How far the ratings of friends are from the first of them.
        regions: Where players live, and how far they are from each region.
        access: Milliseconds that a player's own line adds, least and most.
        patience: Seconds after which a player gives up, on average (exponential); None for never.
        decline: The share of offered matches that a ticket turns down, where players are asked.
        answer: Seconds that a ticket takes to answer, on average.
        bots: Bots that stand by at any time.
        says: What tickets say of keys and properties, by name.
    """

    ratings: Ratings = Ratings()
    parties: Mapping[int, float] = field(default_factory=lambda: SOLO)
    party_deviation: float = 150.0
    regions: tuple[Region, ...] = REGIONS
    access: tuple[float, float] = (5.0, 35.0)
    patience: float | None = 300.0
    decline: float = 0.02
    answer: float = 3.0
    bots: int = 0
    says: Mapping[str, Saying] = field(default_factory=dict)

    @property
    def players_a_ticket(self) -> float:
        """How many players a ticket has on average."""
        shares = sum(self.parties.values())
        return sum(size * share for size, share in self.parties.items()) / shares
