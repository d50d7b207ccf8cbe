"""The relay on real sockets: reads, passes in, carries out, re-arms one timer."""

import asyncio
import contextlib
import os
import secrets
import socket
from types import TracebackType
from typing import Self

from relay.admission import Admission
from relay.alternates import open_alternates
from relay.asking import Asking
from relay.certificates import Certificates
from relay.certificatewatch import CertificateWatch
from relay.core import Relay
from relay.counters import Counters
from relay.discovery import Quartet
from relay.drains import Listener
from relay.dtlslistener import DtlsListener
from relay.eventloop import RelayEventLoop
from relay.fivetuple import Transport
from relay.fragmentation import CAN_FORBID_FRAGMENTS
from relay.journal import Journal
from relay.outputs import UsersFileRead
from relay.proxyprotocol import TrustedProxies
from relay.randomness import Randomness
from relay.sessions import EVERY, MOST_IN_A_PAGE, Page, Selection, end_some, page
from relay.settings import Settings
from relay.shell import Shell
from relay.sockets import LISTENER_BUFFER, bound_address, open_udp_socket
from relay.streamlistener import StreamListener
from relay.surroundings import Surroundings
from relay.users import NOBODY, UserList
from relay.userswatch import UsersWatch
from stunwire import Address


def serve(settings: Settings) -> "Server":
    """Make a relay that serves while its context lasts.

    ::

        async with relay.serve(settings) as server:
            print(server.addresses)

    Raises:
        OSError: on entry, when an address cannot be bound; the text names it.
        UsersFileError: on entry, when the users file cannot be used.
    """
    return Server(settings)


