"""The log of a queue: what has changed, for the leader that follows it.

Whoever has read a queue whole, and then every change in order, knows it. A change that is read twice, or
that was in what was read whole, changes nothing more: stamps only grow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from signaling.matchmaking.tickets import Opening, Ticket

Place: TypeAlias = tuple[str, str, str]
"""Session, node and name of a player."""


class Waits:
    """A ticket waits, or has changed.

    A leader knows very many, and of most it looks at nothing but what is at hand here. Of one that a store keeps as
    bytes the rest is read when somebody asks for the ticket (`KeptTicket`).
    """

    __slots__ = ("_ticket", "enqueued", "expires", "generation", "name", "places", "stamp")

    def __init__(self, ticket: Ticket, stamp: int) -> None:
        self.name = ticket.id
        self.stamp = stamp
        self.generation = ticket.generation
        self.enqueued = ticket.enqueued
        self.expires = ticket.expires
        self.places: Sequence[Place] = [(each.sid, each.node, each.peer) for each in ticket.players]
        self._ticket: Ticket | None = ticket

    @property
    def ticket(self) -> Ticket:
        """All of it."""
        assert self._ticket is not None, "whoever has none reads one"
        return self._ticket

    def __eq__(self, other: object) -> bool:
        """What is kept as bytes is what it says."""
        if not isinstance(other, Waits):
            return NotImplemented
        return (self.stamp, self.ticket) == (other.stamp, other.ticket)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Say what it says, however it is kept."""
        return f"Waits({self.ticket!r}, {self.stamp})"


class KeptTicket(Waits):
    """The same of a ticket that a store keeps as bytes."""

    __slots__ = ("_read", "record")

    def __init__(
        self,
        places: Sequence[Place],
        name: str,
        generation: int,
        enqueued: float,
        expires: float,
        stamp: int,
        record: bytes,
        read: Callable[[bytes], Ticket],
    ) -> None:
        self.name = name
        self.stamp = stamp
        self.generation = generation
        self.enqueued = enqueued
        self.expires = expires
        self.places = places
        self.record = record
        self._ticket = None
        self._read = read

    @property
    def ticket(self) -> Ticket:
        """Read all of it, once."""
        if self._ticket is None:
            self._ticket = self._read(self.record)
        return self._ticket


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
