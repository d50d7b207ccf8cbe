"""One client's connection without its socket: bytes in, frames out, and how long each may take.

What strangers do wrong here ends their connection, because a stream that has lost its framing is not found
again (RFC 8489 §6.2.2). Nothing waits without a bound: less than one frame of what the client sends, and as
much for the client to read as its limits say.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from relay.counters import HangUp
from relay.proxyprotocol import BadHeader, ProxyHeader
from relay.streamlimits import StreamLimits
from relay.tls import TlsSession
from stunwire import Address, Method, StreamCutter, StreamError

ANSWER_ROOM = 16 * 1024
"""So much more than relayed packets may wait of answers: they keep the allocation alive."""

_CONNECTION_BIND = Method.CONNECTION_BIND.to_bytes(2, "big")
"""RFC 8489 §5: how a request begins, since the bits of its class are 0."""
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")
_FIRST_CHANNEL_BYTE = 0x40
_ANSWER_BIT = 0x01  # RFC 8489 §5: C1 of the class is set in success and error responses alone


class Stage(Enum):
    """How far a connection has come; the value says what it is waiting for."""

    HEADER = "the end of a proxy's header"
    HANDSHAKE = "the end of the TLS handshake"
    FIRST = "the first whole message"
    OPEN = "the next message"
    DATA = "whatever there is to relay"
    EMPTYING = "its last data to be read"
    PARTING = "its last answers, after a goodbye"
    ENDED = "nothing"


_DEAF = {Stage.EMPTYING, Stage.PARTING, Stage.ENDED}
_MUTE = {Stage.HEADER, Stage.HANDSHAKE, Stage.DATA, Stage.EMPTYING, Stage.ENDED}
_TIMELESS = {Stage.DATA, Stage.PARTING, Stage.ENDED}
_TOO_LATE = {
    Stage.HEADER: HangUp.NO_HEADER,
    Stage.HANDSHAKE: HangUp.NO_HANDSHAKE,
    Stage.FIRST: HangUp.NO_MESSAGE,
    Stage.OPEN: HangUp.IDLE,
    Stage.EMPTYING: HangUp.SLOW,
}


@dataclass(frozen=True, slots=True)
class TakeFrames:
    """STUN messages and channel data have come whole; channel data without padding."""

    frames: list[bytes]


@dataclass(frozen=True, slots=True)
class GoOn:
    """Call `go_on` now: the last frame decides what follows it, data or more frames."""


@dataclass(frozen=True, slots=True)
class TakeData:
    """These bytes are for the peer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class NameClient:
    """A proxy has said whose connection it is; None when it is the proxy's own."""

    client: Address | None


