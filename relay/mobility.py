"""Mobility: the tickets that let allocations follow their client to another address (RFC 8016).

A ticket is sealed, not kept: it says by itself whose it is and the how-manieth it is, so that an answer that got
lost can be given again, and nothing grows with the number of moves. It is text of 32 characters, because coturn's
client has room for no more and takes it for a string.
"""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from relay.fivetuple import FiveTuple

TICKET_SIZE = 32
RETRANSMISSION_WINDOW = 40.0
"""RFC 8016 §3.2.2: the old ticket is kept "for a period of at least 30 seconds"; RFC 8489 §6.2.1 has 39.5."""
_TAG_SIZE = 16
_NUMBER_SIZE = 5
_TURN_SIZE = 3
_TURNS = 1 << 8 * _TURN_SIZE
_KEY_BITS = 256


class Showing(Enum):
    """What it means that a ticket is shown."""

    GOOD = "the client moves"
    REPEATED = "the answer to the move may have been lost"
    SPENT = "the client has had a newer ticket"


class Named(NamedTuple):
    """What a ticket says."""

    number: int
    turn: int


@dataclass(slots=True, eq=False)
class Mobile:
    """Where a client is that may move, for all its allocations on one five-tuple.

    Args:
        number: names them in tickets.
        turn: how many tickets were taken.
        arriving: where the last one was shown, until the client is heard there.
        shown_at: where the last one was shown; None when that connection closed before anything came of it.
        taken: when that was.
        is_confirmed: whether it was heard there, and so must have the new ticket.
        is_away: whether the client's connection is gone, and the client not yet back on another.
    """

    number: int
    turn: int = 0
    arriving: FiveTuple | None = None
    shown_at: FiveTuple | None = None
    taken: float = 0.0
    is_confirmed: bool = True
    is_away: bool = False

    def judge(self, turn: int, five_tuple: FiveTuple, now: float) -> Showing:
        """Say what a ticket of these allocations is worth, shown from `five_tuple`."""
        if turn == self.turn:
            return Showing.GOOD
        if turn != (self.turn - 1) % _TURNS:
            return Showing.SPENT
        # RFC 8016 §3.2.2: "The old ticket can only be used for the purposes of retransmission."
        if self.shown_at == five_tuple:
            is_recent = now - self.taken < RETRANSMISSION_WINDOW
            return Showing.REPEATED if is_recent or self.arriving else Showing.SPENT
        # Whoever lost the connection that the new ticket was to come on may have no other than the old one.
        return Showing.GOOD if self.shown_at is None else Showing.SPENT

    def take(self, five_tuple: FiveTuple, now: float) -> None:
        """Take the ticket that was shown: only the next one is good from now on."""
        self.turn = (self.turn + 1) % _TURNS
        self.arriving = self.shown_at = five_tuple
        self.taken, self.is_confirmed = now, False


class Tickets:
    """Seals tickets and opens them.

    RFC 8016 §5: a ticket is authenticated and encrypted. The code over what it says is also what hides that
    (a synthetic initialization vector): the same ticket twice is the same text.

    Args:
        random_below: `random_below(n)` is an unguessable number from 0 to n-1.
    """

    def __init__(self, random_below: Callable[[int], int]) -> None:
        self._random_below = random_below
        self._key = b""

    def seal(self, named: Named) -> bytes:
        """Make a ticket."""
        plain = named.number.to_bytes(_NUMBER_SIZE, "big") + named.turn.to_bytes(_TURN_SIZE, "big")
        tag = self._code(b"tag", plain)[:_TAG_SIZE]
        return base64.urlsafe_b64encode(tag + self._mask(tag, plain))

    def open(self, ticket: bytes) -> Named | None:
        """Read a ticket; None when it was not made here."""
        if len(ticket) != TICKET_SIZE:
            return None
        try:
            sealed = base64.b64decode(ticket, altchars=b"-_", validate=True)
        except binascii.Error:
            return None
        tag = sealed[:_TAG_SIZE]
        plain = self._mask(tag, sealed[_TAG_SIZE:])
        if not hmac.compare_digest(tag, self._code(b"tag", plain)[:_TAG_SIZE]):
            return None
        return Named(
            int.from_bytes(plain[:_NUMBER_SIZE], "big"), int.from_bytes(plain[_NUMBER_SIZE:], "big")
        )

    def _mask(self, tag: bytes, text: bytes) -> bytes:
        return bytes(
            one ^ other for one, other in zip(text, self._code(b"mask", tag), strict=False)
        )

    def _code(self, purpose: bytes, text: bytes) -> bytes:
        if (
            not self._key
        ):  # not before it is needed: no other relay shares it, as numbers begin anew in each
            self._key = self._random_below(1 << _KEY_BITS).to_bytes(_KEY_BITS // 8, "big")
        return hmac.digest(self._key, purpose + b"|" + text, "sha256")
