"""Requests that wait for their answer: each gets one, also when the connection, or the session, is lost."""

from dataclasses import dataclass
from enum import Enum

from signaling.messages import (
    Auth,
    CancelTicket,
    ClientMessage,
    DeclineMatch,
    EnterQueue,
    IceRequest,
    Join,
    Leave,
    QuitMatch,
    State,
)

_MOST_ABANDONED = 256


class Asker(Enum):
    """Who waits for an answer."""

    USER = "the user"
    NOBODY = "nobody any more"
    REJOINING = "the rooms that are joined again"
    RENEWING = "the token that was renewed"


class Fate(Enum):
    """What becomes of a request whose session was lost."""

    ASK_AGAIN = "it is asked again: twice does no harm"
    DONE = "it is done: the session it concerned is no more, or the new one knows it already"
    UNKNOWN = "nobody knows"


@dataclass(slots=True)
class Request:
    """A request under way; unnumbered ones die with their connection."""

    message: ClientMessage
    asker: Asker
    numbered: bool = True


class Requests:
    """The requests under way, by id."""

    def __init__(self) -> None:
        self._last_id = 0
        self._pending: dict[int, Request] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def next_id(self) -> int:
        """An id that no request under way has."""
        self._last_id = (self._last_id + 1) % 2**32
        return self._last_id

    def put(self, id_: int, request: Request) -> None:
        """A request is under way."""
        self._pending[id_] = request
        if len(self._pending) > _MOST_ABANDONED:
            abandoned = (key for key, one in self._pending.items() if one.asker is Asker.NOBODY)
            self._pending.pop(next(abandoned, -1), None)

    def pop(self, id_: int | None) -> Request | None:
        """Its answer is here, or it was never sent."""
        return None if id_ is None else self._pending.pop(id_, None)

    def abandon(self, id_: int) -> None:
        """Nobody waits for it any more; its answer is to be known when it comes."""
        if id_ in self._pending:
            self._pending[id_].asker = Asker.NOBODY

    def lose_unnumbered(self) -> list[int]:
        """The connection is lost, and with it what bore no number."""
        lost = [id_ for id_, request in self._pending.items() if not request.numbered]
        for id_ in lost:
            del self._pending[id_]
        return lost

    def take_all(self) -> list[tuple[int, Request]]:
        """All are to be settled in another way."""
        pending, self._pending = self._pending, {}
        return list(pending.items())


def fate(message: ClientMessage) -> Fate:
    """Say what becomes of a request when its session is lost and another begins."""
    match message:
        case Join() | IceRequest() | EnterQueue():
            return Fate.ASK_AGAIN
        case Leave() | State() | Auth() | CancelTicket() | DeclineMatch() | QuitMatch():
            return Fate.DONE
        case _:
            return Fate.UNKNOWN
