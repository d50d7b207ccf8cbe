"""Listeners that clients connect to: TCP and TLS, carried out by asyncio's own transports.

Towards the relay sockets such a listener looks as one for UDP does: `send` takes a packet to a client.
"""

import asyncio
import os
import ssl
from collections.abc import Callable
from itertools import count
from typing import assert_never, cast

from relay.alarm import Alarm
from relay.counters import Counters, DropReason, HangUp
from relay.datapath import RoutesToPeers
from relay.deadlines import Deadlines
from relay.fivetuple import FiveTuple, Transport
from relay.frames import Forwarder
from relay.meters import Meter
from relay.outputs import ConnectionCut
from relay.peersockets import PeerLink
from relay.proxyprotocol import ProxyHeader
from relay.sockets import bound_send_buffer
from relay.stream import (
    ANSWER_ROOM,
    Close,
    Cut,
    GoOn,
    NameClient,
    Stream,
    StreamOutput,
    TakeData,
    TakeFrames,
    WriteBytes,
)
from relay.surroundings import Surroundings, source_of
from relay.tls import TlsSession
from stunwire import Address

BACKLOG = 1024
READ_SIZE = 32 * 1024
LOOK_AGAIN = 0.1  # seconds from one look at whether a request is still parked to the next
"""After so many bytes of one client the others get their turn; asyncio by itself reads 256 KiB."""


class StreamListener:
    """One address that clients connect to.

    Args:
        transport: TCP or TLS.
        around: what it shares with others.
        tls_context: for TLS, gives what a new connection starts with.
    """

    address: Address

    def __init__(
        self,
        transport: Transport,
        around: Surroundings,
        tls_context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self.transport = transport
        self.around = around
        self._tls_context = tls_context
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)
        self._connections: dict[int, ClientConnection] = {}
        self._by_client: dict[Address, ClientConnection] = {}
        self.buffer = memoryview(bytearray(READ_SIZE))  # of all connections: none keeps it
        self._deadlines = Deadlines()
        self._alarm = Alarm(self._handle_timer)
        self._server: asyncio.AbstractServer
        self._counters: Counters
        self._forwarder: Forwarder

    async def bind(self, address: Address) -> None:
        """Take the address; connections are accepted once `serve` is called.

        Raises:
            OSError: as the operating system says, with the address in its text.
        """
        try:
            # asyncio sets IPV6_V6ONLY, so that IPv4 clients never appear as mapped addresses.
            server = await self._loop.create_server(
                self._new_connection,
                address.host,
                address.port,
                backlog=BACKLOG,
                start_serving=False,
            )
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise OSError(
                error.errno, f"cannot bind TCP address {address.host} port {address.port}: {reason}"
            ) from error
        self._server = server
        self.address = Address(*server.sockets[0].getsockname()[:2])

    async def serve(self, routes: RoutesToPeers, counters: Counters) -> None:
        """Accept connections; `routes` are those of the clients here."""
        self._counters = counters
        self._forwarder = Forwarder(routes, self.around.relays, counters, self.around.hand_up)
        await cast("asyncio.Server", self._server).start_serving()

    def close(self) -> None:
        """Accept no more, and drop every connection."""
        self._server.close()
        for connection in tuple(self._connections.values()):
            connection.drop()
        self._alarm.set(None)

    def send(self, data: bytes | memoryview, client: Address) -> None:
        """Send to a client; what cannot wait for it is dropped and counted."""
        connection = self._by_client.get(client)
        if connection is None or not connection.send(data):
            self._counters.drops[DropReason.SLOW_CLIENT] += 1

    def five_tuple(self, client: Address) -> FiveTuple:
        """Name the connection of a client."""
        return FiveTuple(client, self.address, self.transport)

    def connection_of(self, client: Address) -> "ClientConnection | None":
        """Return the connection of a client."""
        return self._by_client.get(client)

    def make_stream(self, *, is_proxied: bool, now: float) -> Stream:
        """Make the stream of a new connection."""
        tls = None if self._tls_context is None else TlsSession(self._tls_context())
        around, header = self.around, ProxyHeader() if is_proxied else None
        return Stream(around.limits, around.channel_bytes, now, header=header, tls=tls)

    def enter(self, connection: "ClientConnection") -> HangUp | None:
        """Let a new connection in, or say why not."""
        refused = self.around.admission.enter()
        if refused is None:
            self._connections[connection.number] = connection
            self._counters.connections += 1
            self.watch(connection)
        return refused

    def introduce(self, connection: "ClientConnection", client: Address) -> HangUp | None:
        """Hear which client a connection is of, or say why it may not be.

        Two connections with one five-tuple can only come through proxies; the client knows the newer one.
        """
        older = self._by_client.get(client)
        if older is not None:
            older.cut(Cut(HangUp.REPLACED))
        refused = self.around.admission.enter_from(client.host)
        if refused is None:
            self._by_client[client] = connection
        return refused

    def take(self, frames: list[bytes], client: Address) -> None:
        """Forward what came on live channels, and hand up everything else."""
        self._forwarder.take(frames, self.five_tuple(client), self._loop.time())

    def leave(self, connection: "ClientConnection") -> None:
        """Forget a connection, and let the core know; a second time has no effect."""
        if self._connections.pop(connection.number, None) is None:
            return
        self._deadlines.forget(connection.number)
        self._counters.connections -= 1
        self.around.admission.leave()
        client = connection.client
        if client is not None and self._by_client.get(client) is connection:
            del self._by_client[client]
            self.around.admission.leave_from(client.host)
            self.around.disconnected(self.five_tuple(client), self._loop.time())

    def say_gone(self, connection: "ClientConnection") -> None:
        """Let the core know that a data connection's client is done: the core closes both ends."""
        assert connection.client is not None
        self.around.disconnected(self.five_tuple(connection.client), self._loop.time())
        connection.finish()

    def note_cut(self, client: Address, cut: Cut) -> None:
        """Count a connection that the relay ends, and tell of it."""
        self._counters.hang_ups[cut.why] += 1
        news = ConnectionCut(client, self.transport, cut.why, cut.detail)
        self.around.tell(news, self._loop.time())

    def watch(self, connection: "ClientConnection") -> None:
        """See to it that a connection's next deadline is kept."""
        deadline = connection.stream.next_deadline()
        if deadline is not None and connection.number in self._connections:
            self._deadlines.bring_forward(connection.number, deadline)
            self._alarm.set(self._deadlines.next())

    def _new_connection(self) -> "ClientConnection":
        return ClientConnection(next(self._numbers), self)

    def _handle_timer(self, now: float) -> None:
        while (number := self._deadlines.pop_due(now)) is not None:
            connection = self._connections[number]
            connection.handle_timer(now)
            self.watch(connection)
        self._alarm.set(self._deadlines.next())


