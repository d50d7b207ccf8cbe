"""A UDP socket of a diagnosis, on any asyncio event loop, with a bounded queue."""

import asyncio
import collections
import contextlib
import socket
from typing import Any, Final

from nat.discovery.errorqueue import take_errors
from nat.discovery.network import Datagram, UndeliveredError
from nat.zones import from_socket, to_socket
from stunwire import Address

QUEUE: Final = 256
"""Datagrams and errors that wait to be fetched; what comes when it is full is dropped."""


class AsyncioUdp:
    """An open UDP socket; `open_on` makes it.

    It sends past asyncio, which would tell a refusal to nobody in particular, and later.

    Attributes:
        dropped: how many datagrams came when the queue was full.
    """

    def __init__(self, opened: socket.socket, local: Address) -> None:
        self.dropped = 0
        self._socket = opened
        self._local = local
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: collections.deque[Datagram | OSError] = collections.deque()
        self._arrival = asyncio.Event()
        self._closed = False

    @classmethod
    async def open_on(cls, opened: socket.socket, local: Address) -> "AsyncioUdp":
        """Take over a socket that is bound."""
        made = cls(opened, local)
        try:
            made._transport, _ = await made._loop.create_datagram_endpoint(
                lambda: _Reader(made), sock=opened
            )
        except BaseException:
            opened.close()
            raise
        return made

    @property
    def local(self) -> Address:
        """Its address."""
        return self._local

    def send(self, data: bytes, target: Address) -> None:
        """Send a datagram.

        An error of an earlier packet may surface here; it is put among what was received.
        """
        if self._closed:
            raise OSError("the socket is closed")
        try:
            self._socket.sendto(data, to_socket(target))
        except OSError:
            if not self._take_errors():
                raise
            self._send_again(data, target)

    def _send_again(self, data: bytes, target: Address) -> None:
        try:
            self._socket.sendto(data, to_socket(target))
        except OSError as error:
            raise next(take_errors(self._socket), error) from None

    async def receive(self) -> Datagram:
        """Wait for the next datagram."""
        while not self._waiting:
            if self._closed:
                raise OSError("the socket is closed")
            self._arrival.clear()
            await self._arrival.wait()
        first = self._waiting.popleft()
        if isinstance(first, OSError):
            raise first
        return first

    def close(self) -> None:
        """Give the port back."""
        self._closed = True
        self._arrival.set()
        if self._transport is not None:
            self._transport.abort()

    def datagram_received(self, data: bytes, source: Any) -> None:
        """Keep what came."""
        self._keep(Datagram(data, from_socket(source), self._loop.time()))

    def error_received(self, error: Exception) -> None:
        """Keep an ICMP error, with where the packet was to go where the system says."""
        if not self._take_errors() and isinstance(error, OSError):
            self._keep(UndeliveredError(error.errno or 0, error.strerror or str(error), None, None))

    def _take_errors(self) -> bool:
        taken = list(take_errors(self._socket))
        for each in taken:
            self._keep(each)
        return bool(taken)

    def _keep(self, what: Datagram | OSError) -> None:
        if len(self._waiting) < QUEUE:
            self._waiting.append(what)
            self._arrival.set()
        else:
            self.dropped += 1


class _Reader(asyncio.DatagramProtocol):
    """What asyncio calls."""

    def __init__(self, owner: AsyncioUdp) -> None:
        self._owner = owner

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._owner.datagram_received(data, addr)

    def error_received(self, exc: Exception) -> None:
        with contextlib.suppress(OSError):
            self._owner.error_received(exc)
