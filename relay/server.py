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

from relay.admission import Admission
from relay.alternates import open_alternates
from relay.certificates import Certificates
from relay.certificatewatch import CertificateWatch
from relay.core import Relay
from relay.counters import Counters, HangUp
from relay.discovery import Quartet
from relay.drains import ClientSide, Listener, PacketBuffer, RelaySocket
from relay.errorqueue import keep_errors
from relay.fivetuple import FiveTuple, Transport
from relay.fragmentation import CAN_FORBID_FRAGMENTS, allow_fragments
from relay.interfaces import PeerTransport
from relay.journal import Journal
from relay.outputs import (
    AcceptPeer,
    AllocationEnded,
    AllocationOpened,
    CertificateRead,
    CloseDataConnection,
    ClosePeerConnection,
    CloseRelaySocket,
    ConnectionCut,
    ConnectToPeer,
    JoinConnections,
    OpenRelaySocket,
    Output,
    PacketDropped,
    PeerWork,
    RequestRefused,
    SendToClient,
    SendToPeer,
)
from relay.peersockets import PeerSockets
from relay.proxyprotocol import TrustedProxies
from relay.settings import Settings
from relay.sockets import LISTENER_BUFFER, RELAY_BUFFER, bound_address, open_udp_socket
from relay.stream import Cut
from relay.streamlistener import ClientConnection, StreamListener
from relay.surroundings import Surroundings
from stunwire import Address, Icmp


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
        self._udp: list[Listener] = []
        self._streams: list[StreamListener] = []
        self._ways: dict[tuple[Address, Transport], ClientSide] = {}
        self._relays: dict[int, RelaySocket] = {}
        self._peers = PeerSockets(
            accepted=self._receive_peer_connection,
            connected=self._receive_connected,
            lost=self._receive_peer_closed,
        )
        self._timer: asyncio.TimerHandle | None = None
        self._certificates: Certificates | None = None
        self._watch: CertificateWatch | None = None
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
            await self._bind_streams(undo)
            quartet = self._open_alternates(opened, undo)
            self._core = Relay(
                self._settings,
                listeners=(
                    *(bound_address(listening) for listening in opened),
                    *(listener.address for listener in self._streams),
                ),
                nonce_secret=self._settings.nonce_secret or secrets.token_bytes(32),
                random_below=secrets.randbelow,
                can_forbid_fragments=CAN_FORBID_FRAGMENTS,
                quartet=quartet,
            )
            undo.pop_all()
        for listening in opened:
            self._add_listener(listening)
        for stream in self._streams:
            self._ways[stream.address, stream.transport] = stream
            routes = self._core.datapath.routes_to_peers(stream.address, stream.transport)
            await stream.serve(routes, self._core.live_counters)
        interval = self._settings.certificate_check
        if self._certificates is not None and interval is not None:
            self._watch = CertificateWatch(self._certificates, interval, self._journal.write)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        await asyncio.sleep(0)  # asyncio lets go of an aborted connection in the next round

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses of the UDP listeners, with the ports the system chose."""
        return tuple(listener.address for listener in self._udp)

    @property
    def tcp_addresses(self) -> tuple[Address, ...]:
        """The addresses of the TCP listeners."""
        return self._stream_addresses(Transport.TCP)

    @property
    def tls_addresses(self) -> tuple[Address, ...]:
        """The addresses of the TLS listeners."""
        return self._stream_addresses(Transport.TLS)

    @property
    def counters(self) -> Counters:
        """A copy of what is counted, as of now."""
        return self._core.counters()

    def reload_certificates(self) -> None:
        """Read the certificate's files again, for the connections to come; the old one stays if they are bad.

        Raises:
            CertificateError: they cannot be used.
        """
        if self._certificates is not None:
            self._certificates.reload()

    def reload(self, settings: Settings) -> None:
        """Go on with other users, secrets, policy, limits and alternate servers; listeners stay.

        Raises:
            SettingsError: something differs that cannot change; the old settings go on then.
        """
        self._core.reload(settings, self._loop.time())
        self._settings = settings

    def drain(self) -> None:
        """Give no more allocations, but send clients to the alternate servers; those that live go on."""
        self._core.drain()

    def close(self) -> None:
        """Close every socket at once; clients notice when their requests stay unanswered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._watch is not None:
            self._watch.stop()
        now = self._loop.time()
        self._carry_out(self._core.end_all("the relay closed", now), now)
        while self._streams:
            self._streams.pop().close()
        while self._udp:
            listener = self._udp.pop()
            self._loop.remove_reader(listener.socket.fileno())
            listener.socket.close()
        self._ways.clear()

    async def _bind_streams(self, undo: contextlib.ExitStack) -> None:
        """Take the addresses that clients connect to."""
        around = Surroundings(
            limits=self._settings.streams,
            admission=Admission(self._settings.streams),
            proxies=TrustedProxies(self._settings.proxies),
            channel_bytes=self._settings.channel_numbers.first_bytes,
            relays=self._relays,
            hand_up=self._receive_frame,
            disconnected=self._receive_disconnect,
            holds=self._holds,
            tell=self._journal.write,
        )
        listeners = [(StreamListener(Transport.TCP, around), a) for a in self._settings.listen_tcp]
        if self._settings.certificate is not None:
            self._certificates = certificates = Certificates(self._settings.certificate)
            for address in self._settings.listen_tls:
                tls = StreamListener(Transport.TLS, around, lambda: certificates.context)
                listeners.append((tls, address))
        for listener, address in listeners:
            await listener.bind(address)
            self._streams.append(listener)
            undo.callback(self._streams.remove, listener)
            undo.callback(listener.close)

    def _stream_addresses(self, transport: Transport) -> tuple[Address, ...]:
        return tuple(one.address for one in self._streams if one.transport is transport)

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
        self._udp.append(listener)
        self._ways[listener.address, Transport.UDP] = listener
        self._loop.add_reader(listening.fileno(), listener.drain)

    def _receive_datagram(self, data: bytes, source: Address, server: Address, now: float) -> None:
        # The wall clock serves one purpose: time-limited credentials name their end in it.
        outputs = self._core.receive_datagram(data, source, server, unix_now=time.time(), now=now)
        self._carry_out(outputs, now)

    def _receive_frame(self, data: bytes, five_tuple: FiveTuple, now: float) -> None:
        outputs = self._core.receive_frame(data, five_tuple, unix_now=time.time(), now=now)
        self._carry_out(outputs, now)

    def _receive_disconnect(self, five_tuple: FiveTuple, now: float) -> None:
        self._carry_out(self._core.receive_disconnect(five_tuple, now), now)

    def _holds(self, five_tuple: FiveTuple) -> bool:
        return self._core.holds(five_tuple)

    def _receive_from_peer(self, number: int, data: bytes, source: Address, now: float) -> None:
        self._carry_out(self._core.receive_from_peer(number, data, source, now), now)

    def _receive_icmp(self, number: int, icmp: Icmp, target: Address, now: float) -> None:
        self._carry_out(self._core.receive_icmp(number, icmp, target, now), now)

    def _receive_peer_connection(self, number: int, source: Address) -> None:
        now = self._loop.time()
        self._carry_out(self._core.receive_peer_connection(number, source, now), now)

    def _receive_connected(self, connection: int, made: bool) -> None:  # noqa: FBT001 - a callback
        now = self._loop.time()
        if made:
            self._carry_out(self._core.receive_connected(connection, now), now)
        else:
            self._peers.close(connection)
            self._carry_out(self._core.receive_connect_failed(connection, now), now)

    def _receive_peer_closed(self, connection: int) -> None:
        now = self._loop.time()
        self._carry_out(self._core.receive_peer_closed(connection, now), now)

    def _handle_timer(self, deadline: float) -> None:
        self._timer = None
        now = max(self._loop.time(), deadline)  # asyncio may be early by the clock's resolution
        self._carry_out(self._core.handle_timer(now), now)

    def _carry_out(self, outputs: Iterable[Output], now: float) -> None:
        todo = deque(outputs)
        while todo:
            match todo.popleft():
                case SendToClient((client, server, transport), data):
                    self._ways[server, transport].send(data, client)
                case SendToPeer(number, peer, data, dont_fragment):
                    relay = self._relays[number]
                    (relay.send_whole if dont_fragment else relay.send)(data, peer)
                case OpenRelaySocket() as wanted:
                    todo.extend(self._open_relay(wanted, now))
                case CloseRelaySocket(number):
                    self._close_relay(number)
                case (
                    ConnectToPeer()
                    | AcceptPeer()
                    | JoinConnections()
                    | ClosePeerConnection()
                    | CloseDataConnection()
                ) as wanted_of_peer:
                    todo.extend(self._carry_out_over_tcp(wanted_of_peer, now))
                case (
                    AllocationOpened()
                    | AllocationEnded()
                    | RequestRefused()
                    | PacketDropped()
                    | ConnectionCut()
                    | CertificateRead()
                ) as news:
                    self._journal.write(news, now)
                case unreachable:
                    assert_never(unreachable)
        self._arm_timer()

    def _carry_out_over_tcp(self, wanted: PeerWork, now: float) -> list[Output]:
        match wanted:
            case ConnectToPeer(number, connection, peer):
                if not self._peers.connect(number, connection, peer):
                    return self._core.receive_connect_failed(connection, now)
            case AcceptPeer(_, connection, _):
                self._peers.accept(connection)
            case JoinConnections(connection, five_tuple, usage):
                data = self._data_connection(five_tuple)
                if data is not None and not data.join(self._peers.link(connection), usage):
                    data.cut(Cut(HangUp.PIPELINED))
            case ClosePeerConnection(connection):
                self._peers.close(connection)
            case CloseDataConnection(five_tuple):
                data = self._data_connection(five_tuple)
                if data is not None:
                    data.finish()
            case unreachable:
                assert_never(unreachable)
        return []

    def _data_connection(self, five_tuple: FiveTuple) -> ClientConnection | None:
        listener = self._ways.get(five_tuple[1:])
        assert listener is None or isinstance(listener, StreamListener)
        return None if listener is None else listener.connection_of(five_tuple.client)

    def _open_relay(self, wanted: OpenRelaySocket, now: float) -> list[Output]:
        try:
            if wanted.transport is PeerTransport.TCP:
                self._peers.listen(wanted.allocation, wanted.address)
                return self._core.receive_relay_opened(wanted.allocation, now)
            opened = open_udp_socket(wanted.address, buffer_size=RELAY_BUFFER)
        except OSError:
            return self._core.receive_relay_refused(wanted.allocation, now)
        allow_fragments(opened, wanted.address.host)
        keep_errors(opened, wanted.address.host)
        relay = RelaySocket(
            opened,
            self._core.datapath.routes_to_client(wanted.allocation),
            listener=self._ways[wanted.five_tuple[1:]],
            buffer=self._buffer,
            counters=self._core.live_counters,
            clock=self._loop.time,
            hand_up=partial(self._receive_from_peer, wanted.allocation),
            hand_up_error=partial(self._receive_icmp, wanted.allocation),
        )
        self._relays[wanted.allocation] = relay
        self._loop.add_reader(opened.fileno(), relay.drain)
        return self._core.receive_relay_opened(wanted.allocation, now)

    def _close_relay(self, number: int) -> None:
        if number in self._peers:
            self._peers.unlisten(number)
            return
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
            self._timer = self._loop.call_at(deadline, self._handle_timer, deadline)
