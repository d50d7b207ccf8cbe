"""Allocate requests between their checks and their answer, while relay sockets are being opened.

A request asks for one relayed transport address, or for one of each family (RFC 8656 §7.2). It is answered
when each of them is open or given up.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from relay.credentials import Credential, Owner
from relay.fivetuple import FiveTuple
from relay.interfaces import RelayInterface
from relay.ratelimit import source_of
from relay.reservations import Grant, PortWish, RelayPorts
from relay.tally import Tally
from stunwire import ErrorCodes, Family, Message


class Pending(NamedTuple):
    """A relay socket that is being opened; `number` becomes that of its allocation."""

    number: int
    grant: Grant
    wish: PortWish
    attempt: int = 1


@dataclass(slots=True, eq=False)
class Opening:
    """A request, and what has become of the relay sockets for it.

    Args:
        five_tuple: whose it is.
        credential: what the client showed.
        request: the Allocate request.
        lifetime: the lifetime to be granted, in seconds.
        holders: whose quotas it counts towards: the user's, and the source address's.
        waiting: sockets that are being opened, by number.
        opened: sockets that are open.
        failed: why there will be no address of a family.
    """

    five_tuple: FiveTuple
    credential: Credential
    request: Message
    lifetime: int
    holders: tuple[Owner | bytes, ...]
    waiting: dict[int, Pending] = field(default_factory=dict)
    opened: list[Pending] = field(default_factory=list)
    failed: dict[Family, ErrorCodes] = field(default_factory=dict)


class Openings:
    """All openings of a relay.

    Args:
        ports: where the relay ports come from.
    """

    def __init__(self, ports: RelayPorts) -> None:
        self._ports = ports
        self._numbers = count(1)
        self._by_five_tuple: dict[FiveTuple, Opening] = {}
        self._by_number: dict[int, Opening] = {}
        self._held_by: Tally[Owner | bytes] = Tally()

    def __len__(self) -> int:
        """How many relay sockets are waited for or wait for others."""
        return len(self._by_number)

    def held_by(self, holder: Owner | bytes) -> int:
        """Count those of one user, or of one source address."""
        return self._held_by[holder]

    def find(self, five_tuple: FiveTuple) -> Opening | None:
        """Return the opening of a five-tuple."""
        return self._by_five_tuple.get(five_tuple)

    def of(self, number: int) -> Opening:
        """Return the opening that a relay socket belongs to."""
        return self._by_number[number]

    def begin(
        self, five_tuple: FiveTuple, credential: Credential, request: Message, lifetime: int
    ) -> Opening:
        """Begin to open what a request asks for."""
        holders = credential.owner, source_of(five_tuple.client.host)
        opening = Opening(five_tuple, credential, request, lifetime, holders)
        self._by_five_tuple[five_tuple] = opening
        return opening

    def take(
        self, opening: Opening, interface: RelayInterface, wish: PortWish, now: float
    ) -> Pending | None:
        """Take a relay port; None when there is none to take."""
        grant = self._ports.take(interface, wish, opening.credential.owner, now)
        return None if grant is None else self._add(opening, grant, wish)

    def redeem(self, opening: Opening, token: bytes) -> Pending:
        """Take the relay port that a valid token names."""
        return self._add(opening, self._ports.redeem(token), PortWish.RESERVED)

    def take_again(self, number: int, now: float) -> Pending | None:
        """Take another port, because the last one could not be bound; None when no other will do."""
        opening = self._by_number[number]
        pending = opening.waiting[number]
        if pending.wish is PortWish.RESERVED:
            return None
        owner = opening.credential.owner
        grant = self._ports.take(pending.grant.interface, pending.wish, owner, now)
        if grant is None:
            return None
        self._ports.give_back(pending.grant, now)
        again = pending._replace(grant=grant, attempt=pending.attempt + 1)
        opening.waiting[number] = again
        return again

    def settle(self, number: int) -> Opening:
        """Note that a relay socket is open."""
        opening = self._by_number[number]
        opening.opened.append(opening.waiting.pop(number))
        return opening

    def give_up(self, number: int, code: ErrorCodes, now: float) -> Opening:
        """Give up a relay socket that cannot be opened, and return its port."""
        opening = self._by_number.pop(number)
        pending = opening.waiting.pop(number)
        self._forget_one(opening)
        self._ports.give_back(pending.grant, now)
        opening.failed[pending.grant.interface.family] = code
        return opening

    def end(self, opening: Opening) -> None:
        """Forget an opening in which nothing waits: what is open is the caller's from now on."""
        assert not opening.waiting
        del self._by_five_tuple[opening.five_tuple]
        for pending in opening.opened:
            del self._by_number[pending.number]
            self._forget_one(opening)

    def _add(self, opening: Opening, grant: Grant, wish: PortWish) -> Pending:
        pending = Pending(next(self._numbers), grant, wish)
        opening.waiting[pending.number] = pending
        self._by_number[pending.number] = opening
        for holder in opening.holders:
            self._held_by.add(holder)
        return pending

    def _forget_one(self, opening: Opening) -> None:
        for holder in opening.holders:
            self._held_by.remove(holder)
