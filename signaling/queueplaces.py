"""A session's place in a queue: a ticket that waits, a match that was found for it, a match that it plays."""

from enum import Enum
from typing import TypeAlias

import msgspec

from signaling.matchmaking.ledger.dealings import MovePlayer, Order, Outcome, Pause, Quit, Withdraw
from signaling.matchmaking.matches import Match, Seat
from signaling.messages import LeaveReason


class Stage(Enum):
    """How far a ticket has come."""

    ASKED = "asked"
    """The desk has not said yet whether it waits."""
    WAITING = "waiting"
    FOUND = "found"
    """There is a match for it, to which not all have agreed."""
    PLAYING = "playing"


class QueuePlace:
    """What the hub knows of a session in one queue.

    Attributes:
        missing: Players of its party that are still to come, as its client was told.
        match_id: Of the match that was found or is played; empty while there is none.
        room: The room of the match that is played, which the session may join.
        asks: Whether its client is asked about the match.
        agreed: Whether its node has said yes.
        roster: The sessions that play the match, as its client was told.
        match: The match, once this node has heard of it.
    """

    __slots__ = (
        "agreed", "asks", "generation", "match", "match_id", "missing", "queue", "room", "roster", "stage",
        "ticket",
    )  # fmt: skip

    def __init__(self, queue: str, ticket: str) -> None:
        self.queue = queue
        self.ticket = ticket
        self.generation = 1
        self.stage = Stage.ASKED
        self.missing = 0
        self.match_id = ""
        self.room = ""
        self.asks = False
        self.agreed = False
        self.roster: tuple[str, ...] = ()
        self.match: Match | None = None

    def holds(self, ticket: str, generation: int) -> bool:
        """Say whether this is the ticket of now."""
        return (ticket, generation) == (self.ticket, self.generation)

    def wait(self, ticket: str, generation: int) -> None:
        """Wait, without a match."""
        self.ticket, self.generation = ticket, generation
        self.stage, self.match_id, self.match = Stage.WAITING, "", None
        self.agreed = False

    # --- what the desk is to know ---------------------------------------------------------------------

    def farewell(self, sid: str, reason: LeaveReason) -> Order:
        """Say that the session has ended."""
        if self.stage is Stage.PLAYING:
            return Quit(self.queue, self.match_id, sid, reason.value)
        outcome = Outcome.CANCELLED if reason is LeaveReason.BYE else Outcome.LOST
        return Withdraw(self.queue, self.ticket, sid, outcome)

    def pause(self, sid: str, *, paused: bool) -> Order:
        """Say that the session's connection is lost, or there again."""
        return Pause(self.queue, self.ticket, sid, paused)

    def move(self, sid: str, node: str) -> Order:
        """Say that the session is on another node."""
        return MovePlayer(self.queue, self.ticket, sid, node)

    # --- on its way to another node -------------------------------------------------------------------

    def save(self) -> "SavedPlace":
        """Write down all that it takes to go on elsewhere; the match itself is told there again."""
        return SavedPlace(
            queue=self.queue,
            ticket=self.ticket,
            generation=self.generation,
            stage=self.stage,
            missing=self.missing,
            match_id=self.match_id,
            room=self.room,
            asks=self.asks,
            agreed=self.agreed,
            roster=self.roster,
        )


class SavedPlace(msgspec.Struct, frozen=True, array_like=True):
    """A place in a queue, of a session on its way."""

    queue: str
    ticket: str
    generation: int
    stage: Stage
    missing: int
    match_id: str
    room: str
    asks: bool
    agreed: bool
    roster: tuple[str, ...]

    def restore(self) -> QueuePlace:
        """Go on with it."""
        place = QueuePlace(self.queue, self.ticket)
        for name in self.__struct_fields__:
            setattr(place, name, getattr(self, name))
        return place


Places: TypeAlias = dict[str, QueuePlace]
"""A session's places, by queue."""


def seat_of(match: Match, sid: str) -> Seat | None:
    """Find a session's seat in a match."""
    return next((seat for seat in match.seats if seat.player.sid == sid), None)


def is_first(match: Match | None, sid: str, left: tuple[str, ...] = ()) -> bool:
    """Say whether it is this session's node that tells the world of a match: one of all that have a part in it."""
    if match is None:
        return False
    staying = (seat.player.sid for seat in match.seats if seat.player.peer not in left)
    return next(staying, None) == sid
