"""What happens before a websocket is open: path, health, subprotocol, and garbage on the port."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import InvalidMessage
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from signaling.messages import PATH, SUBPROTOCOL

_logger = logging.getLogger("signaling")

_BODY = b"Expected a WebSocket opening request\n"
_BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class Connection(ServerConnection):
    """A websocket that answers garbage with 400, and notes failed handshakes in the log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._hung_up = False
        self._answered_garbage = False

    def send_data(self) -> None:
        """Send what the protocol has to say; before it hangs up on garbage, a 400."""
        if self._got_garbage() and not self._answered_garbage:
            self._answered_garbage = True
            self.transport.write(_BAD_REQUEST)
        super().send_data()

    def eof_received(self) -> None:
        """Remember that it was the other side that ended the handshake."""
        self._hung_up = True
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note why no websocket came about."""
        failure = self.protocol.handshake_exc
        super().connection_lost(exc)
        if failure is not None:
            gave_up = isinstance(failure.__cause__, EOFError) and not self._answered_garbage
            level = logging.DEBUG if gave_up else logging.WARNING
            self._note(level, str(failure.__cause__ or failure)[:200])
        elif self._got_frames_too_early():
            self._note(logging.WARNING, f"frames before the handshake: {self.protocol.parser_exc}")
        elif self.request is None:
            self._note(logging.INFO, "no request in time")

    def _got_garbage(self) -> bool:
        return isinstance(self.protocol.handshake_exc, InvalidMessage) and not self._hung_up

    def _got_frames_too_early(self) -> bool:
        """Say whether frames could not be read when no close frame could be sent yet."""
        failure = self.protocol.parser_exc
        broken = failure is not None and not isinstance(failure, EOFError)
        return broken and self.protocol.close_sent is None

    def _note(self, level: int, why: str) -> None:
        _logger.log(level, "no websocket from %s: %r", peer_address(self), why)


def tracked(open_sockets: set[ServerConnection]) -> type[Connection]:
    """Make a class of connections that stand in `open_sockets` from accept to hang-up."""

    class Tracked(Connection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            open_sockets.add(self)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            open_sockets.discard(self)

    return Tracked


def peer_address(connection: ServerConnection) -> str:
    """Write the remote address as host:port for the log."""
    address = connection.remote_address
    return f"{address[0]}:{address[1]}" if address else "?"


def request_filter(
    is_open: Callable[[], bool],
) -> Callable[[ServerConnection, Request], Response | None]:
    """Make the function that answers /healthz, and refuses whatever is not the websocket's path."""

    def process_request(connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == "/healthz":
            return connection.respond(HTTPStatus.OK, "ok\n")
        if path != PATH:
            return connection.respond(HTTPStatus.NOT_FOUND, f"The websocket is at {PATH}\n")
        if not is_open():
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "The server is closing\n")
        return None

    return process_request


def select_subprotocol(
    _connection: ServerConnection, offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    """Pick our subprotocol; without it the websocket opens, to be closed with 4406."""
    return Subprotocol(SUBPROTOCOL) if SUBPROTOCOL in offered else None
