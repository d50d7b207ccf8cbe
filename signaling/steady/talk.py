"""What goes between client and server while there is a session: the outbox, requests, rooms, and the pace."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from signaling.codes import ErrorCode
from signaling.errors import RefusedError, SessionLostError
from signaling.events import ErrorReported, NotRejoined, Reconnected, StartedAgain
from signaling.messages import (
    CancelTicket,
    ClientMessage,
    Error,
    Join,
    Joined,
    Leave,
    Metadata,
    Ok,
    ServerMessage,
    State,
    TicketQueued,
    Welcome,
)
from signaling.rate import TokenBucket
from signaling.steady.actions import Action, Answer, Remark, Tell
from signaling.steady.outbox import Outbox
from signaling.steady.places import Places
from signaling.steady.requests import Asker, Fate, Request, Requests, fate
from signaling.wire import encode

_SHARE = 0.8
"""Of the rate that the server allows we take this much, since its clock is not ours."""
_NUMBERS = len(',"seq":,"ack":') + 2 * 16
_LEAST_RETRY = 0.1


@dataclass(frozen=True, slots=True)
class _Retry:
    at: float
    room: str


class Talk:
    """One session's talk; it outlives connections, and begins anew with another session."""

    def __init__(self, requests: Requests, outbox: int, outbox_bytes: int, meta: Metadata) -> None:
        self.outbox = Outbox(outbox, outbox_bytes)
        self.places = Places()
        self._requests = requests
        self._meta = meta
        self._numbered = False
        self._largest: int | None = None
        self._pace: TokenBucket | None = None
        self._go_on_at: float | None = None
        self._retries: list[_Retry] = []

    # --- sessions and connections ---

    def begin(self, welcome: Welcome, now: float) -> None:
        """There is a connection; these are its rules. The pace of a session that goes on goes on too."""
        limits = welcome.limits
        self._numbered = welcome.resume is not None
        self._largest = limits.msg
        self.outbox.widen(limits.msg)
        if self._pace is None or not welcome.resumed:
            rate = max(limits.rate * _SHARE, 0.1)
            self._pace = TokenBucket(rate, max(1, int(limits.burst * _SHARE)), now)
        self._go_on_at = None

    def lose_connection(self) -> None:
        """What was written may be lost."""
        self.outbox.rewind()
        self._go_on_at = None

    def resume(self, acknowledged: int) -> bool:
        """The session goes on; `False` if the server speaks of what was never said."""
        return self.outbox.acknowledge(acknowledged)

    def start_again(self) -> list[Action]:
        """Another session has begun: settle what the old one leaves, and enter its rooms again."""
        actions: list[Action] = [Tell(Reconnected(resumed=False, dropped=self.outbox.restart()))]
        self._retries.clear()
        again: list[tuple[int, Request]] = []
        for id_, request in self._requests.take_all():
            if request.asker is Asker.USER and fate(request.message) is Fate.ASK_AGAIN:
                again.append((id_, request))
            else:
                actions += self._settle_lost(id_, request)
        for join in self.places.joins():
            self.ask(join, Asker.REJOINING)
        for id_, request in again:
            self._put_request(id_, request)
        return actions

    def _settle_lost(self, id_: int, request: Request) -> list[Action]:
        message = request.message
        done = fate(message) is Fate.DONE
        if done:
            self._note_done(message)
        if request.asker is not Asker.USER:
            return []
        what = type(message).__name__.lower()
        return [Answer(id_, Ok(id=id_) if done else SessionLostError(what))]

    # --- talking ---

    def put(self, message: ClientMessage, request: int | None) -> None:
        """Put a message behind the others."""
        body = encode(message)
        if self._largest is not None and len(body) + _NUMBERS > self._largest:
            most = f"{len(body)} bytes, the server takes {self._largest - _NUMBERS}"
            raise RefusedError(ErrorCode.TOO_BIG, ErrorCode.TOO_BIG.label, most)
        self.outbox.put(body, request)

    def ask(self, message: ClientMessage, asker: Asker) -> int:
        """Put a request behind the others; its id."""
        id_ = self._requests.next_id()
        self._put_request(id_, Request(message, asker))
        return id_

    def _put_request(self, id_: int, request: Request) -> None:
        self.put(msgspec.structs.replace(request.message, id=id_), id_)
        self._requests.put(id_, request)

    def abandon(self, id_: int) -> bool:
        """Nobody waits for an answer; whether the request could be taken back altogether."""
        if self.outbox.withdraw(id_):
            self._requests.pop(id_)
            return True
        self._requests.abandon(id_)
        return False

    def frames(self, ack: int, now: float) -> Iterator[bytes]:
        """Take what may be written now."""
        assert self._pace is not None
        self._go_on_at = None
        while self.outbox.unsent:
            wait = self._pace.take(now)
            if wait > 0.0:
                self._go_on_at = now + wait
                return
            yield self.outbox.next_frame(numbered=self._numbered, ack=ack)

    @property
    def next_deadline(self) -> float | None:
        """When something may be said that waits for its time."""
        times = [retry.at for retry in self._retries]
        if self._go_on_at is not None:
            times.append(self._go_on_at)
        return min(times, default=None)

    def handle_timer(self, now: float) -> None:
        """Ask again to enter the rooms that would not have us yet."""
        due = [retry for retry in self._retries if retry.at <= now]
        self._retries = [retry for retry in self._retries if retry.at > now]
        for retry in due:
            join = self.places.join_again(retry.room)
            if join is not None:
                self.ask(join, Asker.REJOINING)

    # --- answers ---

    def settle(self, id_: int, request: Request, answer: ServerMessage, now: float) -> list[Action]:
        """An answer has come; `request` is under way no more."""
        match request.asker:
            case Asker.REJOINING:
                return self._settle_rejoining(request.message, answer, now)
            case Asker.NOBODY:
                return self._settle_abandoned(request.message, answer)
            case Asker.RENEWING:
                if not isinstance(answer, Error):
                    return []
                return [Tell(ErrorReported(answer.code, answer.name, answer.msg))]
            case Asker.USER:
                if isinstance(answer, Joined) and isinstance(request.message, Join):
                    self.places.enter(request.message, answer)
                elif not isinstance(answer, Error):
                    self._note_done(request.message)
                return [Answer(id_, answer)]

    def _note_done(self, message: ClientMessage) -> None:
        match message:
            case Leave():
                self.places.leave(message.room)
            case State():
                self.places.revise(message.room, message.meta, self._meta)
            case _:
                pass

    def _settle_abandoned(self, message: ClientMessage, answer: ServerMessage) -> list[Action]:
        if isinstance(answer, Joined):
            self.ask(Leave(room=answer.room), Asker.NOBODY)
        elif isinstance(answer, TicketQueued):
            self.ask(CancelTicket(ticket=answer.ticket), Asker.NOBODY)
        elif not isinstance(answer, Error):
            self._note_done(message)
        return [Remark("an answer came after its deadline")]

    def _settle_rejoining(
        self, message: ClientMessage, answer: ServerMessage, now: float
    ) -> list[Action]:
        assert isinstance(message, Join)
        if isinstance(answer, Joined):
            if message.room not in self.places.rooms:
                return []  # left meanwhile; the server has heard that too
            left = self.places.enter(message, answer)
            return [*map(Tell, left), Tell(StartedAgain(message.room, answer))]
        if not isinstance(answer, Error):
            return [Remark(f"{type(answer).__name__} came as an answer to join")]
        if answer.retry_ms is not None:
            self._retries.append(
                _Retry(now + max(answer.retry_ms / 1000, _LEAST_RETRY), message.room)
            )
            return []
        self.places.leave(message.room)
        error = RefusedError(answer.code, answer.name, answer.msg)
        return [Tell(NotRejoined(message.room, error))]
