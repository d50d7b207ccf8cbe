"""A TCP connection of a diagnosis, with or without TLS, on any asyncio event loop."""

import asyncio
import contextlib
import socket
import ssl
from typing import Final

from stunwire import Address

CHUNK: Final = 65536
PATIENCE: Final = 0.9
"""Seconds in which a connection may end in peace."""


class AsyncioStream:
    """A connection; `connect_from` makes it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, local: Address
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._local = local
        self._remote = Address(*writer.get_extra_info("peername")[:2])

    @classmethod
    async def connect_from(
        cls,
        opened: socket.socket,
        target: Address,
        tls: str | None,
        context: ssl.SSLContext | None,
    ) -> "AsyncioStream":
        """Connect a socket that is bound."""
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(opened, target)
            local = Address(*opened.getsockname()[:2])
            reader, writer = await asyncio.open_connection(
                sock=opened, ssl=context if tls else None, server_hostname=tls
            )
        except BaseException:
            opened.close()
            raise
        return cls(reader, writer, local)

    @property
    def local(self) -> Address:
        """Our end."""
        return self._local

    @property
    def remote(self) -> Address:
        """The other end."""
        return self._remote

    async def send(self, data: bytes) -> None:
        """Send bytes, and wait while the other side does not take them."""
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self) -> bytes:
        """Wait for bytes; empty at the end."""
        return await self._reader.read(CHUNK)

    async def close(self) -> None:
        """End the connection, by force if the other side does not."""
        self._writer.close()
        with contextlib.suppress(OSError):  # it is lost anyhow, or the time is up
            async with asyncio.timeout(PATIENCE):
                await self._writer.wait_closed()
        self._writer.transport.abort()
