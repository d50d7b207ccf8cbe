"""Websockets with the websockets library: its protocol without I/O, and sockets of asyncio's.

Compression is off: it costs 33 KiB a connection, and signaling is small.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, cast

from websockets.datastructures import Headers
from websockets.exceptions import InvalidMessage
from websockets.frames import CloseCode as LibraryCloseCode
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from signaling.codes import CloseCode
from signaling.handshake import Answer, fold, subprotocol
from signaling.transports.connection import Bounds, Connection, Failure, Rounds, Shell, Stage
from signaling.transports.framing import Violation, close_code, read_text, text_frame, text_frames

_logger = logging.getLogger("signaling.websockets")
_logger.setLevel(logging.WARNING)  # it has a line for every frame

_NO_REQUEST: Final = Answer(
    HTTPStatus.BAD_REQUEST, b"Expected a WebSocket opening request\n"
).encode()


class WebsocketsConnection(Connection, asyncio.Protocol):
    """A connection that the websockets library reads."""

    def __init__(
        self, shell: Shell, rounds: Rounds, bounds: Bounds, peer: tuple[str, int], *, counted: bool
    ) -> None:
        super().__init__(shell, rounds, bounds, peer, counted=counted)
        self._protocol = ServerProtocol(
            select_subprotocol=_select_subprotocol, max_size=bounds.message, logger=_logger
        )

    @property
    def protocol(self) -> asyncio.BaseProtocol:
        """The protocol that reads from the socket."""
        return self

    # --- from asyncio -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.begin(cast("asyncio.Transport", transport))

    def connection_lost(self, _exc: Exception | None) -> None:
        """End."""
        self._is_lost()

    def eof_received(self) -> None:
        """Hear that nothing more will come; the transport closes once all is sent, or at the deadline."""
        self._rounds.expect_end(self)
        self._protocol.receive_eof()
        self._write_protocol()

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        self.quiet = 0
        protocol = self._protocol
        protocol.receive_data(data)
        events: Sequence[object] = protocol.events_received()
        if self.stage is Stage.OPENING:
            events = self._open(events)
        elif protocol.parser_exc is not None:
            self._note_failure()
        self._write_protocol()
        for event in events:
            self._process(cast("Frame", event))

    def _open(self, events: Sequence[object]) -> Sequence[object]:
        """Answer the request, and give the frames that came right behind it."""
        protocol = self._protocol
        if protocol.handshake_exc is not None:
            self._refuse_garbage(protocol.handshake_exc)
            return ()
        if not events:
            return ()
        if protocol.parser_exc is not None:
            self.failure = Failure(
                f"frames before the handshake: {protocol.parser_exc}", notable=True
            )
            self.abort()
            return ()
        request, *frames = events
        assert isinstance(request, Request)
        headers = fold(request.headers.raw_items())
        answer = self._ask(request.path, headers, request.method)
        if isinstance(answer, Answer):
            protocol.send_response(_response(answer))
            return ()
        response = protocol.accept(request)
        response.headers["Server"] = "hairpin"
        protocol.send_response(response)
        if protocol.state is not State.OPEN:
            why = str(protocol.handshake_exc)
            self._is_answered(Failure(why[:200], notable=True))
            return ()
        self._write_protocol()
        self._is_open(protocol.subprotocol)
        return frames

    def _refuse_garbage(self, failure: Exception) -> None:
        """Answer garbage with 400, where the library only hangs up."""
        if isinstance(failure, InvalidMessage) and self.transport is not None:
            self.transport.write(_NO_REQUEST)
        why = str(failure.__cause__ or failure)[:200]
        self._is_answered(Failure(why, notable=True))

    def _process(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode is Opcode.TEXT and frame.fin:
            if self.stage is Stage.OPEN:
                text = read_text(cast("bytes", frame.data))
                if isinstance(text, str):
                    self._shell.received(self, text)
                else:
                    self._fail(text)
        elif opcode is Opcode.CLOSE:
            code = close_code(bytes(frame.data))
            if self.stage is Stage.OPEN and not isinstance(code, Violation):
                self._note_close(code, "", ours=False)
        elif opcode not in (Opcode.PING, Opcode.PONG):
            self._receive(opcode, bytes(frame.data), final=frame.fin)

    def _note_failure(self) -> None:
        """Note that the library has failed the connection."""
        sent = self._protocol.close_sent
        if self.stage is Stage.OPEN and sent is not None:
            self._note_close(sent.code, sent.reason, ours=True)

    # --- to the other side --------------------------------------------------------------------------

    def ping(self) -> None:
        """Ask whether anybody is there."""
        self._protocol.send_ping(b"")
        self._write_protocol()

    def _write(self, frames: list[bytes]) -> None:
        assert self.transport is not None
        if (
            self._protocol.state is not State.OPEN
        ):  # a close frame came behind what is answered here
            return
        self.transport.write(text_frame(frames[0]) if len(frames) == 1 else text_frames(frames))

    def _write_close(self, code: int, reason: str) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
        self._write_protocol()

    def _write_failure(self, code: int, reason: str) -> None:
        self._protocol.fail(LibraryCloseCode(code), reason)
        self._write_protocol()

    def _write_protocol(self) -> None:
        """Write what the library has to say: answers to pings, close frames, responses, the end."""
        transport = self.transport
        assert transport is not None
        for data in self._protocol.data_to_send():
            if transport.is_closing():
                return
            if data:
                transport.write(data)
            elif transport.can_write_eof():
                with contextlib.suppress(OSError, RuntimeError):  # uvloop, of a socket that is gone
                    transport.write_eof()
            else:
                transport.close()
        if self.stage is Stage.OPEN and self.buffered > 2 * self._bounds.outbox:
            # Pings without end from one who does not read the answers.
            self._note_close(CloseCode.SLOW_CONSUMER, "answers to pings are not read", ours=True)
            self.abort()


def _select_subprotocol(
    _protocol: ServerProtocol, offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    chosen = subprotocol(", ".join(offered))
    return None if chosen is None else Subprotocol(chosen)


def _response(answer: Answer) -> Response:
    headers = Headers(
        {
            **dict(answer.headers),
            "Content-Length": str(answer.content_length),
            "Connection": "close",
        }
    )
    return Response(answer.status.value, answer.status.phrase, headers, answer.text)
