"""Who may come in: what the hub asks of the gate, what it hears, and the gate that is open to all.

The gate knows tokens and webhooks; the hub does not. A gate that has to wait (for a webhook) returns
nothing from `carry` and gives its reports to the receiver later, like the backplane.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from signaling.codes import ErrorCode
from signaling.messages import IceServer, Metadata, Role, Topology


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a session is, and what it may do.

    Attributes:
        subject: Unique and stable; empty for the anonymous.
        peer: The name it must bear, if the token fixes one.
        rooms: Patterns of the rooms it may join, `*` for any run of characters; `("*",)` allows all.
        role: The role it has in those rooms, if the token fixes one.
        expires_in: Seconds from now until it must show a newer token; None for ever.
        meta: What the token says for the other members; it cannot be changed by the client.
        rating: How well it plays, if the token says so: it counts in queues whatever the client says.
        match_room: The room of the one match that it is here for, if a room token says so.
        match_players: How many that match has.
    """

    subject: str = ""
    peer: str | None = None
    rooms: tuple[str, ...] = ("*",)
    role: Role | None = None
    expires_in: float | None = None
    meta: Metadata | None = None
    rating: float | None = None
    match_room: str = ""
    match_players: int = 0


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Ask who a session is: at its `hello`, and again when it shows a newer token (`auth`)."""

    connection: str
    token: str | None
    peer: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Admit:
    """Ask whether a session may join a room; a `match` is one that it plays, for which the server made the room."""

    sid: str
    room: str
    peer: str
    key: str | None
    meta: Metadata
    subject: str
    match: bool = False


@dataclass(frozen=True, slots=True)
class Authenticated:
    """This is who it is."""

    connection: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class Unauthenticated:
    """It is nobody: 401, 403, 410 (expired), or 503 while the gate cannot tell."""

    connection: str
    code: ErrorCode
    reason: str
    retry_after: float | None = None


class KeyKeeper(Enum):
    """Who looks at the key that a member shows."""

    ROOM = "room"
    """The room: whoever opens it says which it is."""
    GATE = "gate"
    """The gate, which has done so: the room is to have none."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the gate says of a room, whatever its opener says; None leaves it to the opener."""

    max: int | None = None
    topology: Topology | None = None
    key: KeyKeeper = KeyKeeper.ROOM


@dataclass(frozen=True, slots=True)
class Admitted:
    """It may join.

    Attributes:
        ice: The ICE servers it is to use there, if they are not the server's own.
        meta: What is told of it to the others, on top of what it says itself.
        conditions: Of the room, if it is opened now.
    """

    sid: str
    room: str
    ice: tuple[IceServer, ...] | None = None
    meta: Metadata | None = None
    conditions: Conditions = Conditions()


@dataclass(frozen=True, slots=True)
class Barred:
    """It may not join."""

    sid: str
    room: str
    code: ErrorCode
    reason: str
    retry_after: float | None = None


GateOrder: TypeAlias = Authenticate | Admit
GateReport: TypeAlias = Authenticated | Unauthenticated | Admitted | Barred


class Gate(Protocol):
    """What knows who may come in."""

    def carry(self, order: GateOrder) -> list[GateReport]:
        """Answer at once, or not yet."""

    def listen(self, receive: Callable[[GateReport], None]) -> None:
        """Give answers that come later to `receive`."""


ANONYMOUS = Identity()


class OpenGate:
    """Lets everybody in, anonymously; a token is not looked at."""

    def carry(self, order: GateOrder) -> list[GateReport]:
        """Say yes."""
        if isinstance(order, Authenticate):
            return [Authenticated(order.connection, ANONYMOUS)]
        return [Admitted(order.sid, order.room)]

    def listen(self, receive: Callable[[GateReport], None]) -> None:
        """Nothing comes later here."""
