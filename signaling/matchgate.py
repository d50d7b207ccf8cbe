"""The gate before every other: it alone says who may come into rooms of matches, and knows room tokens.

Such a room is made by the server for the players of one match. Whoever plays it may join, and whoever
shows the room token of one who does, under that name: instead of another token in `hello`, or as the
key in `join`. The gates behind, with their webhooks and lists of rooms, are not asked about it.
"""

import time
from collections.abc import Callable

from signaling.codes import ErrorCode
from signaling.gate import (
    Admit,
    Admitted,
    Authenticate,
    Authenticated,
    Barred,
    Conditions,
    Gate,
    GateOrder,
    GateReport,
    Identity,
    KeyKeeper,
    Unauthenticated,
)
from signaling.matchmaking.matches import is_match_room
from signaling.roomtokens import RoomGrant, RoomTokens, is_room_token
from signaling.wire import Refusal

_STRANGER = "{room!r} is the room of a match: for its players, and whoever shows a room token"
_NAMESAKE = "the room token is for {name!r}, not for {came!r}"
_ELSEWHERE = "the room token is for another room than {room!r}"


class MatchGate:
    """Answers about matches by itself, and asks another gate about all else.

    Args:
        gate: The one behind.
        unix_clock: Gives seconds since 1970.
    """

    def __init__(
        self, gate: Gate, tokens: RoomTokens, *, unix_clock: Callable[[], float] | None = None
    ) -> None:
        self._gate = gate
        self._tokens = tokens
        self._unix_clock = unix_clock or _unix_now

    def carry(self, order: GateOrder) -> list[GateReport]:
        """Answer at once, or pass it on."""
        if isinstance(order, Authenticate):
            if order.token is not None and is_room_token(order.token):
                return [self._identify(order, order.token)]
        elif order.match or is_match_room(order.room):
            return [self._admit(order)]
        return self._gate.carry(order)

    def listen(self, receive: Callable[[GateReport], None]) -> None:
        """Later answers come from behind alone."""
        self._gate.listen(receive)

    def _identify(self, order: Authenticate, token: str) -> GateReport:
        grant = self._read(token, order.peer)
        if isinstance(grant, Refusal):
            return Unauthenticated(order.connection, grant.code, grant.reason)
        identity = Identity(
            subject=grant.subject,
            peer=grant.peer,
            rooms=(grant.room,),
            match_room=grant.room,
            match_players=grant.players,
        )
        return Authenticated(order.connection, identity)

    def _admit(self, order: Admit) -> GateReport:
        if not order.match and (why := self._why_not(order)) is not None:
            return Barred(order.sid, order.room, why.code, why.reason)
        conditions = Conditions(key=KeyKeeper.GATE)
        return Admitted(order.sid, order.room, conditions=conditions)

    def _why_not(self, order: Admit) -> Refusal | None:
        if order.key is None or not is_room_token(order.key):
            return Refusal(ErrorCode.FORBIDDEN, _STRANGER.format(room=order.room))
        grant = self._read(order.key, order.peer)
        if isinstance(grant, Refusal):
            return grant
        if grant.room != order.room:
            return Refusal(ErrorCode.FORBIDDEN, _ELSEWHERE.format(room=order.room))
        return None

    def _read(self, token: str, peer: str | None) -> RoomGrant | Refusal:
        """Read a token that is shown under a name; without one it gives the name."""
        grant = self._tokens.read(token, self._unix_clock())
        if isinstance(grant, RoomGrant) and peer is not None and peer != grant.peer:
            other = _NAMESAKE.format(name=grant.peer, came=peer)
            return Refusal(ErrorCode.FORBIDDEN, other)
        return grant


def _unix_now() -> float:
    return time.time()  # asked for by its name, since virtual time takes its place
