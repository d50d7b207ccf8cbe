"""The receiving half of an association: which TSNs have come, what to acknowledge, how much room.

A reader that falls behind closes the window: what it has not read counts as held, and the remote
may send only what there is room for (RFC 9260 §6.2).
"""

import bisect

from peer.sctp.chunks import MAX_FRAGMENT, Data, ForwardTsn, encode_sack
from peer.sctp.events import Event, MessageReceived, TooLarge
from peer.sctp.reassembly import OVERHEAD, InboundStream, Message
from peer.sctp.serial import unwrap_tsn, wrap_tsn

#: RFC 9260 §6.2: an acknowledgement for every second packet, and within 200 ms.
ACKNOWLEDGE_EVERY = 2
ACKNOWLEDGE_WITHIN = 0.05
_IMMEDIATELY = 8  # the I bit (RFC 9260 §3.3.1)
_MAX_GAPS = 256
_MAX_AHEAD = 0xFFFF  # what a gap block can say (RFC 9260 §3.3.4)


class Receiver:
    """What has come from the remote.

    Args:
        window: How many bytes may be held that the application has not had yet.
        limit: The largest message, in bytes.
    """

    def __init__(self, window: int, limit: int) -> None:
        self._window = window
        # A remote counts bytes and not what keeping them costs, and asks with one packet when the
        # window is closed: what it sends then is kept too, or it would wait for a timeout.
        self._most = window + window // 8
        self._limit = limit
        self._streams: dict[int, InboundStream] = {}
        self._gaps: list[tuple[int, int]] = []  # blocks received beyond `cumulative`, ascending
        self._held = 0
        self._advertised = window
        self._packets = 0
        self._data_came = False
        #: Everything up to here has come.
        self.cumulative = 0
        #: Whether an acknowledgement is to go out at once.
        self.urgent = False
        #: When an acknowledgement is due.
        self.deadline: float | None = None

    @property
    def room(self) -> int:
        """What the window has left, as told to the remote."""
        return max(0, self._window - self._held)

    def begin(self, initial_tsn: int) -> None:
        """The remote's first TSN will be this one."""
        self.cumulative = initial_tsn - 1

    def receive_data(self, chunk: Data, events: list[Event]) -> None:
        """Take in a DATA chunk."""
        tsn = unwrap_tsn(chunk.tsn, self.cumulative)
        self._data_came = True
        if chunk.flags & _IMMEDIATELY:
            self.urgent = True
        if not self._fits(tsn) or not self._mark(tsn):
            self.urgent = True
            return
        stream = self._streams.get(chunk.stream)
        if stream is None:
            stream = self._streams[chunk.stream] = InboundStream(self._limit)
        if stream.is_refused():
            return
        self._held += len(chunk.data) + OVERHEAD
        self._deliver(chunk.stream, stream.add(tsn, chunk), events)
        if stream.is_refused():
            self._held -= stream.clear()
            events.append(TooLarge(chunk.stream, self._limit))

    def receive_forward_tsn(self, chunk: ForwardTsn, events: list[Event]) -> None:
        """Take as received what the remote has given up (RFC 3758 §3.6)."""
        tsn = unwrap_tsn(chunk.tsn, self.cumulative)
        self.urgent = True
        if not self.cumulative < tsn <= self.cumulative + _MAX_AHEAD:
            return
        self.cumulative = tsn
        while self._gaps and self._gaps[0][0] <= self.cumulative + 1:
            self.cumulative = max(self.cumulative, self._gaps.pop(0)[1])
        for number, ssn in chunk.streams:
            stream = self._streams.get(number)
            if stream is None:
                stream = self._streams[number] = InboundStream(self._limit)
            messages, freed = stream.skip(ssn)
            self._held -= freed
            self._deliver(number, messages, events)
        for stream in self._streams.values():
            self._held -= stream.forward(tsn)

    def packet_ended(self, now: float) -> None:
        """A packet has been taken in: when must it be acknowledged?"""
        if not self._data_came:
            return
        self._data_came = False
        self._packets += 1
        if self._gaps or self._packets >= ACKNOWLEDGE_EVERY:
            self.urgent = True
        elif self.deadline is None:
            self.deadline = now + ACKNOWLEDGE_WITHIN

    @property
    def pending(self) -> bool:
        """Whether something has come that is not acknowledged."""
        return self._packets > 0

    def consumed(self, cost: int) -> None:
        """The application has had something; tell the remote when much room has come back."""
        self._held -= cost
        assert self._held >= 0, "more was consumed than came"
        if self._advertised < self._window // 2 and self.room >= self._window // 2:
            self.urgent = True

    def acknowledgement(self) -> bytes:
        """A SACK of what has come, and the room that is left."""
        self.urgent = False
        self.deadline = None
        self._packets = 0
        # A window too small for a whole fragment only makes the remote send small ones.
        self._advertised = self.room if self.room >= MAX_FRAGMENT else 0
        base = self.cumulative
        gaps = [(first - base, last - base) for first, last in self._gaps[:_MAX_GAPS]]
        return encode_sack(wrap_tsn(base), self._advertised, gaps)

    def reset(self, streams: tuple[int, ...]) -> None:
        """The remote begins these streams anew; an empty tuple means all (RFC 6525 §4.1)."""
        for number in streams or tuple(self._streams):
            stream = self._streams.pop(number, None)
            if stream is not None:
                self._held -= stream.clear()

    def _deliver(self, stream: int, messages: list[Message], events: list[Event]) -> None:
        events.extend([MessageReceived(stream, *message) for message in messages])

    def _fits(self, tsn: int) -> bool:
        """Whether there is room; what fills a gap may use as much again, for it makes room."""
        if tsn > self.cumulative + _MAX_AHEAD:
            return False
        if self._held < self._most:
            return True
        return bool(self._gaps) and tsn < self._gaps[-1][1] and self._held < 2 * self._window

    def _mark(self, tsn: int) -> bool:
        """Note that a TSN has come.

        Returns:
            Whether it is new.
        """
        if tsn <= self.cumulative:
            return False
        if tsn == self.cumulative + 1:
            self.cumulative = tsn
            if self._gaps and self._gaps[0][0] == tsn + 1:
                self.cumulative = self._gaps.pop(0)[1]
            return True
        return self._mark_beyond(tsn)

    def _mark_beyond(self, tsn: int) -> bool:
        gaps = self._gaps
        at = bisect.bisect_right(gaps, (tsn, tsn))
        before = gaps[at - 1] if at else None
        if before is not None and before[1] >= tsn:
            return False
        after = gaps[at] if at < len(gaps) else None
        if after is not None and after[0] == tsn:
            return False
        first, last = tsn, tsn
        begin, end = at, at
        if before is not None and before[1] == tsn - 1:
            first, begin = before[0], at - 1
        if after is not None and after[0] == tsn + 1:
            last, end = after[1], at + 1
        gaps[begin:end] = [(first, last)]
        return True