@dataclass(frozen=True, slots=True)
class WriteBytes:
    """Write this as it is: TLS has something to say."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """The client has said goodbye: call `part`, write what it gives, and close."""


@dataclass(frozen=True, slots=True)
class Cut:
    """End the connection at once."""

    why: HangUp
    detail: str = ""


StreamOutput: TypeAlias = TakeFrames | GoOn | TakeData | NameClient | WriteBytes | Close | Cut


class Stream:
    """One connection of a client.

    Args:
        limits: its bounds.
        channel_bytes: first bytes of channel data.
        header: for a connection from a proxy.
        tls: for a connection over TLS.
        now: when the connection was made.
    """

    def __init__(
        self,
        limits: StreamLimits,
        channel_bytes: range,
        now: float,
        *,
        header: ProxyHeader | None = None,
        tls: TlsSession | None = None,
    ) -> None:
        self._limits = limits
        self._cutter = StreamCutter(limits.longest_frame, channel_bytes, _asks_for_data)
        self._header = header
        self._tls = tls
        self._slow_at: float | None = None
        self._is_undecided = self._has_gone_on = False
        self._stage, self._deadline = Stage.HEADER, now + limits.header
        if header is None:
            self._begin(now)

    def receive_bytes(self, data: bytes, now: float) -> list[StreamOutput]:
        """Take in what has arrived, however it was cut on its way."""
        if self._stage in _DEAF:
            return []
        if self._stage is Stage.HEADER:
            return self._receive_header(data, now)
        return self._receive_plain(data, now) if self._tls is None else self._decrypt(data, now)

    def encode(self, frame: bytes | memoryview, buffered: int) -> bytes | None:
        """Turn a frame into what is written; None when too much waits for the client already.

        RFC 8656 §12.5: over TCP and TLS, channel data is padded to a multiple of four bytes.

        Args:
            frame: a message, or channel data without padding.
            buffered: bytes that wait to be sent.
        """
        room = self._limits.write_buffer + (ANSWER_ROOM if _is_answer(frame) else 0)
        if buffered > room or self._stage in _MUTE:
            return None
        padded = bytes(frame) + _PADDING[len(frame) & 3]
        return padded if self._tls is None else self._tls.encrypt(padded)

    def go_on(self, now: float) -> list[StreamOutput]:
        """Take up what came behind a request that may have turned the stream into one of data."""
        if self._stage in _DEAF:
            return []
        self._is_undecided = False
        if self._stage is not Stage.DATA:
            return self._receive_plain(b"", now)
        rest = self._cutter.take_rest()
        return [TakeData(rest)] if rest else []

    def begin_data(self) -> bool:
        """Carry nothing but data from now on, also what came right behind the request for that (RFC 6062 §5.4).

        False when that has been taken for frames, because the request could not be answered at once.
        """
        if not self._is_undecided and (self._has_gone_on or self._cutter.waiting):
            return False
        self._stage, self._slow_at = Stage.DATA, None
        return True

    def encode_data(self, data: bytes) -> bytes:
        """Turn data of a peer into what is written."""
        assert self._stage is Stage.DATA
        return data if self._tls is None else self._tls.encrypt(data)

    def begin_emptying(self, now: float) -> bytes:
        """End the data, and give the last bytes to write; the client has a while to read what waits."""
        assert self._stage in (Stage.DATA, Stage.PARTING)
        self._stage, self._deadline = Stage.EMPTYING, now + self._limits.slow
        return b"" if self._tls is None else self._tls.say_goodbye()

    def part(self) -> bytes:
        """End the stream in peace, and give the last bytes to write."""
        is_ready = self._stage not in _MUTE
        self._stage = Stage.ENDED
        return self._tls.say_goodbye() if self._tls is not None and is_ready else b""

    def receive_paused(self, now: float) -> None:
        """Hear that the write buffer is full; where data passes, that holds the peer up and nobody else."""
        if self._stage is not Stage.DATA:
            self._slow_at = now + self._limits.slow

    def receive_resumed(self) -> None:
        """Hear that the client has read enough of it."""
        self._slow_at = None

    def handle_timer(self, now: float, *, in_use: bool) -> list[StreamOutput]:
        """Do what has become due; a connection in use has an allocation and may be silent."""
        if self._stage in _TIMELESS:
            return []
        if self._slow_at is not None and self._slow_at <= now:
            return self._cut(HangUp.SLOW)
        if self._deadline > now:
            return []
        if in_use and self._stage is Stage.OPEN:
            self._deadline = now + self._limits.idle
            return []
        return self._cut(_TOO_LATE[self._stage], f"{self.waiting} bytes of a message")

    @property
    def waiting(self) -> int:
        """Bytes that have come and are no whole frame yet."""
        return self._cutter.waiting

    def next_deadline(self) -> float | None:
        """When to call `handle_timer`."""
        if self._stage in _TIMELESS:
            return None
        return self._deadline if self._slow_at is None else min(self._deadline, self._slow_at)

    def _begin(self, now: float) -> None:
        """Begin what the client itself has to say."""
        if self._tls is None:
            self._stage, self._deadline = Stage.FIRST, now + self._limits.first_message
        else:
            self._stage, self._deadline = Stage.HANDSHAKE, now + self._limits.handshake

    def _receive_header(self, data: bytes, now: float) -> list[StreamOutput]:
        assert self._header is not None
        read = self._header.feed(data)
        if read is None:
            return []
        if isinstance(read, BadHeader):
            return self._cut(HangUp.BAD_HEADER, read.detail)
        self._begin(now)
        more = self.receive_bytes(read.rest, now) if read.rest else []
        return [NameClient(read.client), *more]

    def _decrypt(self, data: bytes, now: float) -> list[StreamOutput]:
        assert self._tls is not None
        decrypted = self._tls.decrypt(data)
        outputs: list[StreamOutput] = [WriteBytes(decrypted.reply)] if decrypted.reply else []
        if self._stage is Stage.HANDSHAKE and self._tls.is_ready:
            self._stage = Stage.FIRST
            self._deadline = now + self._limits.first_message
        if decrypted.plain:
            outputs += self._receive_plain(decrypted.plain, now)
        if self._has_ended():
            return outputs
        if decrypted.problem is not None:
            return outputs + self._cut(HangUp.NOT_TLS, decrypted.problem)
        if decrypted.ended:
            self._stage = Stage.PARTING
            outputs.append(Close())
        return outputs

    def _receive_plain(self, data: bytes, now: float) -> list[StreamOutput]:
        if self._stage is Stage.DATA:
            return [TakeData(data)]
        try:
            frames = self._cutter.feed(data)
        except StreamError as error:
            cut = self._cut(HangUp.GARBAGE, str(error))
            return [TakeFrames(list(error.frames)), *cut] if error.frames else cut
        if not frames:
            return []
        self._stage = Stage.OPEN
        self._deadline = now + self._limits.idle
        self._is_undecided = _asks_for_data(frames[-1])
        self._has_gone_on = not self._is_undecided
        last: list[StreamOutput] = [GoOn()] if self._is_undecided else []
        return [TakeFrames(frames), *last]

    def _has_ended(self) -> bool:
        return self._stage is Stage.ENDED

    def _cut(self, why: HangUp, detail: str = "") -> list[StreamOutput]:
        self._stage = Stage.ENDED
        return [Cut(why, detail)]


def _asks_for_data(frame: bytes) -> bool:
    return frame[:2] == _CONNECTION_BIND


def _is_answer(frame: bytes | memoryview) -> bool:
    return frame[0] < _FIRST_CHANNEL_BYTE and bool(frame[0] & _ANSWER_BIT)
