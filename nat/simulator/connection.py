"""One end of a TCP connection: reliable and in order, with windows and retransmission.

What is played of RFC 9293: the three-way handshake, sequence and acknowledgement numbers, windows,
zero-window probes, retransmission with back-off (RFC 6298), half close, resets.
What is not: congestion control, simultaneous open, TIME-WAIT, urgent data, path MTU.
"""

import collections
import enum
import errno
import sys
from collections.abc import Callable
from typing import Final
from typing import Protocol as Interface

from nat.packets import Address, Packet, Protocol
from nat.segments import Kind, Segment
from nat.simulator.clock import NANOSECONDS, to_ns
from nat.simulator.node import Node

MAX_SEGMENT: Final = 16 * 1024
WINDOW: Final = 256 * 1024
FIRST_TIMEOUT: Final = 1.0
MIN_TIMEOUT: Final = 0.2
MAX_TIMEOUT: Final = 120.0
HANDSHAKE_TRIES: Final = 7
"""Sends of a SYN before giving up, after 127 s (as Linux does)."""
TRIES: Final = 16


class State(enum.Enum):
    """How far a connection is."""

    CONNECTING = "connecting"
    ESTABLISHED = "established"
    CLOSED = "closed"


class StreamReceiver(Interface):
    """The face of a connection: an asyncio transport."""

    def stream_readable(self) -> None:
        """There is something to take, or the end has come."""

    def stream_sent(self) -> None:
        """Some of what waited to be sent is on its way."""

    def stream_lost(self, error: OSError) -> None:
        """The connection is gone."""


