"""DTLS with one client without its socket: records in, frames out, and when a flight is sent again."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from OpenSSL import SSL

from relay.dtlshello import RECORD_HEADER_SIZE
from relay.dtlslimits import DtlsLimits

LARGEST_DATAGRAM = 1200
"""Of a handshake: what gets through everywhere in one piece, IPv6 and tunnels included."""
FIRST_RESEND = 1.0
"""RFC 6347 §4.2.4.1: after so many seconds a flight is sent again, then after twice as many, and so on."""
RECORDS_OF_HANDSHAKE = 64
"""So many a client may send before its handshake is done: each one may make OpenSSL keep a page of memory."""
BYTES_OF_HANDSHAKE = 32 * 1024

_LARGEST_FRAME = 16 * 1024  # RFC 6347 §4.1: of one record
_READ_SIZE = 64 * 1024
_EPOCH, _NUMBER = slice(3, 5), slice(5, 11)  # RFC 6347 §4.1: in the header of a record
_PLAIN = b"\0\0"


class Stage(Enum):
    """How far a session has come."""

    HANDSHAKE = "the handshake is under way"
    OPEN = "frames come and go"
    ENDED = "it is over"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a datagram.

    Args:
        frames: what the client said, one for each record.
        replies: datagrams of DTLS itself: the handshake, an alert, a goodbye.
        ended: whether the session is over.
        problem: why, if the client has not said goodbye.
    """

    frames: list[bytes] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    ended: bool = False
    problem: str | None = None


NOTHING = Heard()


