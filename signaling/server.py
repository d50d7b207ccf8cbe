"""The server: websockets in front of the hub. It reads, passes in, carries out, arms one timer."""

import asyncio
import logging
import re
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

from websockets.asyncio.server import Server as WebsocketServer
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State
from websockets.typing import Origin

from signaling.backplane import Backplane, MemoryBackplane
from signaling.codes import CloseCode, ErrorCode, close_label
from signaling.counters import Counters
from signaling.gate import Admit, Authenticate, Gate, OpenGate
from signaling.handshake import peer_address, request_filter, select_subprotocol, tracked
from signaling.hub import Hub
from signaling.ice import ice_servers
from signaling.journal import Happening, Noted
from signaling.messages import PATH, IceServer
from signaling.outputs import Close, Deliver, Output
from signaling.settings import Settings

_logger = logging.getLogger("signaling")

_REFUSED_BY_WEBSOCKETS = frozenset(
    {CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG}
)


@asynccontextmanager
async def serve(
    settings: Settings | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    backplane: Backplane | None = None,
    gate: Gate | None = None,
) -> AsyncIterator["Server"]:
    """Run a signaling server for as long as the context lasts.

    Raises:
        OSError: The port cannot be had.
    """
    server = Server(settings or Settings(), backplane or MemoryBackplane(), gate or OpenGate())
    await server.open(host, port)
    try:
        yield server
    finally:
        await server.close()


