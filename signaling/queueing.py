"""Tickets and matches as their player holds them: what a client knows of each, over any number of connections."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

import msgspec

from signaling import messages
from signaling.codes import ErrorCode
from signaling.errors import RefusedError, SignalingError, TicketOverError
from signaling.events import Closed, Event, Reconnected
from signaling.matchmaking.ledger.dealings import Outcome
from signaling.messages import (
    AcceptMatch,
    CancelTicket,
    ClientMessage,
    DeclineMatch,
    EnterQueue,
    Joined,
    Metadata,
    Ok,
    OpenSeats,
    QuitMatch,
    TellResult,
)
from signaling.queueevents import (
    MatchAccepted,
    MatchFound,
    MatchStarted,
    QueueEvent,
    TicketEnded,
    TicketQueued,
    TicketUpdated,
)

_MOST_EVENTS: Final = 256
_TRIES: Final = 5
"""To queue a ticket again, where the server says that it may be tried later."""


class AfterLoss(Enum):
    """What becomes of a ticket whose session the server has forgotten."""

    END = "end"
    """It is over: `TicketEnded` with the reason `lost`."""
    AGAIN = "again"
    """It is queued again, as a new one, and `TicketQueued` is told."""


Answering = TypeVar("Answering", Joined, messages.Ice, Ok, messages.Pong, messages.TicketQueued)


class Asker(Protocol):
    """What a ticket needs of its client."""

    async def ask(self, request: ClientMessage, expected: type[Answering]) -> Answering:
        """Ask for something."""

    async def join(
        self, room: str, *, key: str | None = None, meta: Metadata | None = None
    ) -> Joined:
        """Enter a room."""


class Match:
    """A match that we play, from its beginning to its end."""

    def __init__(self, ticket: "Ticket", started: MatchStarted) -> None:
        self._ticket = ticket
        self.started = started
        self._over: asyncio.Future[TicketEnded] = asyncio.get_running_loop().create_future()

    def __repr__(self) -> str:
        return f"<match {self.id} of {self.started.queue!r}, team {self.team}>"

    @property
    def id(self) -> str:
        """Its id."""
        return self.started.match

    @property
    def room(self) -> str:
        """Its room."""
        return self.started.room

    @property
    def team(self) -> int:
        """Our team, from 0."""
        return self.started.team

    @property
    def host(self) -> str:
        """The name of who hosts."""
        return self.started.host

    @property
    def peers(self) -> tuple[str, ...]:
        """The names of the other players, as of now."""
        return tuple(peer.peer for peer in self.started.peers)

    @property
    def token(self) -> str | None:
        """Lets another connection into its room under our name, for ten minutes: as the token of its `connect`."""
        return self.started.token

    async def join(self, meta: Metadata | None = None) -> Joined:
        """Enter its room."""
        return await self._ticket.asker.join(self.room, key=self.token, meta=meta)

    async def open(self, seats: Sequence[int]) -> None:
        """Let others in, so many into each team; for the host."""
        await self._ticket.asker.ask(OpenSeats(match=self.id, seats=tuple(seats)), Ok)

    async def finish(self, result: Any = None) -> None:
        """End it with a result; for the host, or the last player in it."""
        raw = msgspec.Raw(msgspec.json.encode(result))
        await self._ticket.asker.ask(TellResult(match=self.id, result=raw), Ok)

    async def quit(self, reason: str = "") -> None:
        """Play it no longer."""
        await self._ticket.asker.ask(QuitMatch(match=self.id, reason=reason), Ok)
        self._ticket.hear(self._end(Outcome.CANCELLED))

    async def ended(self) -> TicketEnded:
        """Wait for its end."""
        return await asyncio.shield(self._over)

    def hear(self, event: QueueEvent) -> None:
        """Follow what becomes of it."""
        if isinstance(event, MatchStarted):
            self.started = event
        elif isinstance(event, TicketEnded) and not self._over.done():
            self._over.set_result(event)

    def _end(self, reason: Outcome) -> TicketEnded:
        return TicketEnded(self.started.ticket, self.started.queue, reason, self.id)


class Ticket:
    """A ticket, and the match that becomes of it. Iterated over, it gives its events until it is over.

    Left as an async context, it is cancelled if it still waits.
    """

    def __init__(self, asker: Asker, message: EnterQueue, after_loss: AfterLoss) -> None:
        self.asker = asker
        self.message = message
        self.after_loss = after_loss
        self.id = ""
        self.found: MatchFound | None = None
        self.over: TicketEnded | None = None
        self._match: Match | None = None
        self._answered = ""
        self._failure: SignalingError | None = None
        self._since = time.monotonic()
        self._events: deque[QueueEvent] = deque(maxlen=_MOST_EVENTS)
        self._change = asyncio.Event()

    def __repr__(self) -> str:
        return f"<ticket {self.id} in {self.queue!r}>"

    @property
    def queue(self) -> str:
        """The queue it waits in."""
        return self.message.queue

    @property
    def waited(self) -> float:
        """Seconds that it has waited by now, by our own clock between two updates; where many wait those are far apart."""
        return time.monotonic() - self._since

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.over is not None or self._failure is not None

    # --- what a player does -----------------------------------------------------------------------

    async def match(self, *, accept: bool = True) -> Match:
        """Wait until a match begins.

        Args:
            accept: Whether to say yes to whatever is found; otherwise `accept` and `decline` are there
                for whoever looks at the events.

        Raises:
            TicketOverError: The ticket is over without a match.
            SignalingError: The client is closed.
        """
        while True:
            self._check()
            if self._match is not None:
                return self._match
            found = self.found
            if accept and found is not None and found.asks and self._answered != found.match:
                await self._accept_in_time(found)
                continue
            await self._changed()

    async def accept(self) -> None:
        """Say yes to the match that was found."""
        if self.found is not None:
            self._answered = self.found.match
            await self.asker.ask(AcceptMatch(match=self.found.match), Ok)

    async def decline(self) -> None:
        """Say no to the match that was found, and wait no longer."""
        if self.found is not None:
            await self.asker.ask(DeclineMatch(match=self.found.match), Ok)

    async def cancel(self) -> None:
        """Wait no longer."""
        if not self.is_over and self._match is None:
            await self.asker.ask(CancelTicket(ticket=self.id), Ok)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(SignalingError):  # it is over already, or will be soon: nobody hears us
            await self.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> QueueEvent:
        while not self._events:
            if self._failure is not None:
                raise self._failure
            if self.over is not None:
                raise StopAsyncIteration
            await self._changed()
        return self._events.popleft()

    # --- what is heard ----------------------------------------------------------------------------

    def hear(self, event: QueueEvent) -> None:
        """Take an event; of many that nobody looks at the newest are kept."""
        match event:
            case TicketQueued():
                self.id, self.found, self._since = event.ticket, None, time.monotonic()
            case TicketUpdated():
                self._since = time.monotonic() - event.waited
            case MatchFound():
                self.found = event
            case MatchStarted() if self._match is None or self._match.id != event.match:
                self._match = Match(self, event)
            case TicketEnded():
                self.over = event
            case _ if not isinstance(event, MatchAccepted | MatchStarted):
                self.found = None
        if self._match is not None:
            self._match.hear(event)
        former = self._events[-1] if self._events else None
        if isinstance(event, TicketUpdated) and isinstance(former, TicketUpdated):
            self._events.pop()
        self._events.append(event)
        self._change.set()

    def fail(self, failure: SignalingError) -> None:
        """Nothing more will come."""
        self._failure = failure
        if self._match is not None:
            self._match.hear(self._lost())
        self._change.set()

    def lose(self) -> bool:
        """The session is lost; whether the ticket is to be queued again."""
        if not self.id:
            return False  # it is being asked for, and that goes on
        if self._match is None and self.after_loss is AfterLoss.AGAIN:
            self.id, self.found = "", None
            return True
        self.end_as_lost()
        return False

    def end_as_lost(self) -> None:
        """The ticket is gone, and cannot be had again."""
        self.hear(self._lost())

    def plays(self, match: str) -> bool:
        """Whether this match was found for it."""
        return self.found is not None and self.found.match == match

    def _lost(self) -> TicketEnded:
        match = None if self._match is None else self._match.id
        return TicketEnded(self.id, self.queue, Outcome.LOST, match)

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self.over is not None:
            raise TicketOverError(self.over.reason)

    async def _changed(self) -> None:
        self._change.clear()
        await self._change.wait()

    async def _accept_in_time(self, found: MatchFound) -> None:
        try:
            await self.accept()
        except RefusedError:
            if self.found is found:
                await self._changed()  # too late: what follows is told


class Queueing:
    """The tickets of one client, by queue: there is at most one in each.

    Args:
        spawn: Starts a task of the client's.
    """

    def __init__(self, asker: Asker, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._asker = asker
        self._spawn = spawn
        self._tickets: dict[str, Ticket] = {}

    async def enqueue(self, message: EnterQueue, after_loss: AfterLoss) -> Ticket:
        """Get a ticket.

        Raises:
            RefusedError: The server does not give one.
        """
        held = self._tickets.get(message.queue)
        if held is not None and not held.is_over:
            code, why = ErrorCode.CONFLICT, f"there is a ticket in {message.queue!r} already"
            raise RefusedError(code, code.label, why)
        ticket = self._tickets[message.queue] = Ticket(self._asker, message, after_loss)
        try:
            queued = await self._asker.ask(message, messages.TicketQueued)
        except BaseException:
            self._tickets.pop(message.queue, None)
            raise
        if not ticket.id:  # otherwise something newer has been heard
            ticket.id = queued.ticket
        return ticket

    def hear(self, event: Event) -> bool:
        """Take what is about a ticket; whether it was."""
        match event:
            case Reconnected(resumed=False):
                self._begin_anew()
            case Closed():
                self._close(event)
            case MatchAccepted():
                found = (each for each in self._tickets.values() if each.plays(event.match))
                return self._give(next(found, None), event)
            case _ if isinstance(event, QueueEvent):
                return self._give(self._tickets.get(event.queue), event)
        return False

    def _give(self, ticket: Ticket | None, event: QueueEvent) -> bool:
        if ticket is None:
            return False
        ticket.hear(event)
        if ticket.is_over:
            self._tickets.pop(ticket.queue, None)
        return True

    def _close(self, closed: Closed) -> None:
        tickets, self._tickets = self._tickets, {}
        for ticket in tickets.values():
            ticket.fail(SignalingError(closed.code, closed.name, closed.reason or closed.name))

    def _begin_anew(self) -> None:
        for ticket in list(self._tickets.values()):
            if ticket.lose():
                self._spawn(self._again(ticket))
            elif ticket.is_over:
                del self._tickets[ticket.queue]

    async def _again(self, ticket: Ticket) -> None:
        """Queue a ticket again; one that cannot be is over."""
        for _ in range(_TRIES):
            try:
                queued = await self._asker.ask(ticket.message, messages.TicketQueued)
            except RefusedError as error:
                if error.retry_after is None:
                    break
                await asyncio.sleep(error.retry_after)
            except SignalingError:
                break
            else:
                ticket.hear(TicketQueued(queued.ticket, queued.queue, queued.waiting))
                return
        if self._tickets.get(ticket.queue) is ticket:
            del self._tickets[ticket.queue]
            ticket.end_as_lost()
