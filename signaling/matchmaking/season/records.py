"""What is kept of a season: what became of each ticket, each match, and how full the queue was."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.proposals import Blocked


class Ending(Enum):
    """How a ticket's time in the queue ended."""

    MATCHED = "matched"
    GAVE_UP = "gave up"
    """It had lost patience."""
    EXPIRED = "expired"
    """It waited for as long as the queue allows."""
    DECLINED = "declined"
    """It turned a match down, or did not answer in time."""
    REFUSED = "refused"
    """Its party is too large for the queue, or the queue was full."""
    WAITING = "waiting"
    """The season ended before."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a ticket.

    Attributes:
        rating: The mean of its players.
        home: The region where its players live.
        waited: Seconds until its match began, or until it left; also those of matches that came to nothing.
    """

    ticket: str
    at: float
    rating: float
    home: str
    players: int
    waited: float
    ending: Ending


@dataclass(frozen=True, slots=True)
class Played:
    """A match that began.

    Attributes:
        tickets: By name, team by team; bots too.
        players: How many there are, bots not among them.
        spread: The best rating in it minus the lowest.
        imbalance: The best team's mean rating minus the lowest.
        rtt: Milliseconds of the player who is furthest away from the match's region, or from the one that is
            nearest to all, where the queue does not care; None if there is no region that all can play in.
        full: Whether every seat is taken.
    """

    at: float
    tickets: tuple[tuple[str, ...], ...]
    players: int
    bots: int
    spread: float
    imbalance: float
    rtt: float | None
    region: str | None
    quality: float
    full: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """How the queue was at a time, and what had happened until then.

    Attributes:
        waiting: Tickets that wait.
        longest: Seconds that the oldest of them has waited.
    """

    at: float
    waiting: int
    longest: float
    arrived: int
    matches: int


@dataclass(frozen=True, slots=True)
class Season:
    """What came of a season.

    Attributes:
        fates: One for each ticket that came, in the order in which they came.
        aborted: Matches that came to nothing, because somebody said no or nothing.
        reasons: Why tickets that had waited for half a minute waited still: how often each was the answer.
        ticks: How often the matcher was asked.
        cut: Searches that it gave up before everything was tried.
    """

    queue: Queue
    seconds: float
    fates: tuple[Fate, ...]
    matches: tuple[Played, ...]
    moments: tuple[Moment, ...]
    aborted: int
    reasons: Mapping[Blocked, int]
    ticks: int
    cut: int = 0

    def count(self, ending: Ending) -> int:
        """Players whose time in the queue ended so."""
        return sum(fate.players for fate in self.fates if fate.ending is ending)
