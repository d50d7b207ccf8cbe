"""Messages that wait to be sent: streams take turns, message by message (RFC 8831 §6.6)."""

from collections import deque
from dataclasses import dataclass

from peer.sctp.chunks import FIRST, LAST, MAX_FRAGMENT, UNORDERED, encode_data
from peer.sctp.serial import wrap_ssn, wrap_tsn


@dataclass(frozen=True, slots=True)
class Reliability:
    """How hard a message is tried (RFC 8831 §6.6).

    Attributes:
        ordered: Whether it is delivered behind those sent before it.
        max_retransmits: How often it is sent again, or `None` for ever.
        lifetime: Seconds within which it is sent, or `None` for ever.
    """

    ordered: bool = True
    max_retransmits: int | None = None
    lifetime: float | None = None


RELIABLE = Reliability()


class OutgoingMessage:
    """A message on its way.

    Attributes:
        data: Its bytes.
        offset: How many of them have been sent.
        first: The TSN of its first fragment, once that was sent.
        last: The TSN of the last fragment sent.
        abandoned: Whether it was given up.
    """

    __slots__ = (
        "abandoned",
        "data",
        "expires",
        "first",
        "last",
        "offset",
        "ppid",
        "reliability",
        "ssn",
        "stream",
    )

    def __init__(
        self, stream: int, ppid: int, data: bytes, reliability: Reliability, now: float
    ) -> None:
        self.stream = stream
        self.ppid = ppid
        self.data = data
        self.reliability = reliability
        self.expires = None if reliability.lifetime is None else now + reliability.lifetime
        self.offset = 0
        self.ssn = 0
        self.first = 0
        self.last = -1
        self.abandoned = False

    @property
    def waits(self) -> bool:
        """Whether some of it has not been sent yet."""
        return self.offset < len(self.data)

    def next_size(self) -> int:
        """The size of the next fragment."""
        return min(MAX_FRAGMENT, len(self.data) - self.offset)

    def cut(self, tsn: int) -> tuple[bytes, int]:
        """The next fragment as a DATA chunk, and how many bytes of the message it carries."""
        begin = self.offset
        part = self.data[begin : begin + MAX_FRAGMENT]
        self.offset = begin + len(part)
        flags = 0 if self.reliability.ordered else UNORDERED
        if begin == 0:
            flags |= FIRST
            self.first = tsn
        if self.offset == len(self.data):
            flags |= LAST
        self.last = tsn
        chunk = encode_data(flags, wrap_tsn(tsn), self.stream, wrap_ssn(self.ssn), self.ppid, part)
        return chunk, len(part)


class Outbox:
    """A queue for each stream, and whose turn it is."""

    def __init__(self) -> None:
        self._queues: dict[int, deque[OutgoingMessage]] = {}
        self._next_ssn: dict[int, int] = {}
        self._current: OutgoingMessage | None = None

    def put(self, message: OutgoingMessage) -> None:
        """Add a message behind those of its stream."""
        self._queues.setdefault(message.stream, deque()).append(message)

    def __bool__(self) -> bool:
        return self._current is not None or bool(self._queues)

    def has(self, stream: int) -> bool:
        """Whether anything of a stream waits."""
        current = self._current
        return stream in self._queues or (current is not None and current.stream == stream)

    def next(self) -> OutgoingMessage | None:
        """The message whose next fragment is to be sent: the same one until it is through."""
        if self._current is None and self._queues:
            stream = next(iter(self._queues))
            queue = self._queues.pop(stream)
            self._current = queue.popleft()
            if queue:
                self._queues[stream] = queue  # behind the others
        return self._current

    def began(self, message: OutgoingMessage) -> None:
        """Give a message that is about to be sent its number in the stream."""
        if message.reliability.ordered:
            message.ssn = self._next_ssn.get(message.stream, 0)
            self._next_ssn[message.stream] = message.ssn + 1

    def done(self) -> None:
        """The current message has been sent, or given up."""
        self._current = None

    def reset(self, stream: int) -> None:
        """Begin to count a stream's messages anew."""
        self._next_ssn.pop(stream, None)
