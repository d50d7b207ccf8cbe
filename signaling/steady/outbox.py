"""What a client has said and the server has not acknowledged: bounded, in order, said again if need be."""

from collections import deque
from dataclasses import dataclass

from signaling.errors import OutboxFullError

LEAST = 32
"""Messages that there must be room for: the server acknowledges every sixteenth."""
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class _Entry:
    body: bytes
    request: int | None
    number: int | None = None


class Outbox:
    """Messages on their way to the server.

    Rule 1. A message gets its number when it is first written, and keeps it.
    Rule 2. It is kept until its number is acknowledged; over another connection what is kept is
    written again, before anything newer.
    Rule 3. Where the server does not number, a message is forgotten once it is written.

    Args:
        limit: How many messages may be here.
        limit_bytes: Their bytes.
    """

    def __init__(self, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._kept: deque[_Entry] = deque()
        self._unsent: deque[_Entry] = deque()
        self._bytes = 0
        self.last = 0
        """The number that was given last; 0 before the first."""

    def __len__(self) -> int:
        return len(self._kept) + len(self._unsent)

    @property
    def unsent(self) -> int:
        """How many messages wait to be written."""
        return len(self._unsent)

    def widen(self, largest: int) -> None:
        """Messages can be this large: there must be room for what the server acknowledges at once."""
        self._limit_bytes = max(self._limit_bytes, min(LEAST * largest, _MOST_BYTES))

    def has_room(self, size: int) -> bool:
        """Say whether a message of this size fits."""
        return len(self) < self._limit and self._bytes + size <= self._limit_bytes

    def put(self, body: bytes, request: int | None = None) -> None:
        """Add a message: a JSON object without its numbers.

        Raises:
            OutboxFullError: There is no room for it.
        """
        if not self.has_room(len(body)):
            raise OutboxFullError(len(self), self._bytes)
        self._bytes += len(body)
        self._unsent.append(_Entry(body, request))

    def next_frame(self, *, numbered: bool, ack: int) -> bytes:
        """Take the next message as it is to be written; there must be one."""
        entry = self._unsent.popleft()
        if not numbered:
            self._bytes -= len(entry.body)
            return entry.body
        if entry.number is None:
            self.last += 1
            entry.number = self.last
        self._kept.append(entry)
        return b'%b,"seq":%d,"ack":%d}' % (entry.body[:-1], entry.number, ack)

    def acknowledge(self, number: int) -> bool:
        """Forget what has arrived; `False` for a number that was never given."""
        if number > self.last:
            return False
        while self._kept and (self._kept[0].number or 0) <= number:
            self._bytes -= len(self._kept.popleft().body)
        while self._unsent and (self._unsent[0].number or number + 1) <= number:
            self._bytes -= len(self._unsent.popleft().body)
        return True

    def rewind(self) -> None:
        """Write again what was not acknowledged: the connection it went over is gone."""
        self._unsent.extendleft(reversed(self._kept))
        self._kept.clear()

    def withdraw(self, request: int) -> bool:
        """Take back a request that was not written yet."""
        for entry in self._unsent:
            if entry.request == request and entry.number is None:
                self._unsent.remove(entry)
                self._bytes -= len(entry.body)
                return True
        return False

    def restart(self) -> int:
        """Begin another session at number 1, with nothing; how many of no request were dropped."""
        dropped = sum(entry.request is None for entry in (*self._kept, *self._unsent))
        self._kept.clear()
        self._unsent.clear()
        self._bytes = self.last = 0
        return dropped