class Server:
    """A relay with its sockets; everything happens in the event loop that entered the context."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._journal = Journal()
        self._udp: list[Listener] = []
        self._dtls: list[DtlsListener] = []
        self._streams: list[StreamListener] = []
        self._certificates: Certificates | None = None
        self._watch: CertificateWatch | None = None
        self._users: UsersWatch
        self._loop: asyncio.AbstractEventLoop
        self._shell: Shell

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._shell = Shell(self._journal)
        if isinstance(self._loop, RelayEventLoop):
            self._loop.pause_at_most(self._settings.longest_pause)
        with contextlib.ExitStack() as undo:
            users = await self._open_users(undo)
            self._read_certificates()
            opened = self._open(self._settings.listen, undo)
            opened_for_dtls = self._open(self._settings.listen_dtls, undo)
            await self._bind_streams(undo)
            quartet = self._open_alternates(opened, undo)
            self._shell.core = Relay(
                self._settings,
                listeners=(
                    *(bound_address(one) for one in opened + opened_for_dtls),
                    *(listener.address for listener in self._streams),
                ),
                nonce_secret=self._settings.nonce_secret or secrets.token_bytes(32),
                random_below=Randomness(os.urandom).below,
                can_forbid_fragments=CAN_FORBID_FRAGMENTS,
                quartet=quartet,
                users=users,
            )
            self._shell.asking = Asking(
                self._settings, self._shell.receive_user, self._journal.write
            )
            undo.pop_all()
        for listening in opened:
            self._add_listener(listening)
        for listening in opened_for_dtls:
            self._add_dtls_listener(listening)
        for stream in self._streams:
            self._shell.ways[stream.address, stream.transport] = stream
            routes = self._shell.core.datapath.routes_to_peers(stream.address, stream.transport)
            await stream.serve(routes, self._shell.core.live_counters)
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
        await self._users.stopped()
        await self._shell.asking.closed()
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
    def dtls_addresses(self) -> tuple[Address, ...]:
        """The addresses of the DTLS listeners."""
        return tuple(listener.address for listener in self._dtls)

    @property
    def listeners(self) -> tuple[tuple[Transport, Address], ...]:
        """Where it serves, over every transport."""
        return tuple((transport, address) for address, transport in self._shell.ways)

    @property
    def settings(self) -> Settings:
        """What it goes by now."""
        return self._settings

    @property
    def counters(self) -> Counters:
        """A copy of what is counted, as of now."""
        return self._shell.core.counters()

    @property
    def draining(self) -> bool:
        """Whether it gives no more allocations."""
        return self._shell.core.state.registry.draining

    def sessions(
        self, selection: Selection = EVERY, *, after: int = 0, limit: int = MOST_IN_A_PAGE
    ) -> Page:
        """Describe some allocations, in the order of their numbers; ask again for those after."""
        registry = self._shell.core.state.registry
        return page(registry, selection, after=after, limit=limit, now=self._loop.time())

    def disconnect(self, selection: Selection) -> tuple[int, int]:
        """End some allocations that are meant; say how many, and how many are left to be asked for again."""
        now = self._loop.time()
        ended = end_some(self._shell.core.state.registry, selection, now)
        self._shell.carry_out(ended.outputs, now)
        return ended.count, ended.left

    def reload_certificates(self) -> None:
        """Read the certificate's files again, for the connections to come; the old one stays if they are bad.

        Raises:
            CertificateError: they cannot be used.
        """
        if self._certificates is not None:
            self._certificates.reload()

    def reload(self, settings: Settings) -> None:
        """Go on with other users, secrets, policy, limits and alternate servers; listeners stay.

        The users file is read again soon after; the journal says what came of it.

        Raises:
            SettingsError: something differs that cannot change; the old settings go on then.
        """
        now = self._loop.time()
        self._shell.carry_out(self._shell.core.reload(settings, now), now)
        self._settings = settings
        self._users.read_again(settings.users_file)
        self._shell.asking.change(settings)

    async def users_read(self) -> UsersFileRead | None:
        """Wait until the users file is read that the last `reload` asked for, and say what came of it."""
        return await self._users.settled()

    def drain(self) -> None:
        """Give no more allocations, but send clients to the alternate servers; those that live go on."""
        self._shell.core.drain()

    def close(self) -> None:
        """Close every socket at once; clients notice when their requests stay unanswered."""
        if self._watch is not None:
            self._watch.stop()
        self._users.stop()
        self._shell.asking.close()
        self._shell.close()
        while self._streams:
            self._streams.pop().close()
        while self._dtls:
            self._dtls.pop().close()
        while self._udp:
            self._shell.unwatch(self._udp.pop())
        self._shell.ways.clear()

    async def _open_users(self, undo: contextlib.ExitStack) -> UserList:
        path = self._settings.users_file
        self._users = UsersWatch(
            self._settings.realm,
            self._settings.users_file_check,
            receive=self._receive_users,
            tell=self._journal.write,
        )
        undo.callback(self._users.stop)
        return NOBODY if path is None else await self._users.open(path)

    def _receive_users(self, users: UserList) -> None:
        self._shell.core.change_users(users)

    @property
    def _shown(self) -> Certificates:
        """What clients over TLS and DTLS are shown."""
        assert self._certificates is not None  # `Settings` has seen to it
        return self._certificates

    def _read_certificates(self) -> None:
        files = self._settings.certificate
        if files is not None:
            self._certificates = Certificates(files, with_dtls=bool(self._settings.listen_dtls))

    def _open(
        self, addresses: tuple[Address, ...], undo: contextlib.ExitStack
    ) -> list[socket.socket]:
        """Take addresses over UDP."""
        opened = []
        for address in addresses:
            listening = open_udp_socket(address, buffer_size=LISTENER_BUFFER)
            undo.callback(listening.close)
            opened.append(listening)
        return opened

    async def _bind_streams(self, undo: contextlib.ExitStack) -> None:
        """Take the addresses that clients connect to."""
        limits = self._settings.streams
        around = Surroundings(
            limits=limits,
            admission=Admission(limits.connections, limits.connections_per_source),
            proxies=TrustedProxies(self._settings.proxies),
            channel_bytes=self._settings.channel_numbers.first_bytes,
            relays=self._shell.relays,
            hand_up=self._shell.receive_frame,
            disconnected=self._shell.receive_disconnect,
            holds=self._shell.holds,
            waits=self._shell.waits,
            tell=self._journal.write,
        )
        listeners = [(StreamListener(Transport.TCP, around), a) for a in self._settings.listen_tcp]
        for address in self._settings.listen_tls:
            tls = StreamListener(Transport.TLS, around, lambda: self._shown.context)
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
            routes=self._shell.core.datapath.routes_to_peers(bound_address(listening)),
            relays=self._shell.relays,
            buffer=self._shell.buffer,
            counters=self._shell.core.live_counters,
            hand_up=self._shell.receive_datagram,
        )
        self._udp.append(listener)
        self._shell.ways[listener.address, Transport.UDP] = listener
        self._shell.watch(listener)

    def _add_dtls_listener(self, listening: socket.socket) -> None:
        listener = DtlsListener(
            listening,
            limits=self._settings.dtls,
            cookie_key=secrets.token_bytes(32),
            context=lambda: self._shown.dtls_context,
            shell=self._shell,
        )
        self._dtls.append(listener)
        self._shell.ways[listener.address, Transport.DTLS] = listener
