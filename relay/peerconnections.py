"""Connections between the relay and peers, for allocations over TCP (RFC 6062 §5).

Each has a random number, its CONNECTION-ID, which is good for the user that owns the allocation. Between one
allocation and one peer there is one connection at most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from relay.credentials import Credential
from relay.deadlines import Deadlines
from relay.fivetuple import FiveTuple
from relay.meters import Meter
from relay.outputs import CloseDataConnection, ClosePeerConnection, Output
from stunwire import Address, Message

CONNECT_TIMEOUT = 30.0  # RFC 6062 §5.2: "The timeout value MUST be at least 30 seconds."
BIND_TIMEOUT = 30.0  # RFC 6062 §5.2, §5.3: unbound "after 30 seconds", it "MUST be closed"
_IDS = 1 << 32
_NEVER = float("inf")


class Stage(Enum):
    """How far a connection has come; the value says what it is waiting for."""

    CONNECTING = "the peer's answer"
    PENDING = "a ConnectionBind request"
    BOUND = "one of its ends"


TRANSITIONS = {Stage.CONNECTING: Stage.PENDING, Stage.PENDING: Stage.BOUND}
"""Where a connection goes on to; one that fails or ends is forgotten."""


@dataclass(slots=True, eq=False)
class PeerConnection:
    """A connection between a relayed transport address and a peer.

    Args:
        number: its CONNECTION-ID.
        allocation: number of the allocation it belongs to.
        credential: what the client showed when it asked, or when it allocated.
        peer: the peer, as the client names it.
        stage: how far it has come.
        expires: when it ends, unless it goes on to the next stage.
        request: the Connect request, if it was one that began it.
        client: the client's connection that it is bound to.
        meter: what passes on it, when it is bound.
    """

    number: int
    allocation: int
    credential: Credential
    peer: Address
    stage: Stage
    expires: float
    request: Message | None = None
    client: FiveTuple | None = None
    meter: Meter | None = None

    def advance(self) -> None:
        """Go on to the next stage."""
        self.stage = TRANSITIONS[self.stage]


class PeerConnections:
    """All connections with peers.

    Args:
        random_below: `random_below(n)` is an unguessable number from 0 to n-1.
    """

    def __init__(self, random_below: Callable[[int], int]) -> None:
        self._random_below = random_below
        self._by_number: dict[int, PeerConnection] = {}
        self._by_allocation: dict[int, dict[Address, PeerConnection]] = {}
        self._by_client: dict[FiveTuple, PeerConnection] = {}
        self._deadlines = Deadlines()

    def __len__(self) -> int:
        return len(self._by_number)

    def get(self, number: int) -> PeerConnection | None:
        """Return the connection with that number."""
        return self._by_number.get(number)

    def of_client(self, client: FiveTuple) -> PeerConnection | None:
        """Return the connection that a client's connection is bound to."""
        return self._by_client.get(client)

    def between(self, allocation: int, peer: Address) -> PeerConnection | None:
        """Return the connection of an allocation with a peer."""
        return self._by_allocation.get(allocation, {}).get(peer)

    def of(self, allocation: int) -> tuple[PeerConnection, ...]:
        """Return the connections of an allocation."""
        return tuple(self._by_allocation.get(allocation, {}).values())

    def all(self) -> tuple[PeerConnection, ...]:
        """Return every connection."""
        return tuple(self._by_number.values())

    def count(self, allocation: int) -> int:
        """Count the connections of an allocation."""
        return len(self._by_allocation.get(allocation, ()))

    def begin_connecting(
        self,
        allocation: int,
        peer: Address,
        request: Message,
        *,
        credential: Credential,
        now: float,
    ) -> PeerConnection:
        """Begin a connection that a client asked for."""
        connecting = PeerConnection(
            self._new_number(),
            allocation,
            credential,
            peer,
            Stage.CONNECTING,
            now + CONNECT_TIMEOUT,
            request,
        )
        return self._add(connecting)

    def begin_pending(
        self,
        allocation: int,
        peer: Address,
        *,
        credential: Credential,
        now: float,
    ) -> PeerConnection:
        """Begin a connection that a peer made."""
        number = self._new_number()
        expires = now + BIND_TIMEOUT
        return self._add(
            PeerConnection(number, allocation, credential, peer, Stage.PENDING, expires)
        )

    def connected(self, connection: PeerConnection, now: float) -> None:
        """Hear that a peer has answered: the client has its time to bind the connection from now."""
        connection.advance()
        connection.expires = now + BIND_TIMEOUT
        self._deadlines.forget(connection.number)
        self._deadlines.bring_forward(connection.number, connection.expires)

    def bind(self, connection: PeerConnection, client: FiveTuple, meter: Meter) -> None:
        """Tie a connection to one of the client's; from now on it ends with that, or with its allocation."""
        connection.advance()
        connection.client, connection.meter = client, meter
        connection.expires = _NEVER
        self._by_client[client] = connection
        self._deadlines.forget(connection.number)

    def end(self, connection: PeerConnection) -> list[Output]:
        """Forget a connection, and close both its ends."""
        self.forget(connection)
        outputs: list[Output] = [ClosePeerConnection(connection.number)]
        if connection.client is not None:
            outputs.append(CloseDataConnection(connection.client))
        return outputs

    def forget(self, connection: PeerConnection) -> None:
        """Forget a connection."""
        del self._by_number[connection.number]
        self._deadlines.forget(connection.number)
        of_allocation = self._by_allocation[connection.allocation]
        del of_allocation[connection.peer]
        if not of_allocation:
            del self._by_allocation[connection.allocation]
        if connection.client is not None:
            del self._by_client[connection.client]

    def end_all(self, allocation: int) -> list[Output]:
        """Close every connection of an allocation that ended (RFC 6062 §5.5)."""
        outputs: list[Output] = []
        for connection in self.of(allocation):
            outputs += self.end(connection)
        return outputs

    def next_deadline(self) -> float | None:
        """When `pop_due` gives one."""
        return self._deadlines.next()

    def pop_due(self, now: float) -> PeerConnection | None:
        """Return a connection whose time has come, for its owner to end; None when there is none."""
        number = self._deadlines.pop_due(now)
        return None if number is None else self._by_number[number]

    def _add(self, connection: PeerConnection) -> PeerConnection:
        self._by_number[connection.number] = connection
        self._by_allocation.setdefault(connection.allocation, {})[connection.peer] = connection
        self._deadlines.bring_forward(connection.number, connection.expires)
        return connection

    def _new_number(self) -> int:
        while (number := self._random_below(_IDS)) in self._by_number:
            pass
        return number
