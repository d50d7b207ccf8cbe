"""The relay on real sockets: reads, passes in, carries out, re-arms one timer."""

import asyncio
import contextlib
import secrets
import socket
import time
from collections import deque
from collections.abc import Iterable
from functools import partial
from types import TracebackType
from typing import Self, assert_never

from relay.alternates import open_alternates
from relay.core import Relay
from relay.counters import Counters
from relay.discovery import Quartet
from relay.drains import Listener, PacketBuffer, RelaySocket
from relay.fivetuple import Transport
from relay.journal import Journal
from relay.outputs import (
    AllocationEnded,
    AllocationOpened,
    CloseRelaySocket,
    OpenRelaySocket,
    Output,
    PacketDropped,
    RequestRefused,
    SendToClient,
    SendToPeer,
)
from relay.settings import Settings
from relay.sockets import LISTENER_BUFFER, RELAY_BUFFER, bound_address, open_udp_socket
from stunwire import Address


def serve(settings: Settings) -> "Server":
    """Make a relay that serves while its context lasts.

    ::

        async with relay.serve(settings) as server:
            print(server.addresses)

    Raises:
        OSError: on entry, when an address cannot be bound; the text names it.
    """
    return Server(settings)


class Server:
    """A relay with its sockets; everything happens in the event loop that entered the context."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._journal = Journal()
        self._buffer = PacketBuffer()
        self._listeners: dict[tuple[Address, Transport], Listener] = {}
        self._relays: dict[int, RelaySocket] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop
        self._core: Relay

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as undo:
            opened = []
            for address in self._settings.listen:
                listening = open_udp_socket(address, buffer_size=LISTENER_BUFFER)
                undo.callback(listening.close)
                opened.append(listening)
            quartet = self._open_alternates(opened, undo)
            self._core = Relay(
                self._settings,
                listeners=tuple(bound_address(listening) for listening in opened),
                nonce_secret=self._settings.nonce_secret or secrets.token_bytes(32),
                random_below=secrets.randbelow,
                quartet=quartet,
            )
            undo.pop_all()
        for listening in opened:
            self._add_listener(listening)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses of the UDP listeners, with the ports the system chose."""
        return tuple(
            address for address, transport in self._listeners if transport is Transport.UDP
        )

    @property
    def counters(self) -> Counters:
        """A copy of what is counted, as of now."""
        return self._core.counters()

    def close(self) -> None:
        """Close every socket at once; clients notice when their requests stay unanswered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        self._carry_out(self._core.end_all("the relay closed", now), now)
        while self._listeners:
            _, listener = self._listeners.popitem()
            self._loop.remove_reader(listener.socket.fileno())
            listener.socket.close()

    def _open_alternates(
        self, opened: list[socket.socket], undo: contextlib.ExitStack
    ) -> Quartet | None:
        alternate, beside = self._settings.alternate, self._settings.beside_alternate
        if alternate is None or beside is None:
            return None
        primary = bound_address(opened[self._settings.listen.index(beside)])
        alternates, quartet = open_alternates(primary, alternate)
        for listening in alternates:
            undo.callback(listening.close)
        opened += alternates
        return quartet

    def _add_listener(self, listening: socket.socket) -> None:
        listener = Listener(
            listening,
            routes=self._core.datapath.routes_to_peers(bound_address(listening)),
            relays=self._relays,
            buffer=self._buffer,
            counters=self._core.live_counters,
            clock=self._loop.time,
            hand_up=self._receive_datagram,
        )
        self._listeners[listener.address, Transport.UDP] = listener
        self._loop.add_reader(listening.fileno(), listener.drain)

    def _receive_datagram(self, data: bytes, source: Address, server: Address, now: float) -> None:
        # The wall clock serves one purpose: time-limited credentials name their end in it.
        outputs = self._core.receive_datagram(data, source, server, unix_now=time.time(), now=now)
        self._carry_out(outputs, now)

    def _receive_from_peer(self, number: int, data: bytes, source: Address, now: float) -> None:
        self._carry_out(self._core.receive_from_peer(number, data, source, now), now)

    def _handle_timer(self) -> None:
        self._timer = None
        now = self._loop.time()
        self._carry_out(self._core.handle_timer(now), now)

    def _carry_out(self, outputs: Iterable[Output], now: float) -> None:
        todo = deque(outputs)
        while todo:
            match todo.popleft():
                case SendToClient((client, server, transport), data):
                    self._listeners[server, transport].send(data, client)
                case SendToPeer(number, peer, data):
                    self._relays[number].send(data, peer)
                case OpenRelaySocket() as wanted:
                    todo.extend(self._open_relay(wanted, now))
                case CloseRelaySocket(number):
                    self._close_relay(number)
                case (
                    AllocationOpened() | AllocationEnded() | RequestRefused() | PacketDropped()
                ) as news:
                    self._journal.write(news, now)
                case unreachable:
                    assert_never(unreachable)
        self._arm_timer()

    def _open_relay(self, wanted: OpenRelaySocket, now: float) -> list[Output]:
        try:
            opened = open_udp_socket(wanted.address, buffer_size=RELAY_BUFFER)
        except OSError:
            return self._core.receive_relay_refused(wanted.allocation, now)
        relay = RelaySocket(
            opened,
            self._core.datapath.routes_to_client(wanted.allocation),
            listener=self._listeners[wanted.five_tuple[1:]],
            buffer=self._buffer,
            counters=self._core.live_counters,
            clock=self._loop.time,
            hand_up=partial(self._receive_from_peer, wanted.allocation),
        )
        self._relays[wanted.allocation] = relay
        self._loop.add_reader(opened.fileno(), relay.drain)
        return self._core.receive_relay_opened(wanted.allocation, now)

    def _close_relay(self, number: int) -> None:
        relay = self._relays.pop(number)
        self._loop.remove_reader(relay.socket.fileno())
        relay.socket.close()

    def _arm_timer(self) -> None:
        deadline = self._core.next_deadline()
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._handle_timer)
