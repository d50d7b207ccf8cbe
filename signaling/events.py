"""What a client hears without having asked, and the bounded queue in which it waits."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from signaling.codes import Verdict
from signaling.errors import EventOverflowError
from signaling.messages import IceServer, LeaveReason, Metadata, SignalKind, UndeliveredReason


@dataclass(frozen=True, slots=True)
class PeerJoined:
    """A newcomer is in the room and will offer; `polite` is said of the newcomer."""

    room: str
    peer: str
    meta: Metadata
    polite: bool
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
    | PeerLeft
    | PeerChanged
    | SignalReceived
    | Undelivered
    | IceRenewed
    | ServerLeaving
    | ErrorReported
    | Closed
)


class EventQueue(AsyncIterator[Event]):
    """Events in the order of their coming, at most `limit` of them.

    The event that does not fit is dropped; the events before it can still be taken, and after
    them `EventOverflowError` is raised.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: asyncio.Queue[Event | EventOverflowError | None] = asyncio.Queue()
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

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        event = await self._queue.get()
        match event:
            case None:
                self._queue.put_nowait(event)
                raise StopAsyncIteration
            case EventOverflowError():
                self._queue.put_nowait(event)
                raise event
            case _:
                return event
