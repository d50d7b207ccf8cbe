"""Multicast DNS on sockets: one service for each network that we are on, open as long as it is needed."""

import asyncio
import contextlib
import socket
import struct
import uuid
import weakref
from typing import Any, Final

from peer.configuration import Configuration
from peer.localaddresses import local_addresses
from peer.mdns import GROUP4, GROUP6, PORT, MdnsResponder, Multicast, Output, Resolved

#: By the addresses of the machine: where they change, or an event loop plays several hosts, names
#: and sockets of one network are not those of another.
_Services = dict[frozenset[str], "MdnsService"]
_services: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Services] = (
    weakref.WeakKeyDictionary()
)
_TTL: Final = 255  # RFC 6762 §11


class MdnsService(asyncio.DatagramProtocol):
    """Publishes names and resolves others'.

    Args:
        port: Of the group; tests have one of their own.
        interface: The IPv4 address of the interface to use, or `None` for the system's choice.
    """

    def __init__(self, *, port: int = PORT, interface: str | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._port = port
        self._interface = interface
        self._responder = MdnsResponder()
        self._waiting: dict[str, set[asyncio.Future[str | None]]] = {}
        self._ways: list[tuple[asyncio.DatagramTransport, tuple[str, int]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self.users = 0

    async def open(self) -> None:
        """Join the groups of both families, as far as they are there.

        Raises:
            OSError: There is no multicast here.
        """
        failure: OSError | None = None
        for make, group in ((self._socket4, GROUP4), (self._socket6, GROUP6)):
            try:
                sock = make()
            except OSError as error:
                failure = failure or error
                continue
            transport, _ = await self._loop.create_datagram_endpoint(lambda: self, sock=sock)
            self._ways.append((transport, (group, self._port)))
        if not self._ways:
            raise failure or OSError("no multicast")

    def publish(self, host: str) -> str:
        """Give an address a name: a random UUID, as browsers do (the draft's §3.1.1)."""
        name = f"{uuid.uuid4()}.local"
        self._responder.publish(name, host)
        return name

    def withdraw(self, name: str) -> None:
        """Answer no longer for a name."""
        self._responder.withdraw(name)

    async def resolve(self, name: str) -> str | None:
        """The address of a name, or `None` when nobody has answered in time."""
        name = name.lower()
        future: asyncio.Future[str | None] = self._loop.create_future()
        self._waiting.setdefault(name, set()).add(future)
        self._perform(self._responder.ask(name, self._loop.time()))
        try:
            return await future
        finally:
            self._waiting.get(name, set()).discard(future)

    def close(self) -> None:
        """Close the sockets; whoever waits is told that nobody has answered."""
        if self._timer is not None:
            self._timer.cancel()
        for transport, _ in self._ways:
            transport.close()
        for name in list(self._waiting):
            self._tell(name, None)

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 - whoever it is
        """Take in what came to the group."""
        self._perform(self._responder.receive_datagram(data, self._loop.time()))

    def error_received(self, exc: Exception) -> None:
        """A family without a way out: the other one may do."""

    def _perform(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Multicast(data):
                    for transport, group in self._ways:
                        transport.sendto(data, group)
                case Resolved(name, host):
                    self._tell(name, host)
        if self._timer is not None:
            self._timer.cancel()
        deadline = self._responder.next_deadline()
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._fired)

    def _fired(self) -> None:
        self._perform(self._responder.handle_timer(self._loop.time()))

    def _tell(self, name: str, host: str | None) -> None:
        for future in self._waiting.pop(name, ()):
            if not future.done():
                future.set_result(host)

    def _socket4(self) -> socket.socket:
        sock = _shared(socket.AF_INET, ("", self._port))
        with _closing_on_error(sock):
            mine = socket.inet_aton(self._interface or "0.0.0.0")
            member = socket.inet_aton(GROUP4) + mine
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _TTL)
            if self._interface is not None:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, mine)
        return sock

    def _socket6(self) -> socket.socket:
        if self._interface is not None:
            raise OSError("an interface of IPv4 is asked for")
        sock = _shared(socket.AF_INET6, ("::", self._port))
        with _closing_on_error(sock):
            member = socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("@I", 0)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, _TTL)
        return sock


async def acquire() -> MdnsService:
    """The service of the network that we are on; `release` it in the end.

    Raises:
        OSError: There is no multicast here.
    """
    here = _services.setdefault(asyncio.get_running_loop(), {})
    key = frozenset(one.host for one in local_addresses(Configuration()))
    service = here.get(key)
    if service is None:
        opened = MdnsService()
        await opened.open()
        service = here.setdefault(key, opened)
        if service is not opened:
            opened.close()  # somebody else was quicker
    service.users += 1
    return service


def release(service: MdnsService) -> None:
    """Need a service no longer; without users it is closed."""
    service.users -= 1
    if service.users == 0:
        for here in _services.values():
            for key in [key for key, one in here.items() if one is service]:
                del here[key]
        service.close()


class OwnNames:
    """The names that one gathering has told; they are answered for until it is closed."""

    def __init__(self) -> None:
        self._service: MdnsService | None = None
        self._names: dict[str, str] = {}

    async def open(self) -> None:
        """Make ready.

        Raises:
            OSError: There is no multicast here.
        """
        self._service = await acquire()

    def publish(self, host: str) -> str | None:
        """The name of an address, the same for all sockets on it; `None` unless open."""
        if self._service is None:
            return None
        if host not in self._names:
            self._names[host] = self._service.publish(host)
        return self._names[host]

    def close(self) -> None:
        """Answer no longer."""
        service, self._service = self._service, None
        if service is not None:
            for name in self._names.values():
                service.withdraw(name)
            release(service)


def _shared(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    """A socket on a port that others, such as the system's own responder, use as well."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    with _closing_on_error(sock):
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
    return sock


@contextlib.contextmanager
def _closing_on_error(sock: socket.socket) -> Any:
    try:
        yield
    except OSError:
        sock.close()
        raise
