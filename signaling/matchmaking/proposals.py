"""What one tick of the matcher comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from signaling.matchmaking.tickets import Ticket


class Blocked(Enum):
    """Why a ticket is not matched yet."""

    ALONE = "alone"
    """Nobody else waits with the same keys."""
    TOO_FEW = "too_few"
    """Others wait, too few for a match."""
    RATING = "rating"
    """Those who wait are too far away in rating, until the window is wider."""
    REGION = "region"
    """No region is near enough to all."""
    PROPERTY = "property"
    """A rule about a property fits nobody."""
    AVOIDED = "avoided"
    """Only players are left that one of the two avoids."""
    SIZE = "size"
    """The parties that wait do not fill the teams."""
    QUALITY = "quality"
    """A match could be made, and is not good enough yet."""
    PAUSED = "paused"
    """Its own connection is lost."""


class Proposal(NamedTuple):
    """A match that may be made: each ticket in one team.

    A named tuple, as a tick makes so many: a frozen dataclass takes three times as long.

    Attributes:
        region: Where it is best played; None where regions do not matter.
        quality: 0 to 1: how even the teams are and how near the ratings.
        opening: The opening that it fills, with newcomers alone in `teams`; None for a new match.
    """

    queue: str
    teams: tuple[tuple[Ticket, ...], ...]
    region: str | None = None
    quality: float = 1.0
    opening: str | None = None

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All of them, team by team."""
        return tuple(ticket for team in self.teams for ticket in team)


@dataclass(frozen=True, slots=True)
class HookFault:
    """The operator's own rule failed for these tickets, which counts as its veto."""

    tickets: tuple[str, ...]
    error: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """The matches of one tick in the order in which they were found, and why each other ticket waits.

    Attributes:
        blocked: By ticket id; only for those that were asked about.
        cut: Tickets whose search was given up before everything was tried, so that it stays short.
        faults: What the operator's own rule failed with, the first few.
    """

    proposals: tuple[Proposal, ...]
    blocked: Mapping[str, Blocked]
    cut: int = 0
    faults: tuple[HookFault, ...] = ()
