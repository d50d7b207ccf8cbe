"""What waits to be told to one webhook: in order, bounded, tried again with growing pauses. A core without I/O.

The body is that of Standard Webhooks: `type`, `timestamp` (when it happened) and `data`. Where messages were lost
before this one, because too many waited or nobody answered for too long, `missed` says how many.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from signaling.journal import Noted
from signaling.operation.endpoints import Endpoint

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
_OK = range(200, 300)
_GONE = 410


@dataclass(frozen=True, slots=True)
class Message:
    """Something that happened, with an id by which a message that comes twice is known."""

    id: str
    kind: str
    happened: float
    data: dict[str, Any]
    since: float


class Outbox:
    """The messages for one endpoint.

    Args:
        endpoint: Whom they are for.
        make_id: Gives ids that no other message ever has.
        jitter: From which each pause takes 0.5 to 1 of its length.
    """

    def __init__(
        self, endpoint: Endpoint, *, make_id: Callable[[], str], jitter: random.Random
    ) -> None:
        self.endpoint = endpoint
        self.delivered = 0
        self.lost = 0
        self.is_gone = False
        self._make_id = make_id
        self._jitter = jitter
        self._waiting: deque[Message] = deque()
        self._missed = 0
        self._failures = 0
        self._not_before = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, noted: Noted, node: str, unix_now: float, now: float) -> None:
        """Take what happened, if the endpoint wants it; the oldest that waits makes room."""
        if self.is_gone or not self.endpoint.wants(noted.happening):
            return
        if len(self._waiting) >= self.endpoint.waiting:
            self._lose()
        data = {"node": node, "sid": noted.sid, **noted.fields}
        self._waiting.append(Message(self._make_id(), noted.happening.value, unix_now, data, now))

    def next_deadline(self) -> float | None:
        """Say when the first message may be posted; None if none waits."""
        return self._not_before if self._waiting else None

    def first(self) -> tuple[Message, bytes]:
        """Give the message that is to be posted, and its body."""
        message = self._waiting[0]
        body: dict[str, Any] = {
            "type": message.kind,
            "timestamp": datetime.fromtimestamp(message.happened, UTC).isoformat(),
            "data": message.data,
        }
        if self._missed:
            body["missed"] = self._missed
        return message, msgspec.json.encode(body)

    def receive_answer(self, message: Message, status: int | None, now: float) -> None:
        """Hear how posting a message went: a status, or None where nobody answered."""
        if not self._waiting or self._waiting[0] is not message:
            return  # it made room for others meanwhile
        if status is not None and status in _OK:
            self._waiting.popleft()
            self.delivered += 1
            self._missed = self._failures = 0
            self._not_before = now
        elif status == _GONE:  # Standard Webhooks: it wants to hear nothing any more
            self.is_gone = True
            self.lost += len(self._waiting)
            self._waiting.clear()
        else:
            self._fail(now)

    def hurry(self) -> None:
        """Try at once what waits for its next attempt, since the end is near."""
        self._not_before = 0.0

    def _fail(self, now: float) -> None:
        self._failures += 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 30))
        self._not_before = now + pause * self._jitter.uniform(0.5, 1.0)
        while self._waiting and now - self._waiting[0].since >= self.endpoint.patience:
            self._lose()

    def _lose(self) -> None:
        self._waiting.popleft()
        self._missed += 1
        self.lost += 1