class DtlsSession:
    """The server's side of DTLS with a client whose cookie is proven.

    OpenSSL has a timer of its own for what must be sent again, which reads the real clock. It is not used:
    the last flight is kept, and goes out again when its time has come here. Nothing protects it, so its
    records get their numbers here, too: those of the first flight follow on that of the ClientHello
    (RFC 6347 §4.2.1), and none is used twice (RFC 6347 §4.2.4).

    Args:
        context: what a new session starts with.
        limits: how long it may wait.
        now: the time.
    """

    def __init__(self, context: SSL.Context, limits: DtlsLimits, now: float) -> None:
        self.stage = Stage.HANDSHAKE
        self._limits = limits
        self._deadline = now + limits.handshake
        self._records_left, self._bytes_left = RECORDS_OF_HANDSHAKE, BYTES_OF_HANDSHAKE
        self._flight: list[bytes] = []
        self._next_number = 0
        self._resend_at = float("inf")
        self._resend_after = FIRST_RESEND
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._tls.set_ciphertext_mtu(LARGEST_DATAGRAM)

    def begin(self, datagram: bytes, now: float) -> Heard | None:
        """Take in the ClientHello whose cookie is proven; None when OpenSSL does not take it for one."""
        first = next(cut_records(datagram))
        self._next_number = int.from_bytes(first[_NUMBER], "big")
        self._tls.bio_write(first)
        try:
            self._tls.DTLSv1_listen()
        except SSL.Error:
            return None
        return self.receive_datagram(datagram[len(first) :], now)

    def receive_datagram(self, datagram: bytes, now: float) -> Heard:
        """Take in what the client sent; what does not decrypt has no effect at all."""
        if self.stage is Stage.ENDED or not self._may_hear(datagram):
            return NOTHING
        if datagram:
            self._tls.bio_write(datagram)
        before, frames = self.stage, list[bytes]()
        # a record has no more than one frame; only at the end of a handshake some may have waited
        most = sum(1 for _ in cut_records(datagram)) if before is Stage.OPEN else float("inf")
        ended, problem = self._read(frames, most)
        said = [] if len(frames) == most else self._take_out()
        if self.stage is Stage.HANDSHAKE:
            self._keep(said, now)
        elif frames or before is Stage.HANDSHAKE:
            self._deadline = now + self._limits.idle
            self._flight, self._resend_at = [], float("inf")
        if ended:
            self.stage = Stage.ENDED
        return Heard(frames, self._pack(said), ended, problem)

    def encrypt(self, frame: bytes | memoryview) -> bytes | None:
        """Turn a frame into a datagram of one record; None when there is no way to send it."""
        if self.stage is not Stage.OPEN:
            return None
        try:
            self._tls.send(frame)
        except SSL.Error:  # longer than a record can be
            return None
        return self._tls.bio_read(_READ_SIZE)

    def end(self) -> list[bytes]:
        """End the session, and give the last datagram, which says so."""
        if self.stage is Stage.OPEN:
            self._say_goodbye()
        self.stage = Stage.ENDED
        return self._pack(self._take_out())

    def handle_timer(self, now: float, *, in_use: bool) -> list[bytes]:
        """Do what has become due: give datagrams to send again.

        Args:
            now: the time.
            in_use: whether the client has an allocation, and may be silent.
        """
        if in_use and self.stage is Stage.OPEN:
            self._deadline = max(self._deadline, now + self._limits.idle)
        if self._resend_at > now:
            return []
        self._resend_after *= 2
        self._resend_at = now + self._resend_after
        return self._pack(self._flight)

    def is_late(self, now: float) -> bool:
        """Say whether the handshake or the next record has not come in time."""
        return self._deadline <= now

    def next_deadline(self) -> float:
        """When to call `handle_timer`."""
        return min(self._deadline, self._resend_at)

    def _may_hear(self, datagram: bytes) -> bool:
        """Count what comes before the handshake is done, since OpenSSL keeps some of it."""
        if self.stage is Stage.HANDSHAKE:
            self._records_left -= sum(1 for _ in cut_records(datagram))
            self._bytes_left -= len(datagram)
        return self._records_left >= 0 and self._bytes_left >= 0

    def _read(self, frames: list[bytes], most: float) -> tuple[bool, str | None]:
        """Let OpenSSL read what has come; say whether the session is over, and what is wrong."""
        try:
            if self.stage is Stage.HANDSHAKE:
                self._tls.do_handshake()
                self.stage = Stage.OPEN
            while len(frames) < most:
                frames.append(self._tls.recv(_LARGEST_FRAME))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self._say_goodbye()
            return True, None
        except SSL.Error as error:
            return True, _reason(error)
        return False, None

    def _keep(self, flight: list[bytes], now: float) -> None:
        """Keep records that may have to be sent again."""
        if flight:
            self._flight = flight
            self._resend_after = FIRST_RESEND
            self._resend_at = now + FIRST_RESEND

    def _say_goodbye(self) -> None:
        with contextlib.suppress(SSL.Error):
            self._tls.shutdown()

    def _take_out(self) -> list[bytes]:
        """Take the records that OpenSSL wrote, one behind the other."""
        written = b""
        with contextlib.suppress(SSL.WantReadError):
            while True:
                written += self._tls.bio_read(_READ_SIZE)
        return list(cut_records(written))

    def _pack(self, records: list[bytes]) -> list[bytes]:
        """Put records into as few datagrams as may be, in order."""
        datagrams: list[bytes] = []
        for record in map(self._number, records):
            if datagrams and len(datagrams[-1]) + len(record) <= LARGEST_DATAGRAM:
                datagrams[-1] += record
            else:
                datagrams.append(record)
        return datagrams

    def _number(self, record: bytes) -> bytes:
        """Give a record that nothing protects the next number; the others have theirs from OpenSSL."""
        if record[_EPOCH] != _PLAIN:
            return record
        number = self._next_number.to_bytes(6, "big")
        self._next_number += 1
        return record[: _NUMBER.start] + number + record[_NUMBER.stop :]


def cut_records(data: bytes) -> Iterator[bytes]:
    """Cut records by their lengths; the last may be less than one (RFC 6347 §4.1)."""
    at = 0
    while at < len(data):
        size = RECORD_HEADER_SIZE + int.from_bytes(data[at + 11 : at + 13], "big")
        yield data[at : at + size]
        at += size


def _reason(error: SSL.Error) -> str:
    """Say what OpenSSL found wrong."""
    found = error.args[-1] if error.args else ""
    return str(found[-1][-1] if isinstance(found, list) and found else found)
