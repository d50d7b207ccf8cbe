"""The log of a queue: what has changed, for the leader that follows it.

Whoever has read a queue whole, and then every change in order, knows it. A change that is read twice, or
that was in what was read whole, changes nothing more: stamps only grow.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from signaling.matchmaking.tickets import Opening, Ticket


@dataclass(frozen=True, slots=True)
class Waits:
    """A ticket waits, or has changed.

    Attributes:
        record: As a store has it that keeps bytes.
    """

    ticket: Ticket
    stamp: int
    record: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Left:
    """Tickets wait no more."""

    tickets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A claim was made, and everybody is asked until then."""

    claim: str
    accept_by: float


@dataclass(frozen=True, slots=True)
class Began:
    """A match runs with these sessions, each on its node; said again when they have changed."""

    match: str
    players: tuple[tuple[str, str], ...]
    stamp: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A claim came to nothing or was merged, or a match is over."""

    claim: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A match has open seats."""

    opening: Opening
    stamp: int


@dataclass(frozen=True, slots=True)
class Shut:
    """The opening of a match is open no more."""

    opening: str


@dataclass(frozen=True, slots=True)
class Gathers:
    """A party waits for its players until then."""

    party: str
    until: float


@dataclass(frozen=True, slots=True)
class Gathered:
    """A party is complete, or has fallen apart."""

    party: str


Change: TypeAlias = Waits | Left | Asked | Began | Closed | Opened | Shut | Gathers | Gathered


@dataclass(frozen=True, slots=True)
class Life:
    """A node, until when it lives if it says nothing, and the stamp at which its process began.

    What was written of it under an earlier stamp is of a process that is no more.
    """

    node: str
    expires: float
    born: int
