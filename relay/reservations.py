"""All relay ports of a relay, and the reservations on them: one owner, one way back.

A client that asks for an even port may have the next higher one kept for another allocation of its own
(EVEN-PORT with the R bit, RFC 8656 §7.2). It gets a token, which is good once, for this user, for 30 seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from relay.credentials import Owner
from relay.interfaces import PeerTransport, RelayInterface
from relay.ports import Parity, PortPool
from relay.tally import Tally

TOKEN_LIFETIME = 30.0  # RFC 8656 §7.2: "at least 30 seconds"
TOKEN_SIZE = 8


class PortWish(Enum):
    """What port an Allocate request asks for."""

    ANY = "any"
    EVEN = "even"
    PAIR = "even, and the next one reserved"
    RESERVED = "the one that was reserved"


class Grant(NamedTuple):
    """A port that is out.

    Args:
        interface: which address of the relay it is on.
        port: the port.
        token: names the reservation of the next higher port, where one was asked for.
    """

    interface: RelayInterface
    port: int
    token: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """A port that is kept for its user."""

    interface: RelayInterface
    port: int
    owner: Owner
    expires: float


class RelayPorts:
    """The pools of all relay addresses, and the tokens for reserved ports.

    Args:
        quarantine: rest of a freed port, in seconds.
        random_below: `random_below(n)` is an unguessable number from 0 to n-1.
    """

    def __init__(self, *, quarantine: float, random_below: Callable[[int], int]) -> None:
        self._quarantine = quarantine
        self._random_below = random_below
        self._pools: dict[tuple[str, PeerTransport], PortPool] = {}
        self._reservations: dict[bytes, Reservation] = {}  # the oldest, which ends first, is first
        self._reserved_by: Tally[Owner] = Tally()

    def is_allocated(self, port: int, transport: PeerTransport = PeerTransport.UDP) -> bool:
        """Say whether a port of any relay address is out."""
        return any(port in pool for (_, over), pool in self._pools.items() if over is transport)

    def reserved_by(self, owner: Owner) -> int:
        """Count the ports that are kept for a user."""
        return self._reserved_by[owner]

    def take(
        self, interface: RelayInterface, wish: PortWish, owner: Owner, now: float
    ) -> Grant | None:
        """Take a port of an interface; None when there is none to take."""
        self.sweep(now)
        pool = self.pool(interface)
        if wish is not PortWish.PAIR:
            port = pool.take(now, Parity.EVEN if wish is PortWish.EVEN else Parity.ANY)
            return None if port is None else Grant(interface, port)
        even = pool.take_pair(now)
        if even is None:
            return None
        token = self._new_token()
        self._reservations[token] = Reservation(interface, even + 1, owner, now + TOKEN_LIFETIME)
        self._reserved_by.add(owner)
        return Grant(interface, even, token)

    def find(self, token: bytes, owner: Owner) -> Reservation | None:
        """Return the reservation of a token, if it is its user's."""
        found = self._reservations.get(token)
        return found if found is not None and found.owner == owner else None

    def redeem(self, token: bytes) -> Grant:
        """Take the port that a valid token names; the token is spent."""
        reservation = self._forget(token)
        self.pool(reservation.interface).take_reserved(reservation.port)
        return Grant(reservation.interface, reservation.port)

    def give_back(self, grant: Grant, now: float) -> None:
        """Return the port of a grant that is given up before its client heard of it, token and all."""
        self.release(grant.interface, grant.port, now)
        if grant.token in self._reservations:
            self._lapse(grant.token, now)

    def release(self, interface: RelayInterface, port: int, now: float) -> None:
        """Return a port that was out."""
        self.pool(interface).give_back(port, now)

    def sweep(self, now: float) -> None:
        """Return the ports whose tokens nobody came with in time."""
        while self._reservations:
            token = next(iter(self._reservations))
            if self._reservations[token].expires > now:
                return
            self._lapse(token, now)

    def pool(self, interface: RelayInterface) -> PortPool:
        """Return the pool that an interface shares with those on the same address."""
        place = (interface.bound, interface.transport)
        pool = self._pools.get(place)
        if pool is None:
            pool = self._pools[place] = PortPool(
                interface.ports[0],
                interface.ports[-1],
                quarantine=self._quarantine,
                random_below=self._random_below,
            )
        return pool

    def _lapse(self, token: bytes, now: float) -> None:
        reservation = self._forget(token)
        self.release(reservation.interface, reservation.port, now)

    def _forget(self, token: bytes) -> Reservation:
        reservation = self._reservations.pop(token)
        self._reserved_by.remove(reservation.owner)
        return reservation

    def _new_token(self) -> bytes:
        return self._random_below(1 << 8 * TOKEN_SIZE).to_bytes(TOKEN_SIZE, "big")
