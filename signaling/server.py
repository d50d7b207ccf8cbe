"""The server: it reads, passes in, carries out, arms one timer; and knows no transport."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from signaling import logbook
from signaling.addresses import Addresses
from signaling.backplane import Backplane, KeySharing, MemoryBackplane
from signaling.codes import CloseCode
from signaling.counters import Counters
from signaling.gate import Gate, OpenGate
from signaling.handshake import Admitted, Answer, Condition, Door, Opening
from signaling.hub.hub import Hub
from signaling.ice import IceList
from signaling.matchgate import MatchGate
from signaling.matchmaking.desk import Desk
from signaling.messages import PATH, IceServer
from signaling.metrics import Metrics, Traffic
from signaling.outputs import Close, Deliver, Output
from signaling.partners import Asked, Listening, NoDesk, Partners
from signaling.queuemetrics import QueueMetrics
from signaling.roomtokens import RoomGrant, RoomTokens
from signaling.settings import OF_SOCKETS, IceSettings, Limits, Settings
from signaling.tls import Certificate, TlsFiles
from signaling.transports.accepting import Place
from signaling.transports.connection import Connection
from signaling.transports.listener import Listener, Transport, place_name

_Thing = TypeVar("_Thing")
_LOOK_EVERY = 0.2
"""Seconds between looks whether sessions without a connection are still here, while the server drains."""


@asynccontextmanager
async def serve(
    settings: Settings | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    backplane: Backplane | AbstractAsyncContextManager[Backplane] | None = None,
    gate: Gate | AbstractAsyncContextManager[Gate] | None = None,
    desk: Desk | AbstractAsyncContextManager[Desk] | None = None,
    transport: Transport = Transport.WEBSOCKETS,
    tls: TlsFiles | None = None,
    at: Sequence[Place] = (),
    listeners: Sequence[Listening] = (),
) -> AsyncIterator["Server"]:
    """Run a signaling server for as long as the context lasts.

    Args:
        backplane: What holds the rooms; entered and left with the server, where it is a context.
        gate: What knows who may come in; the same holds.
        desk: What holds the queues; the same holds. Without one nobody can wait for a match.
        tls: Where to find the certificate, if the server speaks TLS itself.
        at: Where to listen, in the place of `host` and `port`: addresses, and paths of unix sockets.
        listeners: Are told of what happens, for logs and webhooks.

    Raises:
        OSError: A port cannot be had.
        CertificateError: The certificate cannot be used.
        TransportMissingError: The transport is not installed.
    """
    async with AsyncExitStack() as stack:
        settings = settings or Settings()
        rooms = await _entered(stack, backplane or MemoryBackplane())
        if settings.resume_key is None and isinstance(rooms, KeySharing):
            settings = replace(settings, resume_key=await rooms.shared_key())
        server = Server(
            settings,
            rooms,
            await _entered(stack, gate or OpenGate()),
            await _entered(stack, desk or NoDesk()),
            transport=transport,
            tls=tls,
            listeners=listeners,
        )
        stack.push_async_callback(server.close)
        await server.open(*at or [(host, port)])
        yield server


async def _entered(
    stack: AsyncExitStack, thing: _Thing | AbstractAsyncContextManager[_Thing]
) -> _Thing:
    if isinstance(thing, AbstractAsyncContextManager):
        return await stack.enter_async_context(thing)
    return thing


class Server:
    """A hub, what it asks, and the connections that it speaks over. Made inside a running event loop."""

    def __init__(
        self,
        settings: Settings,
        backplane: Backplane,
        gate: Gate,
        desk: Desk,
        *,
        transport: Transport = Transport.WEBSOCKETS,
        tls: TlsFiles | None = None,
        listeners: Sequence[Listening] = (),
    ) -> None:
        key = settings.resume_key or secrets.token_bytes(32)
        self._settings = settings = replace(settings, resume_key=key)
        self._room_tokens = tokens = RoomTokens(key)
        self._backplane = backplane
        self._loop = asyncio.get_running_loop()
        self._time = self._loop.time
        self._ice = IceList(settings.ice, settings.region)
        ice, room_token = self._ice_servers, self._room_token
        self._hub = Hub(settings, ice=ice, queues=desk.queues, room_token=room_token)
        told = [logbook.note, *listeners]
        asked = Asked(backplane, MatchGate(gate, tokens), desk)
        self._receive_frame = self._hub.receive_frame
        self._traffic = Traffic()
        self._metrics = Metrics(
            self._hub,
            self._traffic,
            lambda: len(self._connections),
            lambda: self._partners.is_up("backplane"),
        )
        told.append(self._metrics.note)
        if desk.queues:
            registry, places = self._metrics.registry, self._hub.matching.count_places
            told.append(QueueMetrics(registry, places, lambda: self._partners.is_up("desk")).note)
        self._certificate = None if tls is None else Certificate(tls)
        self._door = Door(
            settings,
            Addresses(settings.limits),
            self.condition,
            self._metrics.expose,
            self._note_too_many,
        )
        self._listener = Listener(
            settings,
            self,
            self._door,
            transport,
            None if self._certificate is None else self._certificate.context,
        )
        self._connections: dict[str, Connection] = {}
        self._throttle = logbook.Throttle()
        self._timer: asyncio.TimerHandle | None = None
        self._is_arming = False
        self._end_by = float("inf")
        self._hurry = asyncio.Event()
        self._ending = asyncio.Lock()
        self._has_ended = False
        # Last, as partners say at once whether they can be reached.
        self._partners = Partners(self._hub, asked, self.carry_out, self._time, told)

    # --- what may be asked ----------------------------------------------------------------------------

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it listens, with real ports."""
        return self._listener.places

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """The same, without Unix sockets."""
        return tuple(place for place in self.places if not isinstance(place, Path))

    @property
    def url(self) -> str:
        """Where clients connect to; where there are only unix sockets, as a reverse proxy would write it."""
        scheme = "ws" if self._certificate is None else "wss"
        if not self.addresses:
            return f"{scheme}+unix:{self.places[0]}:{PATH}"
        return f"{scheme}://{place_name(self.addresses[0])}{PATH}"

    @property
    def counters(self) -> Counters:
        """Totals since the start."""
        return self._hub.counters

    @property
    def metrics(self) -> Metrics:
        """The same and more, for Prometheus."""
        return self._metrics

    @property
    def hub(self) -> Hub:
        """The core, for whoever administers it; what it wants done goes to `carry_out`."""
        return self._hub

    @property
    def settings(self) -> Settings:
        """What it goes by now."""
        return self._settings

    @property
    def backplane(self) -> Backplane:
        """What holds the rooms."""
        return self._backplane

    @property
    def desk(self) -> Desk:
        """What holds the queues."""
        return self._partners.desk

    @property
    def rooms(self) -> int:
        """Rooms that somebody here is in now."""
        return self._hub.rooms

    def condition(self) -> Condition:
        """Say how the server is."""
        return Condition(
            draining=self._hub.is_draining,
            full=len(self._connections) >= self._settings.limits.sessions,
            degraded=self._partners.degraded,
        )

    # --- from the beginning to the end -----------------------------------------------------------------

    async def open(self, *places: Place) -> None:
        """Listen.

        Raises:
            OSError: One of the places cannot be had; then none is listened at.
        """
        await self._listener.open(places)
        self._metrics.start()

    def change_ice(self, settings: IceSettings) -> None:
        """Tell clients of other relays from now on."""
        self._ice.settings = settings

    def change_limits(self, limits: Limits) -> None:
        """Go by other limits, but for those of sockets and addresses, which stay as they are."""
        kept = {name: getattr(self._settings.limits, name) for name in OF_SOCKETS}
        limits = replace(limits, **kept)
        self._settings = replace(self._settings, limits=limits)
        self._hub.operating.change_limits(limits)

    def reload(self) -> bool:
        """Read the certificate again; False if it cannot be used, so that the old one stays."""
        return self._certificate is None or self._certificate.reload()

    async def drain(self, seconds: float) -> None:
        """Send the clients away, spread over a while; close when none is left, or after `seconds`.

        A session whose client has gone to another node is here until that node has taken it over, and the
        server a little longer, since others may still send here what is for it.
        Called again it makes an earlier end, if that is asked for, and waits for the same end.
        """
        self._end_by = min(self._end_by, self._loop.time() + seconds)
        self._hurry.set()
        async with self._ending:  # whoever is cancelled leaves the rest to the next
            if not self._has_ended:
                await self._drain(seconds)

    async def _drain(self, seconds: float) -> None:
        if not self._hub.is_draining:
            is_shared = isinstance(self._backplane, KeySharing)
            self.carry_out(self._hub.drain(seconds, move=is_shared))
        while self._is_occupied and (left := self._end_by - self._loop.time()) > 0.0:
            self._hurry.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LOOK_EVERY)):
                    await self._hurry.wait()
        await self._end()

    @property
    def _is_occupied(self) -> bool:
        is_needed = self._loop.time() < self._hub.needed_until
        return is_needed or bool(self._connections) or self._hub.sessions > 0

    async def close(self, *, notice: float = 0.0) -> None:
        """Do the same; `close_timeout` after the end sockets are cut."""
        await self.drain(notice)

    async def _end(self) -> None:
        await self._listener.close(CloseCode.SERVICE_RESTART, "the server is closing")
        self._metrics.stop()
        if self._certificate is not None:
            self._certificate.stop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._has_ended = True

    # --- from the transport (`Shell`) --------------------------------------------------------------------

    def answer(self, opening: Opening) -> Answer | Admitted:
        """Say what becomes of a request."""
        answer = self._door.answer(opening, self._loop.time())
        if isinstance(answer, Answer):
            self._traffic.answers[answer.status] += 1
        return answer

    def opened(self, connection: Connection) -> None:
        """Begin a connection."""
        cid = connection.cid = secrets.token_hex(8)
        self._connections[cid] = connection
        self._traffic.connections += 1
        logbook.opened(connection)
        now = self._loop.time()
        self.carry_out(self._hub.receive_connection(cid, connection.address, now))

    def received(self, connection: Connection, frame: str | bytes) -> None:
        """Take a frame."""
        self._traffic.bytes_received += len(frame)
        self.carry_out(self._receive_frame(connection.cid, frame, self._time()))

    def closed(self, connection: Connection) -> None:
        """End a connection."""
        self._let_go(connection)
        logbook.closed(connection)
        self._connections.pop(connection.cid, None)
        code = connection.close_code
        self._traffic.closes[code] += 1
        self.carry_out(self._hub.receive_disconnect(connection.cid, code, self._loop.time()))
        if not self._connections:
            self._hurry.set()

    def failed(self, connection: Connection) -> None:
        """Note that no websocket came about."""
        self._let_go(connection)
        self._traffic.failures += 1
        kept_back = self._throttle.take(self._loop.time())
        if kept_back is not None:
            logbook.failed(connection, kept_back)

    def _note_too_many(self, address: str) -> None:
        self._traffic.refused += 1
        kept_back = self._throttle.take(self._loop.time())
        if kept_back is not None:
            logbook.too_many(address, kept_back)

    def _let_go(self, connection: Connection) -> None:
        if connection.counted:
            self._door.leave(connection.address)

    # --- the hub's outputs ----------------------------------------------------------------------------------

    def carry_out(self, outputs: list[Output]) -> None:
        """Do what the hub wants done, and what comes of that."""
        connections, traffic = self._connections, self._traffic
        for output in outputs:  # the list grows on the way
            if type(output) is Deliver:
                connection = connections.get(output.cid)
                if connection is None:
                    continue
                traffic.bytes_sent += len(output.frame)
                traffic.frames_sent += 1
                if not connection.send(output.frame):
                    now = self._loop.time()
                    outputs += self._hub.receive_overflow(output.cid, output.frame, now)
            elif type(output) is Close:
                self._close(output)
            else:
                outputs += self._partners.carry(output)
        if not self._is_arming:
            self._is_arming = True
            self._loop.call_soon(self._arm)

    def _close(self, close: Close) -> None:
        connection = self._connections.pop(close.cid, None)
        if connection is not None:
            connection.close(close.code, close.reason)

    # --- time -------------------------------------------------------------------------------------------------

    def _arm(self) -> None:
        """Arm the timer, once in a round of the event loop."""
        self._is_arming = False
        deadline = self._hub.next_deadline()
        if self._timer is not None:
            if self._timer.when() == deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None and not self._has_ended:
            self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.carry_out(self._hub.handle_timer(self._loop.time()))

    def _room_token(self, grant: RoomGrant) -> str:
        return self._room_tokens.write(grant, time.time())

    def _ice_servers(self, sid: str, region: str) -> tuple[IceServer, ...]:
        return self._ice.servers(sid, time.time(), region)
