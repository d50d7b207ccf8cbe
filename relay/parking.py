"""Requests that wait until a hook has said who their user is: few, not for long, and each once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple, TypeAlias

from relay.authentication import Question
from relay.counters import DropReason
from relay.fivetuple import FiveTuple
from relay.hooklimits import HookLimits
from relay.ratelimit import source_of
from stunwire import Message

_Key: TypeAlias = tuple[FiveTuple, bytes]


class Parked(NamedTuple):
    """A request that waits.

    Args:
        message: the request.
        five_tuple: where it came from and to.
        question: what is to be found out.
    """

    message: Message
    five_tuple: FiveTuple
    question: Question


class Inquiry(NamedTuple):
    """A user name that a hook is asked for, and until when it may think."""

    number: int
    username: str
    deadline: float


@dataclass(slots=True)
class _Row:
    inquiry: Inquiry
    waiting: dict[_Key, Parked] = field(default_factory=dict)
    gone: set[_Key] = field(default_factory=set)


class ParkingLot:
    """All requests that wait, by the user name they wait for: it is asked for once.

    Args:
        limits: how many may wait, and how long.
    """

    def __init__(self, limits: HookLimits) -> None:
        self.limits = limits
        self._rows: dict[int, _Row] = {}  # in the order of their deadlines
        self._number_of: dict[str, int] = {}
        self._numbers = count(1)
        self._parked = 0
        self._of_source: Counter[bytes] = Counter()

    def __len__(self) -> int:
        """How many requests wait."""
        return self._parked

    def park(
        self, request: Parked, excess: Callable[[], DropReason | None], now: float
    ) -> Inquiry | DropReason | None:
        """Let a request wait, unless it does already or too many do.

        Args:
            request: the request.
            excess: says why it would be too much to ask on behalf of this source.
            now: the relay's time.

        Returns:
            What is to be asked; None when it is being asked; or why the request cannot wait.
        """
        row = self._row_of(request.question.username)
        if row is not None and _key(request) in row.waiting:
            return DropReason.IN_PROGRESS
        source = source_of(request.five_tuple.client.host)
        if self._parked >= self.limits.parked:
            return DropReason.TOO_MANY_PARKED
        if self._of_source[source] >= self.limits.parked_per_source:
            return DropReason.TOO_MANY_PARKED_OF_SOURCE
        if row is not None:
            self._add(row, request)
            return None
        reason = excess()
        if reason is not None:
            return reason
        row = self._begin(request.question.username, now)
        self._add(row, request)
        return row.inquiry

    def holds(self, five_tuple: FiveTuple) -> bool:
        """Say whether a request of a client waits."""
        return any(key[0] == five_tuple for row in self._rows.values() for key in row.waiting)

    def take(self, number: int) -> tuple[str, tuple[Parked, ...]] | None:
        """End an inquiry: return the user name, and what waited for it; None when it has ended already."""
        row = self._rows.pop(number, None)
        if row is None:
            return None
        del self._number_of[row.inquiry.username]
        for request in row.waiting.values():
            self._leave(request)
        left = (request for key, request in row.waiting.items() if key not in row.gone)
        return row.inquiry.username, tuple(left)

    def forget(self, five_tuple: FiveTuple) -> None:
        """Hear that a connection is gone: nothing that came over it will be answered.

        It goes on to count as long as the hook is asked, or else connections that come and go could have it
        asked without bounds.
        """
        for row in self._rows.values():
            row.gone.update(key for key in row.waiting if key[0] == five_tuple)

    def overdue(self, now: float) -> int | None:
        """Return the number of an inquiry whose time is over."""
        first = next(iter(self._rows.values()), None)
        return first.inquiry.number if first and first.inquiry.deadline <= now else None

    def next_deadline(self) -> float | None:
        """When the first inquiry will be overdue."""
        first = next(iter(self._rows.values()), None)
        return None if first is None else first.inquiry.deadline

    def _row_of(self, username: str) -> _Row | None:
        number = self._number_of.get(username)
        return None if number is None else self._rows[number]

    def _begin(self, username: str, now: float) -> _Row:
        inquiry = Inquiry(next(self._numbers), username, now + self.limits.timeout)
        row = self._rows[inquiry.number] = _Row(inquiry)
        self._number_of[username] = inquiry.number
        return row

    def _add(self, row: _Row, request: Parked) -> None:
        row.waiting[_key(request)] = request
        self._parked += 1
        self._of_source[source_of(request.five_tuple.client.host)] += 1

    def _leave(self, request: Parked) -> None:
        source = source_of(request.five_tuple.client.host)
        self._parked -= 1
        self._of_source[source] -= 1
        if not self._of_source[source]:
            del self._of_source[source]


def _key(request: Parked) -> _Key:
    return request.five_tuple, request.message.transaction_id