class ClientConnection(asyncio.BufferedProtocol):
    """The transport of one client's stream."""

    def __init__(self, number: int, listener: StreamListener) -> None:
        self.number = number
        self.client: Address | None = None
        self._is_dropped = False
        self._link: PeerLink | None = None
        self._held: asyncio.TimerHandle | None = None
        self.stream: Stream
        self._listener = listener
        self._transport: asyncio.Transport
        self._source: Address

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, if there is room."""
        transport = cast("asyncio.Transport", transport)  # uvloop's only looks like one
        if transport.get_extra_info("peername") is None:  # it is gone already
            transport.abort()
            return
        listener, limits = self._listener, self._listener.around.limits
        self._transport = transport
        self._source, has_scope = source_of(transport)
        transport.set_write_buffer_limits(limits.write_buffer, limits.write_buffer // 2)
        bound_send_buffer(transport.get_extra_info("socket"), limits.write_buffer)
        is_proxied = not has_scope and self._source.host in listener.around.proxies
        now = asyncio.get_running_loop().time()
        self.stream = listener.make_stream(is_proxied=is_proxied, now=now)
        refused = HangUp.SCOPED_SOURCE if has_scope else listener.enter(self)
        if refused is not None:
            self.cut(Cut(refused))
        elif not is_proxied:
            self._introduce(self._source)

    def get_buffer(self, _: int) -> memoryview:
        """Give asyncio something to read into, where data has a limit no more than may pass."""
        return self._listener.buffer[: READ_SIZE if self._link is None else self._link.room() or 1]

    def buffer_updated(self, size: int) -> None:
        """Take what the client sent."""
        data = bytes(self._listener.buffer[:size])
        self._carry_out(self.stream.receive_bytes(data, asyncio.get_running_loop().time()))

    def eof_received(self) -> None:
        """Hear that the client has nothing more to say."""
        if self._link is None:
            self._part()
        else:
            self._listener.say_gone(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget the connection."""
        self._listener.leave(self)

    def pause_writing(self) -> None:
        """Begin to count the time for which the client does not read, or hold up the peer."""
        if self._link is not None:
            self._link.pause()
        self.stream.receive_paused(asyncio.get_running_loop().time())
        self._listener.watch(self)

    def resume_writing(self) -> None:
        """Stop to count it."""
        self.stream.receive_resumed()
        if self._link is not None:
            self._link.resume()

    def handle_timer(self, now: float) -> None:
        """Do what has become due."""
        if self._link is None and self._is_dropped:  # it was closed, and nobody reads the rest
            self.cut(Cut(HangUp.SLOW))
            return
        listener, client = self._listener, self.client
        in_use = client is not None and listener.around.holds(listener.five_tuple(client))
        self._carry_out(self.stream.handle_timer(now, in_use=in_use))

    def send(self, data: bytes | memoryview) -> bool:
        """Send to the client; False when too much waits for it already."""
        encoded = self.stream.encode(data, self._transport.get_write_buffer_size())
        if encoded is None:
            return False
        self._transport.write(encoded)
        return True

    def join(self, link: PeerLink, meter: Meter) -> None:
        """Carry the data of a connection with a peer from now on."""
        if not self.stream.begin_data():
            self.cut(Cut(HangUp.PIPELINED))
            return
        self._link = link
        link.join(self, meter)
        if self._held is not None:
            self._look_again()
        if self._transport.get_write_buffer_size() > self._listener.around.limits.write_buffer:
            link.pause()

    def write_data(self, data: bytes) -> None:
        """Send what the peer has sent."""
        self._transport.write(self.stream.encode_data(data))

    def pause_data(self) -> None:
        """Do not read the client while the peer does not."""
        self._transport.pause_reading()

    def resume_data(self) -> None:
        """Read the client again."""
        self._transport.resume_reading()

    def finish(self) -> None:
        """Close a data connection once the client has read what waits for it, or has had its time."""
        if self._is_dropped or self._link is None:
            return
        self._is_dropped, self._link = True, None
        last = self.stream.begin_emptying(asyncio.get_running_loop().time())
        if last:
            self._transport.write(last)
        self._transport.close()
        self._listener.watch(self)

    def drop(self) -> None:
        """Close the connection without a word."""
        self._is_dropped = True
        self._listener.leave(self)
        self._transport.abort()

    def cut(self, cut: Cut) -> None:
        """End the connection at once, and count it."""
        self._listener.note_cut(self.client or self._source, cut)
        self.drop()

    def _introduce(self, client: Address) -> None:
        refused = self._listener.introduce(self, client)
        if refused is None:
            self.client = client
        else:
            self.cut(Cut(refused, f"client {client.host}"))

    def _carry_out(self, outputs: list[StreamOutput]) -> None:
        for output in outputs:
            if self._is_dropped:
                return
            match output:
                case NameClient(client):
                    self._introduce(client or self._source)
                case TakeFrames(frames):
                    assert self.client is not None
                    self._listener.take(frames, self.client)
                case GoOn():
                    self._go_on()
                case TakeData(data):
                    assert self._link is not None
                    self._link.send(data)
                case WriteBytes(data):
                    self._write(data)
                case Close():
                    self.eof_received()
                case Cut():
                    self.cut(output)
                case unreachable:
                    assert_never(unreachable)

    def _go_on(self) -> None:
        """Take up what came behind a ConnectionBind, unless a hook is being asked whose it is.

        Until that is known nobody can say whether data or frames follow: then nothing more is read.
        """
        assert self.client is not None
        if self._listener.around.waits(self._listener.five_tuple(self.client)):
            self._transport.pause_reading()
            self._held = asyncio.get_running_loop().call_later(LOOK_AGAIN, self._look_again)
        else:
            self._carry_out(self.stream.go_on(asyncio.get_running_loop().time()))

    def _look_again(self) -> None:
        assert self._held is not None
        self._held.cancel()
        self._held = None
        if not self._is_dropped:
            self._transport.resume_reading()
            self._go_on()

    def _part(self) -> None:
        """Close, since the client has said goodbye; whoever has not read by now will not wait for it."""
        last = self.stream.part()
        if last and not self._transport.is_closing():
            self._transport.write(last)
        if self._transport.get_write_buffer_size():
            self.drop()
            return
        self._is_dropped = True
        self._listener.leave(self)
        self._transport.close()

    def _write(self, data: bytes) -> None:
        room = self._listener.around.limits.write_buffer + ANSWER_ROOM
        if self._transport.get_write_buffer_size() > room:
            self.cut(Cut(HangUp.SLOW, "TLS has more to say than is read"))
        else:
            self._transport.write(data)
