"""The instruments on real sockets: UDP, TCP and TLS lines, and a peer on UDP."""

import asyncio
import errno
import secrets
import socket
import ssl
import time
from pathlib import Path
from typing import cast

from operating.ways import source_towards
from relay.certificates import ALPN
from relay.doctor.instruments import Line, Peer, Trust
from relay.doctor.troubles import LineError, Trouble
from relay.fivetuple import Transport
from stunwire import Address, StreamCutter, StreamError

CONNECT_TIMEOUT = 5.0
_MOST_WAITING = 64
_READ_SIZE = 64 * 1024
_NO_WAY = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EACCES})

# OpenSSL's X509_V_ERR_…, which the ssl module gives as numbers alone
_OF_VERIFY_CODE = {
    9: Trouble.NOT_YET,
    10: Trouble.EXPIRED,
    62: Trouble.OTHER_NAME,
    64: Trouble.OTHER_NAME,
    18: Trouble.UNKNOWN_ISSUER,
    19: Trouble.UNKNOWN_ISSUER,
    20: Trouble.UNKNOWN_ISSUER,
    21: Trouble.UNKNOWN_ISSUER,
}


class Sockets:
    """What an examination touches of the world.

    Args:
        authorities: PEM file with roots to trust beside the system's; None for none.
    """

    def __init__(self, authorities: Path | None = None) -> None:
        self._authorities = authorities

    async def resolve(self, host: str, port: int) -> Address:
        """Find the first address of a name."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise LineError(Trouble.UNRESOLVED, error.strerror or str(error)) from None
        sockaddr = found[0][4]
        return Address(str(sockaddr[0]), port)

    async def open_line(
        self, transport: Transport, server: Address, name: str, trust: Trust
    ) -> Line:
        """Open a line."""
        if transport is Transport.UDP:
            return await _open_udp(server)
        context = self._context(trust) if transport is Transport.TLS else None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                reader, writer = await asyncio.open_connection(
                    server.host,
                    server.port,
                    ssl=context,
                    server_hostname=None if context is None else name,
                )
        except TimeoutError:
            raise LineError(Trouble.SILENT) from None
        except OSError as error:
            is_hung_up = isinstance(error, ConnectionError) and not isinstance(
                error, ConnectionRefusedError
            )
            if context is not None and is_hung_up:
                raise LineError(Trouble.NOT_TLS, "it hung up") from error
            raise _line_error(error) from error
        return _StreamLine(reader, writer)

    async def open_peer(self, server: Address) -> Peer:
        """Open a peer on the address that leads to the server."""
        loop = asyncio.get_running_loop()
        try:
            _, peer = await loop.create_datagram_endpoint(
                _Datagrams, local_addr=(source_towards(server), 0)
            )
        except OSError as error:
            raise _line_error(error) from error
        return _UdpPeer(peer)

    def transaction_id(self) -> bytes:
        """Draw 12 bytes."""
        return secrets.token_bytes(12)

    def now(self) -> float:
        """Give the monotonic clock's time."""
        return time.monotonic()

    def unix_now(self) -> float:
        """Give the wall clock's time."""
        return time.time()

    def _context(self, trust: Trust) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._authorities is not None:
            context.load_verify_locations(self._authorities)
        context.set_alpn_protocols(list(ALPN))
        if trust is Trust.ANY:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class _Datagrams(asyncio.DatagramProtocol):
    """What comes to a UDP socket, and what the network says to what was sent."""

    transport: asyncio.DatagramTransport

    def __init__(self) -> None:
        self._came: asyncio.Queue[tuple[bytes, Address] | OSError] = asyncio.Queue(_MOST_WAITING)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._put((data, Address(*addr[:2])))

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError):
            self._put(exc)

    async def next(self, within: float) -> tuple[bytes, Address] | OSError | None:
        try:
            async with asyncio.timeout(within):
                return await self._came.get()
        except TimeoutError:
            return None

    def _put(self, item: tuple[bytes, Address] | OSError) -> None:
        if not self._came.full():
            self._came.put_nowait(item)


async def _open_udp(server: Address) -> "_UdpLine":
    loop = asyncio.get_running_loop()
    try:
        _, datagrams = await loop.create_datagram_endpoint(_Datagrams, remote_addr=server)
    except OSError as error:
        raise _line_error(error) from error
    return _UdpLine(datagrams)


class _UdpLine:
    """A connected UDP socket: the system tells it when the port is closed."""

    def __init__(self, datagrams: _Datagrams) -> None:
        self._datagrams = datagrams

    async def send(self, frame: bytes) -> None:
        self._datagrams.transport.sendto(frame)

    async def receive(self, within: float) -> bytes | None:
        item = await self._datagrams.next(within)
        if isinstance(item, OSError):
            raise _line_error(item)
        return None if item is None else item[0]

    async def close(self) -> None:
        self._datagrams.transport.close()


class _UdpPeer:
    """A UDP socket that talks to whoever; it does not heed what the network says."""

    def __init__(self, datagrams: _Datagrams) -> None:
        self._datagrams = datagrams

    @property
    def port(self) -> int:
        port: int = self._datagrams.transport.get_extra_info("sockname")[1]
        return port

    async def send(self, data: bytes, to: Address) -> None:
        self._datagrams.transport.sendto(data, to)

    async def receive(self, within: float) -> tuple[bytes, Address] | None:
        item = await self._datagrams.next(within)
        return None if isinstance(item, OSError) else item

    async def close(self) -> None:
        self._datagrams.transport.close()


class _StreamLine:
    """A TCP or TLS connection, cut into frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._cutter = StreamCutter()
        self._frames: list[bytes] = []

    async def send(self, frame: bytes) -> None:
        self._writer.write(frame)

    async def receive(self, within: float) -> bytes | None:
        try:
            async with asyncio.timeout(within):
                while not self._frames:
                    data = await self._reader.read(_READ_SIZE)
                    if not data:
                        raise LineError(Trouble.CLOSED)
                    self._frames += self._cutter.feed(data)
        except TimeoutError:
            return None
        except StreamError as error:
            raise LineError(Trouble.NOT_STUN, str(error)) from error
        except OSError as error:
            raise LineError(Trouble.CLOSED, error.strerror or str(error)) from error
        return self._frames.pop(0)

    async def close(self) -> None:
        self._writer.transport.abort()


def _line_error(error: Exception) -> LineError:
    """Turn what the system says into one of the troubles."""
    match error:
        case ssl.SSLCertVerificationError():
            trouble = _OF_VERIFY_CODE.get(error.verify_code, Trouble.NO_CERTIFICATE)
            return LineError(trouble, error.verify_message)
        case ssl.SSLError():
            return LineError(
                Trouble.NOT_TLS, (error.reason or str(error)).replace("_", " ").lower()
            )
        case ConnectionRefusedError():
            return LineError(Trouble.REFUSED)
        case ConnectionError():
            return LineError(Trouble.CLOSED, error.strerror or str(error))
        case OSError() if error.errno in _NO_WAY:
            return LineError(Trouble.UNREACHABLE, error.strerror or "")
        case _:
            return LineError(Trouble.UNREACHABLE, str(error))
