"""The gate of rooms that the configuration names: each with its key and its bounds."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from signaling.codes import ErrorCode
from signaling.gate import (
    ANONYMOUS,
    Admit,
    Admitted,
    Authenticate,
    Authenticated,
    Barred,
    Conditions,
    GateOrder,
    GateReport,
    KeyKeeper,
)
from signaling.messages import Topology
from signaling.patterns import STAR, matches


class Unlisted(Enum):
    """What happens to rooms that the configuration does not name."""

    OPEN = "open"
    """Whoever opens one says what holds there."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RoomRules:
    """What holds for a room, or for all whose names fit a pattern; None leaves it to whoever opens it.

    Attributes:
        keys: One of these must be shown; several while one follows another.
        max: Members at most.
    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    max: int | None = None
    topology: Topology | None = None


class StaticRooms:
    """Lets into each room who shows its key.

    Args:
        rooms: Rules by name or pattern; a name comes before patterns, and these count in their order.
        unlisted: What happens to other rooms.
    """

    def __init__(
        self, rooms: Mapping[str, RoomRules], *, unlisted: Unlisted = Unlisted.OPEN
    ) -> None:
        self._named = {name: rules for name, rules in rooms.items() if STAR not in name}
        self._patterns = [(name, rules) for name, rules in rooms.items() if STAR in name]
        self._unlisted = unlisted

    def carry(self, order: GateOrder) -> list[GateReport]:
        """Answer at once."""
        if isinstance(order, Authenticate):
            return [Authenticated(order.connection, ANONYMOUS)]
        rules = self._rules_of(order.room)
        if rules is None:
            return [self._answer_unlisted(order)]
        if rules.keys and not _shows_one_of(rules.keys, order.key):
            why = "the room needs a key" if order.key is None else "the room's key is another"
            return [Barred(order.sid, order.room, ErrorCode.FORBIDDEN, why)]
        keeper = KeyKeeper.GATE if rules.keys else KeyKeeper.ROOM
        conditions = Conditions(rules.max, rules.topology, keeper)
        return [Admitted(order.sid, order.room, conditions=conditions)]

    def listen(self, receive: Callable[[GateReport], None]) -> None:
        """Nothing comes later here."""

    def _rules_of(self, room: str) -> RoomRules | None:
        named = self._named.get(room)
        if named is not None:
            return named
        return next((rules for pattern, rules in self._patterns if matches(pattern, room)), None)

    def _answer_unlisted(self, order: Admit) -> GateReport:
        if self._unlisted is Unlisted.OPEN:
            return Admitted(order.sid, order.room)
        return Barred(order.sid, order.room, ErrorCode.NOT_FOUND, "there is no such room")


def _shows_one_of(keys: tuple[str, ...], shown: str | None) -> bool:
    """Compare with each, in a time that says nothing of how much is right."""
    given = (shown or "").encode(errors="surrogatepass")
    fitting = sum(hmac.compare_digest(given, key.encode()) for key in keys)
    return shown is not None and fitting > 0
