"""asyncio's sockets as `nat.portmap.network.Network`; in a simulation they are the world's."""

import asyncio
import collections
import errno
import ipaddress
import socket
import struct
import sys
from typing import Any, Final

from nat import routes
from nat.portmap.network import StreamEndpoint, UdpEndpoint
from nat.zones import from_socket, number_of, to_socket, zone_of
from operating.ways import sockname_towards
from stunwire import Address, Family

MOST_WAITING: Final = 64
"""Datagrams that wait for a reader; what comes then is dropped."""
_CLOSING: Final = 1.0
_CHUNK: Final = 16_384
_ANY: Final = "0.0.0.0"
_HOPS: Final = 2
"""UPnP Device Architecture 1.1 §1.3.2: how far a search goes."""
_HOPS4: Final = socket.IPPROTO_IP, socket.IP_MULTICAST_TTL
_HOPS6: Final = socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS


class Sockets:
    """This machine."""

    def now(self) -> float:
        """Seconds on the event loop's clock."""
        return asyncio.get_running_loop().time()

    async def open_udp(self, towards: Address, *, source: str = "") -> UdpEndpoint:
        """Open a UDP socket; it hears that address alone, or everybody if that is a group's.

        Raises:
            OSError: there is no route, or no such address.
        """
        loop = asyncio.get_running_loop()
        group = ipaddress.ip_address(towards.host.partition("%")[0]).is_multicast
        own = source or _source_towards(towards)
        endpoint = _Udp(own, None if group else towards)
        if not group:
            here = (source, 0) if source else None
            await loop.create_datagram_endpoint(
                lambda: endpoint, local_addr=here, remote_addr=towards
            )
            return endpoint
        transport, _ = await loop.create_datagram_endpoint(lambda: endpoint, local_addr=(own, 0))
        six = towards.family is Family.IPV6
        transport.get_extra_info("socket").setsockopt(*(_HOPS6 if six else _HOPS4), _HOPS)
        return endpoint

    async def join(self, group: Address, neighbour: str) -> UdpEndpoint:
        """Hear what is sent to a group, in the network of a neighbour, beside others who do.

        Raises:
            OSError: the system does not allow it, or somebody else keeps the port to himself.
        """
        own = _source_towards(Address(neighbour, group.port))
        six = group.family is Family.IPV6
        opened = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _become_member(opened, group, own, zone_of(neighbour))
            endpoint = _Udp(own, None)
            loop = asyncio.get_running_loop()
            await loop.create_datagram_endpoint(lambda: endpoint, sock=opened)
        except BaseException:
            opened.close()
            raise
        return endpoint

    async def open_stream(self, target: Address, *, source: str = "") -> StreamEndpoint:
        """Connect to a TCP server.

        Raises:
            OSError: refused or unreachable, or there is no such address.
        """
        here = (source, 0) if source else None
        return _Stream(*await asyncio.open_connection(*target, local_addr=here))

    def gateway(self, family: Family) -> str | None:
        """The default router's address; None if there is none.

        Raises:
            OSError: this system does not tell; the message says so.
        """
        return routes.default_router(family)


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, source: str, peer: Address | None) -> None:
        self._source = source
        self._peer = peer
        self._transport: asyncio.DatagramTransport
        self._waiting: collections.deque[tuple[bytes, Address, float]] = collections.deque()
        self._errors: collections.deque[OSError] = collections.deque(maxlen=1)
        self._news = asyncio.Event()

    @property
    def local(self) -> Address:
        port = self._transport.get_extra_info("sockname")[1] if hasattr(self, "_transport") else 0
        return Address(self._source, port)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if len(self._waiting) < MOST_WAITING:
            # whom the socket is connected to may be written in several ways (RFC 4007 §11)
            source = self._peer or from_socket(addr)
            self._waiting.append((data, source, asyncio.get_running_loop().time()))
            self._news.set()

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError):
            self._errors.append(exc)
            self._news.set()

    def send(self, data: bytes, target: Address) -> None:
        self._transport.sendto(data, None if self._peer else to_socket(target))

    async def receive(self) -> tuple[bytes, Address, float]:
        while not self._waiting and not self._errors:
            self._news.clear()
            await self._news.wait()
        if self._waiting:
            return self._waiting.popleft()
        raise self._errors.pop()

    def close(self) -> None:
        self._transport.close()


class _Stream:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @property
    def local(self) -> Address:
        return Address(*self._writer.get_extra_info("sockname")[:2])

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self) -> bytes:
        return await self._reader.read(_CHUNK)

    async def close(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSING):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()


def _become_member(opened: socket.socket, group: Address, own: str, zone: str) -> None:
    """Bind a socket to a group, and ask the network for what is sent there."""
    windows = sys.platform == "win32"
    # bound to the group, it hears nothing that is meant for this machine alone
    if group.family is Family.IPV4:
        opened.bind((_ANY if windows else group.host, group.port))
        membership = socket.inet_aton(group.host) + socket.inet_aton(own)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        return
    if not zone:
        raise OSError(errno.ENODEV, f"it is not known on which link {group.host} is to be heard")
    number = number_of(zone)
    opened.bind(("::" if windows else group.host, group.port, 0, number))
    packed = socket.inet_pton(socket.AF_INET6, group.host)
    opened.setsockopt(
        socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, packed + struct.pack("@I", number)
    )


def _source_towards(target: Address) -> str:
    """Our address on the way to another, with its zone if it has one."""
    return from_socket(sockname_towards(to_socket(target))).host
