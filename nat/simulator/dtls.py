"""Retransmission of DTLS handshakes in virtual time.

OpenSSL counts the time of a flight on the real clock, and sends nothing again before that is up. So
the last flight of each connection is kept here as it was sent, and sent again when its time has
come in the world (RFC 6347 §4.2.4). OpenSSL takes a record that it had for a replay and drops it;
what the other side would then do, send its own last flight again, is done here, too.

What differs from the wire: a record that is sent again has the sequence number of the first time.
"""

import collections
import importlib
import os
import weakref
from collections.abc import Iterator
from typing import Any, Final

from nat.simulator.clock import NANOSECONDS, Clock, to_ns
from nat.simulator.opensslclock import LIBRARY, faithful_patches

FIRST_TIMEOUT: Final = 1.0
"""RFC 6347 §4.2.4.1: "implementations SHOULD use an initial timer value of 1 second"."""
MAX_TIMEOUT: Final = 60.0
MOST_SEEN: Final = 64
"""Datagrams of the other side's handshake that are remembered."""
_HANDSHAKE: Final = range(20, 23)
"""Change cipher spec, alert, handshake: the first byte of a datagram that is part of a flight."""


class Flight:
    """The last flight of a connection, and what was heard from the other side.

    Attributes:
        sent: its datagrams.
        again: those that are to be sent again.
        due_ns: when that will be, if no answer comes.
    """

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.again: collections.deque[bytes] = collections.deque()
        self.due_ns = 0
        self._timeout = FIRST_TIMEOUT
        self._answered = True
        self._seen: collections.deque[bytes] = collections.deque(maxlen=MOST_SEEN)

    def note_sent(self, data: bytes, now_ns: int) -> None:
        """A datagram that OpenSSL made; the first one after an answer begins a new flight."""
        if self._answered:
            self._answered = False
            self.sent.clear()
            self.again.clear()
            self._timeout = FIRST_TIMEOUT
        self.sent.append(data)
        self.due_ns = now_ns + to_ns(self._timeout)

    def note_received(self, data: bytes) -> None:
        """A datagram from the other side: an answer, or what it sends again for want of one."""
        if data not in self._seen:
            self._seen.append(data)
            self._answered = True
            self.again.clear()
        elif not self._answered:
            self._repeat()

    def ring(self, now_ns: int) -> bool:
        """Send the flight again if its time has come; tell whether it had."""
        if now_ns < self.due_ns or not self.sent:
            return False
        self._timeout = min(2 * self._timeout, MAX_TIMEOUT)
        self.due_ns = now_ns + to_ns(self._timeout)
        self._repeat()
        return True

    def _repeat(self) -> None:
        self.again = collections.deque(self.sent)


class Flights:
    """The flights of all connections; its methods stand in for those of pyOpenSSL's `Connection`.

    Args:
        module: `OpenSSL.SSL`.
    """

    def __init__(self, clock: Clock, module: Any) -> None:
        self._clock = clock
        self._nothing_to_read = module.WantReadError
        self._read = module.Connection.bio_read
        self._write = module.Connection.bio_write
        self._timeout = module.Connection.DTLSv1_get_timeout
        self._flights: weakref.WeakKeyDictionary[Any, Flight] = weakref.WeakKeyDictionary()

    def bio_read(self, connection: Any, bufsiz: int) -> bytes:
        """What is to be sent: what OpenSSL made, then what is to be sent again."""
        flight = self._flight_of(connection)
        try:
            data: bytes = self._read(connection, bufsiz)
        except self._nothing_to_read:
            if not flight.again:
                raise
            return flight.again.popleft()
        if data and data[0] in _HANDSHAKE:
            flight.note_sent(data, self._clock.now_ns)
        return data

    def bio_write(self, connection: Any, buf: Any) -> int:
        """Take what has come."""
        data = bytes(buf)
        if data and data[0] in _HANDSHAKE:
            self._flight_of(connection).note_received(data)
        return int(self._write(connection, buf))

    def get_timeout(self, connection: Any) -> float | None:
        """Seconds until the flight is to be sent again, or None."""
        if self._timeout(connection) is None:
            return None
        left = self._flight_of(connection).due_ns - self._clock.now_ns
        return max(0, left) / NANOSECONDS

    def handle_timeout(self, connection: Any) -> bool:
        """Send the flight again if its time has come."""
        waits = self._timeout(connection) is not None
        return waits and self._flight_of(connection).ring(self._clock.now_ns)

    def _flight_of(self, connection: Any) -> Flight:
        return self._flights.setdefault(connection, Flight())


def dtls_patches(clock: Clock) -> Iterator[tuple[Any, str, Any]]:
    """What is put in the place of methods of pyOpenSSL, if it is there."""
    try:
        module = importlib.import_module("OpenSSL.SSL")
    except ImportError:
        return
    if LIBRARY in os.environ:
        yield from faithful_patches(clock, module.Connection)
        return
    flights = Flights(clock, module)
    yield module.Connection, "bio_read", flights.bio_read
    yield module.Connection, "bio_write", flights.bio_write
    yield module.Connection, "DTLSv1_get_timeout", flights.get_timeout
    yield module.Connection, "DTLSv1_handle_timeout", flights.handle_timeout
