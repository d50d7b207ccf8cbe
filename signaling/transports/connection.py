"""What a transport is to the server, and the server to a transport.

A transport reads and writes websockets. It asks its `Shell` what to answer, tells it what came, and
sends without waiting: what is to be sent in one round of the event loop leaves in one call.
"""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from signaling.codes import CloseCode
from signaling.handshake import Admitted, Answer, Opening
from signaling.transports.framing import Fragments, Violation

_MOST_AT_ONCE: Final = 32


class Stage(Enum):
    """How far a connection has come."""

    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a transport must keep to; sizes in bytes.

    Attributes:
        message: Of a message that is read at all.
        outbox: That wait for a reader at most.
        buffer: That a connection sets aside for reading; it grows up to a message.
    """

    message: int
    outbox: int
    buffer: int = 4096


class Shell(Protocol):
    """What a transport calls; nothing here waits, and nothing raises."""

    def answer(self, opening: Opening) -> Answer | Admitted:
        """Say what becomes of a request."""

    def opened(self, connection: "Connection") -> None:
        """Hear that a websocket is open."""

    def received(self, connection: "Connection", frame: str | bytes) -> None:
        """Hear a message: `str` for text."""

    def closed(self, connection: "Connection") -> None:
        """Hear that a websocket, which was open, is no more; `close_code` says how."""

    def failed(self, connection: "Connection") -> None:
        """Hear that no websocket came about; `failure` says why."""


class Rounds(Protocol):
    """What flushes connections, and ends them when their time is up."""

    def mark(self, connection: "Connection") -> None:
        """Have `flush` called at the end of this round."""

    def expect_end(self, connection: "Connection") -> None:
        """Cut the connection unless it has ended by the deadline for closing."""

    def expect_open(self, connection: "Connection") -> None:
        """Cut the connection unless it is open, or has been answered, by the deadline for opening."""

    def is_open(self, connection: "Connection") -> None:
        """Hear that the websocket is open: from now on it is pinged."""

    def is_gone(self, connection: "Connection") -> None:
        """Hear that there is nothing left to end."""


@dataclass(slots=True)
class Failure:
    """Why no websocket came about, and whether an operator should know; `harmless` where none was asked for."""

    why: str
    notable: bool
    harmless: bool = False


class Connection(ABC):
    """One socket, from accept to hang-up.

    Attributes:
        cid: Its name for the hub; empty until it is open.
        peer: Where the socket comes from, for logs.
        address: The client's address; empty for a Unix socket.
        counted: Whether it is counted for that address.
        origin: As the browser said it, if it is one.
        close_code: How it was closed: the code that came, or ours if we closed first; 1006 if nobody did.
        closed_by_us: Whether ours was the first close frame.
        failure: Why no websocket came about.
        quiet: Ticks of the heartbeat since anything came.
    """

    transport: asyncio.Transport | None = None

    def __init__(
        self, shell: Shell, rounds: Rounds, bounds: Bounds, peer: tuple[str, int], *, counted: bool
    ) -> None:
        self.cid = ""
        self.peer = f"{peer[0]}:{peer[1]}" if peer[0] else "a unix socket"
        self.address = peer[0]
        self.counted = counted
        self.origin: str | None = None
        self.stage = Stage.OPENING
        self.close_code: int = CloseCode.ABNORMAL
        self.closed_by_us = False
        self.close_reason = ""
        self.failure = Failure("the other side hung up", notable=False)
        self.quiet = 0
        self._shell = shell
        self._rounds = rounds
        self._bounds = bounds
        self._outbox = bounds.outbox
        self._socket_address = peer[0]
        self._outgoing: list[bytes] = []
        self._fragments: Fragments | None = None
        self._is_cut = False

    @property
    @abstractmethod
    def protocol(self) -> asyncio.BaseProtocol:
        """What reads from the socket."""

    # --- what the server does with it -----------------------------------------------------------

    def send(self, frame: bytes) -> bool:
        """Send a text message at the end of this round of the event loop.

        Returns:
            Whether it will be sent: not if what the other side does not read is above the bound.
        """
        if self.stage is not Stage.OPEN:
            return True  # that it is over is known already, or about to be told
        outgoing = self._outgoing
        if not outgoing:
            transport = self.transport
            if transport is None or transport.get_write_buffer_size() > self._outbox:
                return False
            self._rounds.mark(self)
        outgoing.append(frame)
        if len(outgoing) >= _MOST_AT_ONCE:
            self.flush()
        return True

    def flush(self) -> None:
        """Send what waits, with one call."""
        if self._outgoing and self.stage is Stage.OPEN:
            frames, self._outgoing = self._outgoing, []
            self._write(frames)

    @property
    def buffered(self) -> int:
        """Bytes that the other side has not taken yet."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the socket is cut when the deadline for closing has passed."""
        if self.stage is Stage.OPENING:
            self.abort()
        elif self.stage is Stage.OPEN:
            self.flush()
        if self.stage is Stage.OPEN:  # what waited may have been one too much
            self._note_close(code, reason, ours=True)
            self._write_close(code, reason)

    def abort(self) -> None:
        """Cut the socket, or have it cut as soon as it is there."""
        self._is_cut = True
        if self.transport is not None:
            self.transport.abort()

    def expire(self) -> None:
        """Cut the socket, since its time for opening or closing is up."""
        if self.stage is Stage.OPENING:
            self.failure = Failure("no request in time", notable=False)
        self.abort()

    def begin(self, transport: asyncio.Transport) -> bool:
        """Hear from below what carries it; False if that was to be cut before it was there."""
        self.transport = transport
        if self._is_cut:
            transport.abort()
        return not self._is_cut

    def give_up(self, why: str) -> None:
        """Hear from below that there is no transport for it."""
        self.failure = Failure(why, notable=False)
        self._is_lost()

    def hear_eof(self) -> None:
        """Hear from below that nothing more will come."""
        self._rounds.expect_end(self)

    @abstractmethod
    def ping(self) -> None:
        """Ask whether anybody is there."""

    @abstractmethod
    def _write(self, frames: list[bytes]) -> None:
        """Write text frames."""

    @abstractmethod
    def _write_close(self, code: int, reason: str) -> None:
        """Write a close frame, and go on reading until the answer is there."""

    @abstractmethod
    def _write_failure(self, code: int, reason: str) -> None:
        """Write a close frame, and hang up without waiting for an answer (RFC 6455 §7.1.7)."""

    # --- what the two implementations have in common ---------------------------------------------

    def _ask(self, path: str, headers: dict[str, str], method: str = "GET") -> Answer | Admitted:
        """Have a request answered."""
        opening = Opening(path, headers, self._socket_address, self.counted, method)
        answer = self._shell.answer(opening)
        if isinstance(answer, Admitted):
            self.address, self.counted = answer.address, answer.counted
            self.origin = headers.get("origin")
        else:
            harmless = answer.status.value < 400
            why = f"answered {answer.status.value}"
            self._is_answered(Failure(why, notable=False, harmless=harmless))
        return answer

    def _is_answered(self, failure: Failure) -> None:
        """Note that there will be no websocket."""
        self.stage = Stage.CLOSING
        self.failure = failure
        self._rounds.expect_end(self)

    def _is_open(self, subprotocol: str | None) -> None:
        self.stage = Stage.OPEN
        self._rounds.is_open(self)
        if subprotocol is None:
            self.close(CloseCode.VERSION, "expected subprotocol hairpin.v1")
            self.failure = Failure("no subprotocol in common", notable=True)
        else:
            self._shell.opened(self)

    def _receive(self, opcode: int, payload: bytes, *, final: bool) -> None:
        """Take a data frame that is no whole text message, or follows on others."""
        if self.stage is not Stage.OPEN:
            return
        if self._fragments is None:
            self._fragments = Fragments(self._bounds.message)
        message = self._fragments.add(opcode, payload, final=final)
        if isinstance(message, Violation):
            self._fail(message)
        elif message is not None:
            self._shell.received(self, message)

    def _fail(self, violation: Violation) -> None:
        """Fail the connection: what came is no websocket traffic."""
        if self.stage is Stage.OPEN:
            self._note_close(violation.code, violation.reason, ours=True)
            self._write_failure(violation.code, violation.reason)

    def _note_close(self, code: int, reason: str, *, ours: bool) -> None:
        self.stage = Stage.CLOSING
        self.close_code, self.close_reason, self.closed_by_us = code, reason, ours
        self._outgoing = []
        self._rounds.expect_end(self)

    def _is_lost(self) -> None:
        """Hear from below that the socket is gone."""
        if self.stage is Stage.CLOSED:
            return
        self.stage = Stage.CLOSED
        self._outgoing = []
        self._rounds.is_gone(self)
        if self.cid:
            self._shell.closed(self)
        else:
            self._shell.failed(self)