class Server:
    """Websockets, a hub, and the backplane behind it. Made inside a running event loop."""

    def __init__(self, settings: Settings, backplane: Backplane, gate: Gate) -> None:
        if settings.resume_key is None:
            settings = replace(settings, resume_key=secrets.token_bytes(32))
        self._settings = settings
        self._backplane = backplane
        self._gate = gate
        self._hub = Hub(settings, ice=self._ice_servers)
        self._loop = asyncio.get_running_loop()
        self._websockets: WebsocketServer | None = None
        self._addresses: tuple[tuple[str, int], ...] = ()
        self._sockets: set[ServerConnection] = set()
        self._connections: dict[str, ServerConnection] = {}
        self._closings: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """The addresses it listens on, with their real ports."""
        return self._addresses

    @property
    def url(self) -> str:
        """Where clients connect to."""
        host, port = self._addresses[0]
        return f"ws://[{host}]:{port}{PATH}" if ":" in host else f"ws://{host}:{port}{PATH}"

    @property
    def counters(self) -> Counters:
        """Totals since the start."""
        return self._hub.counters

    @property
    def rooms(self) -> int:
        """Rooms that somebody here is in now."""
        return self._hub.rooms

    async def open(self, host: str, port: int) -> None:
        """Listen."""
        settings = self._settings
        now, hub = self._loop.time, self._hub
        self._backplane.listen(lambda each: self._carry_out(hub.receive_report(each, now())))
        self._gate.listen(lambda each: self._carry_out(hub.receive_gate_report(each, now())))
        self._websockets = await serve_websockets(
            self._handle,
            host,
            port,
            origins=_origins(settings.origins),
            select_subprotocol=select_subprotocol,
            compression=None,
            process_request=request_filter(lambda: not self._hub.is_draining),
            server_header="hairpin",
            open_timeout=settings.open_timeout,
            ping_interval=settings.ping_interval,
            ping_timeout=settings.ping_timeout,
            close_timeout=settings.close_timeout,
            max_size=2 * settings.limits.message,
            max_queue=8,
            write_limit=settings.limits.message,
            create_connection=tracked(self._sockets),
            logger=logging.getLogger("signaling.websockets"),
        )
        names = (socket.getsockname() for socket in self._websockets.sockets)
        self._addresses = tuple((name[0], name[1]) for name in names)

    async def close(self, *, notice: float = 0.0) -> None:
        """Announce the end, wait `notice` seconds, close; `close_timeout` later sockets are cut."""
        if self._websockets is None or self._hub.is_draining:
            return
        self._carry_out(self._hub.drain(notice))
        if notice > 0.0:
            await asyncio.sleep(notice)
        self._websockets.close(close_connections=False)
        for connection in self._sockets:
            if connection.state is State.CONNECTING:
                connection.transport.abort()
            else:
                self._begin_close(connection, CloseCode.SERVICE_RESTART, "the server is closing")
        if self._closings:
            await asyncio.wait(self._closings)
        await self._websockets.wait_closed()
        if self._timer is not None:
            self._timer.cancel()

    # --- one connection -----------------------------------------------------------------------

    async def _handle(self, connection: ServerConnection) -> None:
        if connection.subprotocol is None:
            _logger.warning("no subprotocol in common with %s", peer_address(connection))
            await self._close(connection, CloseCode.VERSION, "expected subprotocol hairpin.v1")
            return
        cid = secrets.token_hex(8)
        address = peer_address(connection)
        self._connections[cid] = connection
        _logger.info("session %s opened from %s", cid, address)
        self._carry_out(self._hub.receive_connection(cid, address, self._loop.time()))
        code: int = CloseCode.ABNORMAL
        try:
            while True:
                frame = await connection.recv()
                self._carry_out(self._hub.receive_frame(cid, frame, self._loop.time()))
        except ConnectionClosed as closed:
            _log_end(cid, closed)
            code = closed.rcvd.code if closed.rcvd is not None else CloseCode.ABNORMAL
        finally:
            self._connections.pop(cid, None)
            self._carry_out(self._hub.receive_disconnect(cid, code, self._loop.time()))

    def _begin_close(self, connection: ServerConnection, code: CloseCode, reason: str) -> None:
        closing = self._loop.create_task(self._close(connection, code, reason))
        self._closings.add(closing)
        closing.add_done_callback(self._closings.discard)

    async def _close(self, connection: ServerConnection, code: CloseCode, reason: str) -> None:
        """Close within the deadline: one who does not read never gets our close frame either."""
        try:
            async with asyncio.timeout(self._settings.close_timeout):
                await connection.close(code, reason)
        except TimeoutError:
            connection.transport.abort()

    # --- the hub's outputs --------------------------------------------------------------------

    def _carry_out(self, outputs: Iterable[Output]) -> None:
        hub, now = self._hub, self._loop.time()
        work = deque(outputs)
        while work:
            match work.popleft():
                case Deliver() as delivery:
                    work.extend(self._deliver(delivery))
                case Close() as close:
                    self._hang_up(close)
                case Noted() as noted:
                    _log(noted)
                case (Authenticate() | Admit()) as asked:
                    for answer in self._gate.carry(asked):
                        work.extend(hub.receive_gate_report(answer, now))
                case order:
                    for report in self._backplane.carry(order):
                        work.extend(hub.receive_report(report, now))
        self._arm()

    def _deliver(self, delivery: Deliver) -> list[Output]:
        """Hand a frame to the socket without waiting, or hear that its outbox is full."""
        connection = self._connections.get(delivery.cid)
        if connection is None:
            return []
        if connection.transport.get_write_buffer_size() > self._settings.limits.outbox:
            return self._hub.receive_overflow(delivery.cid, delivery.frame, self._loop.time())
        broadcast((connection,), delivery.frame, text=True)
        return []

    def _hang_up(self, close: Close) -> None:
        connection = self._connections.pop(close.cid, None)
        if connection is not None:
            _logger.info("session %s is closed: %s", close.cid, close.reason)
            self._begin_close(connection, close.code, close.reason)

    def _arm(self) -> None:
        deadline = self._hub.next_deadline()
        if self._timer is not None:
            if self._timer.when() == deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._carry_out(self._hub.handle_timer(self._loop.time()))

    def _ice_servers(self, sid: str, region: str) -> tuple[IceServer, ...]:
        return ice_servers(self._settings.ice, sid, time.time(), region)


def _origins(
    allowed: tuple[str | re.Pattern[str], ...] | None,
) -> list[Origin | re.Pattern[str] | None] | None:
    if allowed is None:
        return None
    return [None, *(Origin(each) if isinstance(each, str) else each for each in allowed)]


def _log(noted: Noted) -> None:
    if noted.happening is Happening.REFUSED:
        code, name, text = (noted.fields[key] for key in ("code", "name", "msg"))
        level = logging.INFO if code == ErrorCode.RATE_LIMITED else logging.WARNING
        _logger.log(level, "session %s refused: %d %s: %r", noted.sid, code, name, text)


def _log_end(sid: str, closed: ConnectionClosed) -> None:
    """Note how a connection ended: a warning if the websocket layer refused what came."""
    ours = closed.sent is not None and not closed.rcvd_then_sent
    code = closed.sent.code if closed.sent and ours else CloseCode.ABNORMAL
    if closed.rcvd is not None and not ours:
        code = closed.rcvd.code
    level = logging.WARNING if ours and code in _REFUSED_BY_WEBSOCKETS else logging.INFO
    _logger.log(level, "session %s ended with %d %s", sid, code, close_label(code))
