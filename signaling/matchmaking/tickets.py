"""Who waits in a queue: players, the tickets that hold them together, and seats that are open in a match."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

Value: TypeAlias = str | float | tuple[str, ...]
"""What a ticket may say of itself: a word, a number, or a set of words."""


class Openness(Enum):
    """How well others can connect to a player, as its client found out; the first hosts best."""

    OPEN = "open"
    """Everybody whose UDP gets out meets it directly."""
    MODERATE = "moderate"
    """An endpoint-independent mapping: everybody who has one as well meets it directly, since both sides send."""
    UNKNOWN = "unknown"
    STRICT = "strict"
    """A mapping that changes with the destination, or UDP blocked."""


@dataclass(frozen=True, slots=True)
class Player:
    """One player of a ticket.

    Attributes:
        peer: Its name, unique in the match.
        sid: The session that waits.
        node: The node that has the session.
        subject: Who it is, as its token says; empty for the anonymous.
        rtt: Milliseconds to each region it can play in; empty if it did not say.
        bot: It plays only with those who have waited for long, and never with bots alone.
    """

    peer: str
    sid: str
    node: str = "local"
    subject: str = ""
    rating: float = 1500.0
    rtt: Mapping[str, float] = field(default_factory=dict)
    openness: Openness = Openness.UNKNOWN
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """A player or a party that waits, and is put into one team of one match, or into none.

    Attributes:
        generation: How often it has been queued: 1 at first, one more after each match that came to nothing.
            What is said of another generation counts no more.
        keys: The values of the queue's hard keys, in its order.
        enqueued: When it came first, by the desk's clock (seconds); kept when it is queued again.
        expires: When it is given up, by the same clock.
        properties: What the queue's rules look at.
        avoid: Subjects it does not play with.
        paused: Its session has lost its connection: it keeps its place, and is matched with nobody.
    """

    id: str
    queue: str
    players: tuple[Player, ...]
    generation: int = 1
    keys: tuple[str, ...] = ()
    enqueued: float = 0.0
    expires: float = float("inf")
    properties: Mapping[str, Value] = field(default_factory=dict)
    avoid: frozenset[str] = frozenset()
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """Seats that are open in a match that runs (backfill): filled before new matches are made.

    Attributes:
        id: Of the opening; `generation` counts how often its seats have changed.
        match: The match, and its `room` where the newcomers go.
        seats: Open seats of each team.
        teams: Who plays in each team now, for rating and `avoid`.
        avoid: Subjects that its players do not play with.
    """

    id: str
    queue: str
    match: str
    room: str
    seats: tuple[int, ...]
    teams: tuple[tuple[Player, ...], ...]
    generation: int = 1
    keys: tuple[str, ...] = ()
    region: str | None = None
    enqueued: float = 0.0
    expires: float = float("inf")
    properties: Mapping[str, Value] = field(default_factory=dict)
    avoid: frozenset[str] = frozenset()