class Connection:
    """One end of a connection.

    Attributes:
        local: the own address.
        remote: the other's, as seen from here.
        receiver: who wants to know; None until somebody does and when nobody does any more.
        when_established: called once the handshake is done, on the accepting side.
        failure: why it is gone, if it did not end in peace.
    """

    def __init__(
        self, node: Node, local: Address, remote: Address, closed: Callable[["Connection"], None]
    ) -> None:
        self.local = local
        self.remote = remote
        self.state = State.CONNECTING
        self.receiver: StreamReceiver | None = None
        self.when_established: Callable[[Connection], None] | None = None
        self.failure: OSError | None = None
        self._node = node
        self._closed = closed
        # sending
        self._unsent = bytearray()
        self._in_flight: collections.deque[Segment] = collections.deque()
        self._next = 0
        self._acknowledged = 0
        self._peer_window = WINDOW
        self._fin_wanted = False
        self._fin_sent = False
        # receiving
        self._expected = 0
        self._early: dict[int, Segment] = {}
        self._received: collections.deque[bytes] = collections.deque()
        self._buffered = 0
        self._window_was_shut = False
        self._fin_received = False
        # time
        self._opened_ns = node.network.clock.now_ns
        self._timeout = FIRST_TIMEOUT
        self._base_timeout = FIRST_TIMEOUT
        self._tries = 0
        self._alarm_ns: int | None = None

    # what the face asks for

    def open(self) -> None:
        """Send the SYN."""
        self._transmit(Kind.SYN)

    def write(self, data: bytes) -> None:
        """Queue bytes and send what the window allows."""
        self._unsent += data
        self._pump()

    def finish(self) -> None:
        """No more will be written: send FIN after what is queued."""
        self._fin_wanted = True
        self._pump()

    def abort(self) -> None:
        """Drop everything and reset."""
        if self.state is State.ESTABLISHED:
            self._send(Segment(Kind.RESET, self._next))
        if self.state is not State.CLOSED:
            self._end()

    def give_up(self, error: OSError) -> None:
        """There is no way to the other side: fail, if the handshake is not done."""
        if self.state is State.CONNECTING:
            self._fail(error)

    def take(self, limit: int = sys.maxsize) -> bytes:
        """What has come in order so far, up to so many bytes."""
        data = self.peek(limit)
        rest = len(data)
        while rest > 0:
            piece = self._received.popleft()
            if len(piece) > rest:
                self._received.appendleft(piece[rest:])
            rest -= min(rest, len(piece))
        self._buffered -= len(data)
        if self._window_was_shut and self.state is State.ESTABLISHED:
            self._window_was_shut = False
            self._send_plain(Kind.ACK)
        return data

    def peek(self, limit: int) -> bytes:
        """The same, without taking it away."""
        pieces, total = [], 0
        for piece in self._received:
            if total >= limit:
                break
            pieces.append(piece)
            total += len(piece)
        return b"".join(pieces)[:limit]

    @property
    def unsent(self) -> int:
        """Bytes that wait for the window."""
        return len(self._unsent)

    @property
    def is_finishing(self) -> bool:
        """Nothing more may be written."""
        return self._fin_wanted

    @property
    def at_end(self) -> bool:
        """All that the other side sent has been taken, and it will send no more."""
        return self._fin_received and not self._received

    @property
    def readable(self) -> bool:
        """There is something to take."""
        return bool(self._received)

    # what comes from the network

    def receive(self, segment: Segment) -> None:
        """Take a segment of the other side."""
        match segment.kind:
            case Kind.RESET:
                self._receive_reset()
            case Kind.SYN:
                self._receive_syn()
            case Kind.SYN_ACK:
                self._receive_syn_ack(segment)
            case Kind.ACK | Kind.PROBE:
                self._receive_acknowledgement(segment)
                if segment.kind is Kind.PROBE:
                    self._send_plain(Kind.ACK)
            case Kind.DATA | Kind.FIN:
                self._receive_acknowledgement(segment)
                self._receive_data(segment)

    def _receive_reset(self) -> None:
        connecting = self.state is State.CONNECTING
        if self._fin_sent and self._fin_received:
            self._end()
        elif connecting:
            text = f"Connection refused by {self.remote}"
            self._fail(ConnectionRefusedError(errno.ECONNREFUSED, text))
        else:
            text = f"Connection reset by {self.remote}"
            self._fail(ConnectionResetError(errno.ECONNRESET, text))

    def _receive_syn(self) -> None:
        if self._next == 0:
            self._expected = 1
            self._transmit(Kind.SYN_ACK)

    def _receive_syn_ack(self, segment: Segment) -> None:
        if self.state is State.CONNECTING:
            self._expected = 1
        self._receive_acknowledgement(segment)
        self._send_plain(Kind.ACK)

    def _receive_acknowledgement(self, segment: Segment) -> None:
        progress = segment.acknowledged > self._acknowledged
        opened = segment.window > self._peer_window
        self._peer_window = segment.window
        if progress:
            self._acknowledged = segment.acknowledged
            while self._in_flight and self._in_flight[0].end <= self._acknowledged:
                self._in_flight.popleft()
        if progress or opened:
            self._tries = 0
            self._timeout = self._base_timeout
            self._alarm_ns = None
        if progress and self.state is State.CONNECTING:
            self._establish()
        self._pump()
        self._end_if_done()

    def _establish(self) -> None:
        self.state = State.ESTABLISHED
        round_trip = (self._node.network.clock.now_ns - self._opened_ns) / NANOSECONDS
        self._timeout = self._base_timeout = max(MIN_TIMEOUT, 2 * round_trip)
        if self.when_established is not None:
            self.when_established(self)
        if self.receiver is not None:
            self.receiver.stream_readable()

    def _receive_data(self, segment: Segment) -> None:
        news = segment.kind is Kind.DATA and segment.sequence >= self._expected
        if news and self.receiver is None and self._fin_wanted:
            self.abort()  # RFC 9293 §3.6.1: data for one who has closed is answered by a reset
            return
        if segment.sequence >= self._expected:
            self._early[segment.sequence] = segment
        news = False
        while (ready := self._early.pop(self._expected, None)) is not None:
            news = True
            self._expected = ready.end
            if ready.kind is Kind.FIN:
                self._fin_received = True
            else:
                self._received.append(ready.data)
                self._buffered += len(ready.data)
        self._send_plain(Kind.ACK)
        if news and self.receiver is not None:
            self.receiver.stream_readable()
        self._end_if_done()

    # sending

    def _pump(self) -> None:
        """Send what the window allows, and FIN behind the last byte."""
        if self.state is not State.ESTABLISHED:
            return
        sent = False
        while self._unsent and (room := self._room()) > 0:
            data = bytes(self._unsent[: min(room, MAX_SEGMENT)])
            del self._unsent[: len(data)]
            self._transmit(Kind.DATA, data)
            sent = True
        if self._fin_wanted and not self._fin_sent and not self._unsent:
            self._fin_sent = True
            self._transmit(Kind.FIN)
        if sent and self.receiver is not None:
            self.receiver.stream_sent()
        self._arm()

    def _room(self) -> int:
        return min(WINDOW, self._peer_window) - (self._next - self._acknowledged)

    def _transmit(self, kind: Kind, data: bytes = b"") -> None:
        """Send a segment that must arrive."""
        segment = Segment(kind, self._next, self._expected, self._window(), data)
        self._next = segment.end
        self._in_flight.append(segment)
        self._send(segment)
        self._arm()

    def _send_plain(self, kind: Kind) -> None:
        """Send a segment that carries nothing but the acknowledgement and the window."""
        self._send(Segment(kind, self._next, self._expected, self._window()))

    def _send(self, segment: Segment) -> None:
        self._node.send(Packet(Protocol.TCP, self.local, self.remote, segment))

    def _window(self) -> int:
        window = max(0, WINDOW - self._buffered)
        self._window_was_shut = self._window_was_shut or window < WINDOW // 2
        return window

    # time

    def _arm(self) -> None:
        """Set the alarm if something waits for an answer and none is set."""
        waiting = self._in_flight or self._unsent
        if waiting and self._alarm_ns is None and self.state is not State.CLOSED:
            network = self._node.network
            self._alarm_ns = network.clock.now_ns + to_ns(self._timeout)
            network.agenda.add(self._alarm_ns, self._ring, self._alarm_ns)

    def _ring(self, alarm_ns: int) -> None:
        """The answer is late: send again what is in flight, or ask for the window."""
        if self._alarm_ns != alarm_ns:
            return
        self._alarm_ns = None
        self._tries += 1
        connecting = self.state is State.CONNECTING
        if self._tries >= (HANDSHAKE_TRIES if connecting else TRIES):
            text = f"Connection timed out: no answer from {self.remote}"
            self._fail(TimeoutError(errno.ETIMEDOUT, text))
            return
        self._timeout = min(2 * self._timeout, MAX_TIMEOUT)
        if self._in_flight:
            for segment in list(self._in_flight):
                self._send(segment)
        else:
            self._tries = 0  # RFC 9293 §3.8.6.1: a shut window is probed for as long as it lasts
            self._send_plain(Kind.PROBE)
        self._arm()

    # the end

    def _end_if_done(self) -> None:
        if self._fin_sent and self._fin_received and not self._in_flight:
            self._end()

    def _fail(self, error: OSError) -> None:
        receiver = self.receiver
        self.failure = error
        self._end()
        if receiver is not None:
            receiver.stream_lost(error)

    def _end(self) -> None:
        self.state = State.CLOSED
        self._alarm_ns = None
        self._in_flight.clear()
        self._unsent.clear()
        self._closed(self)
