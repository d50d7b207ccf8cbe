"""Websockets with picows, which reads and writes frames in C.

picows leaves to its user: text that is no UTF-8, fragments and their sum, reserved bits, the answer to
a close frame, pongs, who does not read, and sockets that are not yet websockets. That is done here. Its
server makes its listening sockets itself, so its protocol class is used directly, which is the one
thing here that its documentation does not name.
"""

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast

from multidict import CIMultiDict
from picows import (
    WSAutoPingStrategy,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from signaling.codes import CloseCode
from signaling.handshake import Answer, fold, subprotocol
from signaling.messages import SUBPROTOCOL
from signaling.transports.connection import Bounds, Connection, Failure, Rounds, Shell, Stage
from signaling.transports.framing import CLOSE as CLOSE_OPCODE
from signaling.transports.framing import PING, Violation, close_code, text_frames
from signaling.transports.framing import PONG as PONG_OPCODE

_logger = logging.getLogger("signaling.picows")
_TEXT: Final = WSMsgType.TEXT
_UPGRADE_REQUIRED: Final = Answer(
    HTTPStatus.UPGRADE_REQUIRED, b"Expected a WebSocket of version 13\n"
)


class PicowsConnection(Connection, WSListener):
    """A connection that picows reads."""

    def __init__(
        self, shell: Shell, rounds: Rounds, bounds: Bounds, peer: tuple[str, int], *, counted: bool
    ) -> None:
        super().__init__(shell, rounds, bounds, peer, counted=counted)
        self._subprotocol: str | None = None
        self._websocket: WSTransport | None = None
        self._protocol = _Protocol(self, bounds)

    @property
    def protocol(self) -> asyncio.BaseProtocol:
        """What reads from the socket."""
        return cast("asyncio.BaseProtocol", self._protocol)

    # --- from picows --------------------------------------------------------------------------------

    def answer(
        self, request: WSUpgradeRequest
    ) -> "PicowsConnection | WSUpgradeResponseWithListener":
        """Answer a request."""
        headers = fold(request.headers.items())
        answer = self._ask(request.path.decode("ascii", "replace"), headers)
        if not isinstance(answer, Answer) and headers.get("sec-websocket-version") != "13":
            answer = _UPGRADE_REQUIRED
        if isinstance(answer, Answer):
            return WSUpgradeResponseWithListener(_response(answer), None)
        if "upgrade" in (name.strip() for name in headers.get("connection", "").lower().split(",")):
            # RFC 6455 §4.2.1: a list of tokens; Firefox sends `keep-alive, Upgrade`.
            request.headers["Connection"] = "Upgrade"
        self._subprotocol = subprotocol(headers.get("sec-websocket-protocol"))
        chosen = {"Sec-WebSocket-Protocol": SUBPROTOCOL} if self._subprotocol else {}
        response = WSUpgradeResponse.create_101_response({"Server": "hairpin", **chosen})
        return WSUpgradeResponseWithListener(response, self)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Begin."""
        self._websocket = transport
        transport.request.headers.clear()  # it would be kept as long as the connection
        self._is_open(self._subprotocol)

    def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame, whose payload is gone when this returns."""
        self.quiet = 0
        whole = frame.msg_type is _TEXT and frame.fin and self._fragments is None
        if not whole or frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._take(frame)
        elif self.stage is Stage.OPEN:
            try:
                text = frame.get_payload_as_utf8_text()
            except UnicodeDecodeError as error:
                self._fail(Violation(CloseCode.INVALID_DATA, f"no UTF-8 at byte {error.start}"))
                return
            self._shell.received(self, text)

    def _take(self, frame: WSFrame) -> None:
        """Take a frame that is not simply a message."""
        payload = frame.get_payload_as_bytes()
        opcode = int(cast("int", frame.msg_type))
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(Violation(CloseCode.PROTOCOL_ERROR, "reserved bits are set"))
        elif opcode == CLOSE_OPCODE:
            self._receive_close(payload)
        elif opcode == PING:
            self._answer_ping(payload)
        elif opcode != PONG_OPCODE:
            self._receive(opcode, payload, final=bool(frame.fin))
            if self._fragments is not None and not self._fragments.open:
                self._fragments = None

    def _receive_close(self, payload: bytes) -> None:
        code = close_code(payload)
        assert self._websocket is not None
        if isinstance(code, Violation):
            self._fail(code)
            return
        if self.stage is Stage.OPEN:
            self._note_close(code, "", ours=False)
            if not self._websocket.is_close_frame_sent:
                # RFC 6455 §5.5.1: "the endpoint typically echos the status code it received"
                self._websocket.send(WSMsgType.CLOSE, payload)
        self._websocket.disconnect()

    def _answer_ping(self, payload: bytes) -> None:
        assert self._websocket is not None
        if self.stage is not Stage.OPEN:
            return
        self._websocket.send_pong(payload)
        if self.buffered > 2 * self._bounds.outbox:
            # Pings without end from one who does not read the answers.
            self._note_close(CloseCode.SLOW_CONSUMER, "answers to pings are not read", ours=True)
            self.abort()

    # --- what picows would log: it is the one place that tells of a failure in its parser -----------

    def isEnabledFor(self, _level: int) -> bool:  # noqa: N802 - as a logger has it
        """Say that nothing is written."""
        return False

    def log(self, *_args: object) -> None:
        """Write nothing."""

    debug = info = warning = log

    def error(self, message: str, *args: object) -> None:
        """Hear that picows has sent a close frame because of what came."""
        why = args[0] if args else None
        if isinstance(why, tuple) and len(why) == 2:
            code, reason = why
            self._is_failed(CloseCode(code), str(reason))
        else:
            _logger.error(message, *args)
            self._is_failed(CloseCode.INTERNAL_ERROR, "")

    def exception(self, message: str, *args: object) -> None:
        """Hear of a fault of ours, or of picows."""
        _logger.exception(message, *args)  # noqa: LOG004 - picows calls this in its handlers
        self._is_failed(CloseCode.INTERNAL_ERROR, "")

    def _is_failed(self, code: CloseCode, reason: str) -> None:
        # picows would go on reading for a while, into a buffer without a bound.
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()
        if self.stage is Stage.OPEN:
            self._note_close(code, reason, ours=True)

    def pause_writing(self) -> None:
        """Nothing: what is not read is counted where it is sent."""

    def resume_writing(self) -> None:
        """Nothing either."""

    # --- to the other side ----------------------------------------------------------------------------

    def ping(self) -> None:
        """Ask whether anybody is there."""
        if self._websocket is not None:
            self._websocket.send_ping()

    def _write(self, frames: list[bytes]) -> None:
        websocket = self._websocket
        assert websocket is not None
        if len(frames) == 1:
            websocket.send(_TEXT, frames[0])
        elif not websocket.is_close_frame_sent:
            assert self.transport is not None
            self.transport.write(text_frames(frames))

    def _write_close(self, code: int, reason: str) -> None:
        assert self._websocket is not None
        self._websocket.send_close(cast("Any", code), reason.encode()[:123])

    def _write_failure(self, code: int, reason: str) -> None:
        self._write_close(code, reason)
        assert self._websocket is not None
        self._websocket.disconnect()


class _Protocol(WSProtocol):  # type: ignore[misc]
    """picows' protocol, which tells when the socket begins and ends."""

    def __init__(self, connection: PicowsConnection, bounds: Bounds) -> None:
        super().__init__(
            None,  # host and port, for clients
            None,  # path, for clients
            False,
            connection.answer,
            connection,  # as the logger
            True,
            None,  # websocket_handshake_timeout: there is one for all transports
            False,
            20.0,
            20.0,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,
            bounds.message,
            None,  # extra headers, for clients
            bounds.buffer,
        )
        self._connection = connection
        self._has_begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin, if picows can: a socket that is no TCP, or is gone already, is cut.

        Whatever picows is told of a connection that it could not begin ends the process.
        """
        if not self._connection.begin(transport):
            return
        try:
            super().connection_made(transport)
        except OSError as error:
            self._connection.failure = Failure(str(error), notable=True)
            transport.abort()
        else:
            self._has_begun = True

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        connection = self._connection
        if self._has_begun:
            response = self.transport.response
            refused = response is not None and response.status >= 400
            if refused and connection.stage is Stage.OPENING:
                why = (response.body or b"").decode("ascii", "replace")[:200]
                connection.failure = Failure(f"{int(response.status)}: {why}", notable=True)
            super().connection_lost(exc)
        connection._is_lost()  # noqa: SLF001 - the other half of one thing

    def eof_received(self) -> bool:
        """Hear that nothing more will come; the transport closes once all is sent, or at the deadline."""
        self._connection.hear_eof()
        return False


def _response(answer: Answer) -> WSUpgradeResponse:
    response = WSUpgradeResponse()
    response.version = b"HTTP/1.1"
    response.status = answer.status
    response.headers = CIMultiDict(cast("Mapping[str, str]", dict(answer.headers)))
    response.body = answer.text
    return response
