"""What becomes of a proposal: a match that is claimed, agreed to, played and over."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from signaling.matchmaking.tickets import Player, Ticket

ROOM_PREFIX: Final = "mm-"
"""What the names of rooms of matches begin with, and others must not."""


class MatchState(Enum):
    """Where a match is in its life."""

    FOUND = "found"
    """Its tickets are claimed, and each player's node is asked."""
    STARTED = "started"
    """All have said yes: the room is theirs."""
    ABORTED = "aborted"
    """Somebody said no, or nothing; the others wait again."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Seat:
    """A player's place in a match."""

    player: Player
    ticket: str
    generation: int
    team: int


@dataclass(frozen=True, slots=True)
class Match:
    """A match of one queue.

    Attributes:
        id: Made before the first word about it is sent, so that what is sent twice counts once.
        room: Its room; the name cannot be guessed.
        host: The peer that hosts, where somebody has to.
        accept_by: Until when everybody must have said yes, by the desk's clock.
    """

    id: str
    queue: str
    room: str
    tickets: tuple[Ticket, ...]
    seats: tuple[Seat, ...]
    host: str
    region: str | None = None
    quality: float = 1.0
    opening: str | None = None
    made: float = 0.0
    accept_by: float = 0.0
    state: MatchState = MatchState.FOUND


def is_match_room(room: str) -> bool:
    """Say whether a room's name is one that only the server gives, to the room of a match."""
    return room.startswith(ROOM_PREFIX)
