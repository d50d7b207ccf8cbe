"""What a queue wants of its matches, as an operator configures it."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Widening:
    """A bound that grows with waiting: `min(start + per_second * max(0, waited - after), most)`, in whole seconds waited."""

    start: float
    per_second: float = 0.0
    after: float = 0.0
    most: float = float("inf")

    def at(self, waited: float) -> float:
        """The bound after so many seconds."""
        seconds = float(int(max(0.0, waited - self.after)))
        return min(self.start + self.per_second * seconds, self.most)


@dataclass(frozen=True, slots=True)
class Falling:
    """A threshold that falls with waiting: `max(start - per_second * max(0, waited - after), least)`."""

    start: float
    per_second: float = 0.0
    after: float = 0.0
    least: float = 0.0

    def at(self, waited: float) -> float:
        """The threshold after so many seconds."""
        seconds = float(int(max(0.0, waited - self.after)))
        return max(self.start - self.per_second * seconds, self.least)


@dataclass(frozen=True, slots=True)
class Equal:
    """All tickets of a match say the same of this property."""

    property: str


@dataclass(frozen=True, slots=True)
class Within:
    """A number: no two tickets of a match are further apart than both of them allow."""

    property: str
    distance: Widening


@dataclass(frozen=True, slots=True)
class Overlap:
    """A set: all tickets of a match have at least so many words in common (maps, modes)."""

    property: str
    least: int = 1


Rule: TypeAlias = Equal | Within | Overlap


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue.

    Attributes:
        keys: Properties that must be equal and never widen (mode, build, platform): tickets of different
            values never meet. Each ticket must say them.
        teams: Teams of a match.
        team_min: Players of a team, at least; a match below `team_max` is made only of tickets that have
            waited for `undersized_after`.
        rating: How far apart ratings may be: two tickets allow it both; None if it does not matter.
        starving_after: From then on the window of the oldest ticket alone counts, so that nobody is left over.
        rtt: The milliseconds that a region may be away from each player; None if regions do not matter.
        rules: What properties must have in common.
        quality: What a match must be worth (0 to 1), falling with the oldest ticket's wait; None takes any.
        quality_scale: The difference of ratings at which a match is worth nothing.
        party_bonus: Rating added to a party for each player beyond the first.
        party_max: Players of a party, at most; a party is never split.
        accept_within: Seconds to accept a match; None where nobody is asked.
        expires_after: Seconds after which a ticket is given up.
        bots_after: Seconds after which bots may fill a ticket's match; None where there are none.
        trust_ratings: Whether a client may tell its rating; otherwise its token does, or it has `rating_default`.
        most_waiting: Tickets at most; who comes then is told to come later.
        hook: `module:function` of a rule of the operator's own (`hooks`); empty if there is none.
    """

    name: str
    keys: tuple[str, ...] = ()
    teams: int = 2
    team_min: int = 1
    team_max: int = 1
    undersized_after: float = 0.0
    rating: Widening | None = Widening(100.0, 10.0, 5.0, 1000.0)
    starving_after: float = 60.0
    rtt: Widening | None = None
    rules: tuple[Rule, ...] = ()
    quality: Falling | None = None
    quality_scale: float = 400.0
    party_bonus: float = 0.0
    party_max: int = 1
    accept_within: float | None = None
    expires_after: float = 600.0
    bots_after: float | None = None
    trust_ratings: bool = True
    rating_default: float = 1500.0
    most_waiting: int = 200_000
    hook: str = ""

    @property
    def full(self) -> int:
        """Players of a full match."""
        return self.teams * self.team_max

    @property
    def least(self) -> int:
        """Players of the smallest match."""
        return self.teams * self.team_min
