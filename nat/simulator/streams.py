"""TCP transports of asyncio on the virtual network."""

import asyncio
import contextvars
import errno
import socket
from collections.abc import Callable
from typing import Any, Final

from nat.packets import Address
from nat.simulator.connection import Connection, State
from nat.simulator.resolver import family_of, sockaddr

HIGH_WATER: Final = 64 * 1024


class SocketView:
    """What a program may ask of the socket under a transport or server."""

    def __init__(self, local: Address, remote: Address | None = None) -> None:
        self.family = family_of(local.host)
        self.type = socket.SOCK_STREAM
        self.proto = socket.IPPROTO_TCP
        self._local = local
        self._remote = remote

    def getsockname(self) -> Any:
        """As `socket.getsockname`."""
        return sockaddr(*self._local)

    def getpeername(self) -> Any:
        """As `socket.getpeername`."""
        assert self._remote is not None
        return sockaddr(*self._remote)

    def setsockopt(self, *_args: Any) -> None:
        """As `socket.setsockopt`; without effect."""

    def getsockopt(self, *_args: Any) -> int:
        """As `socket.getsockopt`; always 0."""
        return 0

    def fileno(self) -> int:
        """As of a closed socket: there is no descriptor."""
        return -1


class VirtualStreamTransport(asyncio.Transport):
    """What `loop.create_connection` gives. Data arrives in the context of its making."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: Connection,
        gone: Callable[["VirtualStreamTransport"], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._loop = loop
        self._connection = connection
        self._context = contextvars.copy_context()
        self._gone = gone
        self._protocol: asyncio.BaseProtocol = asyncio.Protocol()
        self._closing = False
        self._lost = False
        self._paused = False
        self._eof_written = False
        self._eof_told = False
        self._woken = False
        self._writing_paused = False
        self._high, self._low = HIGH_WATER, HIGH_WATER // 4

    def start(self, protocol: asyncio.BaseProtocol) -> None:
        """Tell the protocol that it is connected, soon, and begin to read."""
        self._protocol = protocol
        self._soon(protocol.connection_made, self)
        self._connection.receiver = self
        if self._connection.state is State.CLOSED:
            self.stream_lost(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
        else:
            self.stream_readable()

    # what the connection calls

    def stream_readable(self) -> None:
        """There is something to take, or the end has come."""
        if not self._woken and not self._paused:
            self._woken = True
            self._soon(self._read)

    def stream_sent(self) -> None:
        """Some of what waited is on its way."""
        unsent = self._connection.unsent
        if self._writing_paused and unsent <= self._low:
            self._writing_paused = False
            self._soon(self._protocol.resume_writing)
        if self._closing and not unsent:
            self._lose(None)

    def stream_lost(self, error: OSError) -> None:
        """The connection is gone."""
        self._closing = True
        self._lose(error)

    def stream_forgotten(self) -> None:
        """The run is over: what is called from now on has no effect."""
        self._closing = self._lost = True

    def _read(self) -> None:
        self._woken = False
        if self.is_reading() and self._connection.readable:
            self._hand_over(self._connection.take())
        if self.is_reading() and self._connection.at_end and not self._eof_told:
            self._eof_told = True
            keep_open = (
                isinstance(self._protocol, asyncio.Protocol | asyncio.BufferedProtocol)
                and self._protocol.eof_received()
            )
            if not keep_open:
                self.close()

    def _hand_over(self, data: bytes) -> None:
        protocol = self._protocol
        if not isinstance(protocol, asyncio.BufferedProtocol):
            assert isinstance(protocol, asyncio.Protocol)
            protocol.data_received(data)
            return
        view = memoryview(data)
        while view:
            buffer = memoryview(protocol.get_buffer(len(view))).cast("B")
            count = min(len(buffer), len(view))
            buffer[:count] = view[:count]
            view = view[count:]
            protocol.buffer_updated(count)

    # what the program calls: reading

    def pause_reading(self) -> None:
        """No more data until `resume_reading`; the other side is held up by the window."""
        self._paused = True

    def resume_reading(self) -> None:
        """Read again."""
        if self._paused and not self._closing:
            self._paused = False
            self.stream_readable()

    def is_reading(self) -> bool:
        """Tell whether data is being read."""
        return not self._paused and not self._closing

    # what the program calls: writing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes, or keep them until the window opens."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"data must be bytes, bytearray or memoryview, not {type(data)!r}")
        if self._eof_written:
            raise RuntimeError("cannot write after write_eof")
        if self._closing or not data:
            return
        self._connection.write(bytes(data))
        if self._connection.unsent > self._high and not self._writing_paused:
            self._writing_paused = True
            self._protocol.pause_writing()

    def writelines(self, list_of_data: Any) -> None:
        """Send several pieces as one."""
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        """Close the writing half, behind what is waiting."""
        if not self._eof_written and not self._closing:
            self._eof_written = True
            self._connection.finish()

    def can_write_eof(self) -> bool:
        """TCP can."""
        return True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """When to pause and resume the protocol's writing, in bytes."""
        if high is None:
            high = 4 * low if low is not None else HIGH_WATER
        self._high = high
        self._low = high // 4 if low is None else low
        if not self._high >= self._low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """The low and the high mark."""
        return self._low, self._high

    def get_write_buffer_size(self) -> int:
        """Bytes that wait for the window."""
        return self._connection.unsent

    # what the program calls: the rest

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`sockname`, `peername` and `socket`."""
        connection = self._connection
        match name:
            case "sockname":
                return sockaddr(*connection.local)
            case "peername":
                return sockaddr(*connection.remote)
            case "socket":
                return SocketView(connection.local, connection.remote)
            case _:
                return default

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Whom data goes to."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Send data to another protocol from now on."""
        self._protocol = protocol

    def is_closing(self) -> bool:
        """Tell whether it is closed or closing."""
        return self._closing

    def close(self) -> None:
        """Read no more, send what waits, then say goodbye."""
        if self._closing:
            return
        self._closing = True
        self._connection.finish()
        if not self._connection.unsent:
            self._lose(None)

    def abort(self) -> None:
        """Drop everything and reset the connection."""
        self._closing = True
        self._connection.abort()
        self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._connection.receiver = None
            self._soon(self._say_goodbye, error)

    def _say_goodbye(self, error: Exception | None) -> None:
        self._protocol.connection_lost(error)
        self._gone(self)

    def _soon(self, callback: Callable[..., object], *args: Any) -> None:
        self._loop.call_soon(callback, *args, context=self._context)


class Connecting:
    """A connection on its way: a future that the handshake settles."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: Connection) -> None:
        self._connection = connection
        self._done: asyncio.Future[None] = loop.create_future()
        connection.receiver = self

    async def wait(self) -> None:
        """Wait for the end of the handshake.

        Raises:
            OSError: the other side refused, or did not answer.
        """
        try:
            await self._done
        except asyncio.CancelledError:
            self._connection.abort()
            raise

    def stream_readable(self) -> None:
        """The handshake is done."""
        if self._connection.state is State.ESTABLISHED and not self._done.done():
            self._done.set_result(None)

    def stream_sent(self) -> None:
        """Nothing is written before the handshake is done."""

    def stream_lost(self, error: OSError) -> None:
        """The handshake has failed."""
        if not self._done.done():
            self._done.set_exception(error)

    def stream_forgotten(self) -> None:
        """The run is over; nobody waits any more."""
