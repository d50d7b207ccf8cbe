"""What a client hears without having asked, and the bounded queue in which it waits."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from signaling.codes import Verdict
from signaling.errors import ClientFaultError, EventOverflowError, RefusedError
from signaling.messages import (
    IceServer,
    Joined,
    LeaveReason,
    Metadata,
    Role,
    SignalKind,
    UndeliveredReason,
)
from signaling.queueevents import QueueEvent


@dataclass(frozen=True, slots=True)
class PeerJoined:
    """A newcomer is in the room and will offer; `polite` is said of the newcomer."""

    room: str
    peer: str
    meta: Metadata
    polite: bool
    rev: int
    role: Role = Role.MEMBER


@dataclass(frozen=True, slots=True)
class PeerGone:
    """A member's signaling is lost; it may be back within `grace` seconds. Calls with it go on."""

    room: str
    peer: str
    grace: float
    rev: int


@dataclass(frozen=True, slots=True)
class PeerBack:
    """A member that was gone is back, and missed nothing."""

    room: str
    peer: str
    rev: int


@dataclass(frozen=True, slots=True)
class PeerLeft:
    """A member is in the room no longer."""

    room: str
    peer: str
    reason: LeaveReason
    rev: int


@dataclass(frozen=True, slots=True)
class PeerChanged:
    """A member's metadata is now this."""

    room: str
    peer: str
    meta: Metadata
    rev: int


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """A member has another role now, perhaps we ourselves."""

    room: str
    peer: str
    role: Role
    rev: int


@dataclass(frozen=True, slots=True)
class RoomLocked:
    """The room is locked, or no longer."""

    room: str
    locked: bool
    by: str
    rev: int


@dataclass(frozen=True, slots=True)
class Removed:
    """We are in the room no longer, without having left."""

    room: str
    reason: LeaveReason
    by: str
    message: str


@dataclass(frozen=True, slots=True)
class SignalReceived:
    """A member sent us something."""

    room: str
    sender: str
    kind: SignalKind
    data: Any
    pc: str | None
    mid: str | None


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Something we sent did not arrive."""

    room: str
    to: str
    reason: UndeliveredReason
    pc: str | None
    mid: str | None


@dataclass(frozen=True, slots=True)
class IceRenewed:
    """The server gave new TURN credentials of its own accord."""

    ice: tuple[IceServer, ...]


@dataclass(frozen=True, slots=True)
class TokenExpiring:
    """The token expires in so many seconds, and there is nobody to ask for a newer one."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is lost; it is tried again, and what is said meanwhile waits."""

    code: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reconnected:
    """There is a connection again.

    If `resumed`, nothing is missing, in either direction. Otherwise the server had forgotten us: a new
    session has begun, `dropped` signals may not have arrived, and each room is joined again.
    """

    resumed: bool
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class StartedAgain:
    """We are in a room again, as a newcomer, after the session was lost; this is the room as it is now.

    `PeerLeft` was told before of everybody who is not there any more.
    """

    room: str
    joined: Joined


@dataclass(frozen=True, slots=True)
class NotRejoined:
    """We are in a room no longer: the session was lost, and the server does not let us in again."""

    room: str
    error: RefusedError


@dataclass(frozen=True, slots=True)
class ServerLeaving:
    """The server closes in `deadline` seconds, and would have us back `pause` seconds later."""

    deadline: float
    pause: float


@dataclass(frozen=True, slots=True)
class ErrorReported:
    """The server refused something that was no request, or could not be read as one."""

    code: int
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is closed; the last event."""

    code: int
    name: str
    reason: str
    verdict: Verdict


Event: TypeAlias = (
    PeerJoined
    | PeerGone
    | PeerBack
    | PeerLeft
    | PeerChanged
    | RoleChanged
    | RoomLocked
    | Removed
    | SignalReceived
    | Undelivered
    | IceRenewed
    | TokenExpiring
    | Disconnected
    | Reconnected
    | StartedAgain
    | NotRejoined
    | ServerLeaving
    | ErrorReported
    | QueueEvent
    | Closed
)


class EventQueue(AsyncIterator[Event]):
    """Events in the order of their coming, at most `limit` of them.

    The event that does not fit is dropped; the events before it can still be taken, and after
    them `EventOverflowError` is raised.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: asyncio.Queue[Event | EventOverflowError | ClientFaultError | None] = (
            asyncio.Queue()
        )
        self._ended = False

    def put(self, event: Event) -> EventOverflowError | None:
        """Add an event, or say that there is no room for it."""
        if self._ended:
            return None
        if self._queue.qsize() >= self._limit:
            overflow = EventOverflowError(self._limit)
            self._ended = True
            self._queue.put_nowait(overflow)
            return overflow
        self._queue.put_nowait(event)
        return None

    def end(self, last: Closed) -> None:
        """Add the last event, for which there is always room."""
        if not self._ended:
            self._ended = True
            self._queue.put_nowait(last)
            self._queue.put_nowait(None)

    def fail(self, fault: ClientFaultError) -> None:
        """Raise this behind the events that have come."""
        if not self._ended:
            self._ended = True
            self._queue.put_nowait(fault)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        event = await self._queue.get()
        match event:
            case None:
                self._queue.put_nowait(event)
                raise StopAsyncIteration
            case EventOverflowError() | ClientFaultError():
                self._queue.put_nowait(event)
                raise event
            case _:
                return event
