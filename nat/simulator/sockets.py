"""UDP sockets with the face of `socket.socket`, non-blocking, for programs that drain their own."""

import collections
import errno
import socket
from types import TracebackType
from typing import Any, ClassVar, Final, Self
from typing import Protocol as Interface

from nat.packets import Address
from nat.simulator.errors import OutsideWorldError
from nat.simulator.host import current_host
from nat.simulator.resolver import Resolver, sockaddr
from nat.simulator.udp import UdpSocket

RECEIVE_BUFFER: Final = 212_992
"""Bytes that wait in a socket nobody reads, unless SO_RCVBUF says otherwise."""
_OVERHEAD: Final = 256
_RECEIVE_BUFFER_OPTION: Final = (socket.SOL_SOCKET, socket.SO_RCVBUF)
_TYPE_FLAGS: Final = getattr(socket, "SOCK_NONBLOCK", 0) | getattr(socket, "SOCK_CLOEXEC", 0)


class Files(Interface):
    """What sockets need of the loop they live on."""

    resolver: Resolver

    def opened(self, opened: "VirtualSocket") -> int:
        """Give a new socket its number."""

    def closed(self, fileno: int) -> None:
        """Forget a socket."""

    def readable(self, fileno: int) -> None:
        """Learn that a socket has something to read."""


class VirtualSocket:
    """A UDP socket of the current host. `for_files` makes the class that replaces `socket.socket`.

    Raises:
        OutsideWorldError: it is asked for anything but UDP, or would have to block.
    """

    files: ClassVar[Files]

    def __init__(
        self, family: int = socket.AF_INET, type: int = socket.SOCK_STREAM, proto: int = 0,  # noqa: A002 -- as socket.socket has it
        fileno: int | None = None,
    ) -> None:  # fmt: skip
        kind = type & ~_TYPE_FLAGS
        supported = family in {socket.AF_INET, socket.AF_INET6} and kind == socket.SOCK_DGRAM
        if fileno is not None or not supported:
            raise OutsideWorldError(
                "inside a simulation `socket.socket` is for UDP over IPv4 and IPv6 only, got"
                f" family {family}, type {kind}, fileno {fileno}; TCP goes through asyncio"
            )
        self.family = socket.AddressFamily(family)
        self.type = socket.SOCK_DGRAM
        self.proto = proto
        self._socket = UdpSocket(current_host().udp, self)
        self._queue: collections.deque[tuple[bytes, Address]] = collections.deque()
        self._queued = 0
        self._error: OSError | None = None
        self._timeout: float | None = 0.0 if type & ~kind & _TYPE_FLAGS else None
        self._options: dict[tuple[int, int], Any] = {_RECEIVE_BUFFER_OPTION: RECEIVE_BUFFER}
        self._fileno = self.files.opened(self)

    @classmethod
    def for_files(cls, files: Files) -> "type[VirtualSocket]":
        """The class whose sockets belong to one loop."""
        return type("socket", (cls,), {"files": files})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # what the network calls

    def datagram_arrived(self, data: bytes, source: Address) -> bool:
        """Queue a datagram; False if the buffer is full."""
        size = len(data) + _OVERHEAD
        if self._queued + size > self._options[_RECEIVE_BUFFER_OPTION]:
            return False
        self._queue.append((data, source))
        self._queued += size
        self.files.readable(self._fileno)
        return True

    def error_arrived(self, error: OSError) -> None:
        """Keep an ICMP error for the next call."""
        self._error = error
        self.files.readable(self._fileno)

    def forgotten(self) -> None:
        """The run is over: the descriptor is a bad one from now on."""
        self._fileno = -1

    @property
    def has_something(self) -> bool:
        """A read would give something at once."""
        return bool(self._queue) or self._error is not None

    def surrender(self, receiver: Any) -> UdpSocket:
        """Give the socket below to an asyncio transport."""
        self._socket.receiver = receiver
        return self._socket

    # addresses

    def bind(self, address: Any) -> None:
        """As `socket.bind`."""
        self._socket.bind(self._resolve(address))

    def connect(self, address: Any) -> None:
        """As `socket.connect`."""
        self._socket.connect(self._resolve(address))

    def getsockname(self) -> Any:
        """As `socket.getsockname`."""
        any_host = "::" if self.family == socket.AF_INET6 else "0.0.0.0"
        return sockaddr(*(self._socket.bound or (any_host, 0)))

    def getpeername(self) -> Any:
        """As `socket.getpeername`."""
        if self._socket.peer is None:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return sockaddr(*self._socket.peer)

    def _resolve(self, address: Any) -> Address:
        default = "::" if self.family == socket.AF_INET6 else "0.0.0.0"
        host, port = address[:2]
        return Address(self.files.resolver.look_up(host or default)[0], port)

    # reading and writing

    def recvfrom(self, bufsize: int, flags: int = 0) -> tuple[bytes, Any]:
        """As `socket.recvfrom`; what does not fit is cut off."""
        data, source = self._next(flags)
        return data[:bufsize], sockaddr(*source)

    def recvfrom_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> tuple[int, Any]:
        """As `socket.recvfrom_into`."""
        data, source = self._next(flags)
        view = memoryview(buffer).cast("B")
        count = min(len(data), nbytes or len(view))
        view[:count] = data[:count]
        return count, sockaddr(*source)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As `socket.recv`."""
        return self.recvfrom(bufsize, flags)[0]

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As `socket.recv_into`."""
        return self.recvfrom_into(buffer, nbytes, flags)[0]

    def send(self, data: Any, _flags: int = 0) -> int:
        """As `socket.send`."""
        self._raise_error()
        self._socket.send(bytes(data))
        return len(data)

    def sendto(self, data: Any, flags: Any, address: Any = None) -> int:
        """As `socket.sendto`, with the flags or without."""
        self._raise_error()
        target = self._resolve(flags if address is None else address)
        self._socket.send(bytes(data), target)
        return len(data)

    def _next(self, flags: int) -> tuple[bytes, Address]:
        self._raise_error()
        if not self._queue:
            if self._timeout == 0.0:
                raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
            raise OutsideWorldError("a read that blocks would stop the world: setblocking(False)")
        if flags & socket.MSG_PEEK:
            return self._queue[0]
        data, source = self._queue.popleft()
        self._queued -= len(data) + _OVERHEAD
        return data, source

    def _raise_error(self) -> None:
        if self._fileno < 0:
            raise OSError(errno.EBADF, "Bad file descriptor")
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    # the rest of the face

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 -- the signature of socket.socket
        """As `socket.setblocking`."""
        self._timeout = None if flag else 0.0

    def settimeout(self, value: float | None) -> None:
        """As `socket.settimeout`."""
        self._timeout = value

    def gettimeout(self) -> float | None:
        """As `socket.gettimeout`."""
        return self._timeout

    def getblocking(self) -> bool:
        """As `socket.getblocking`."""
        return self._timeout != 0.0

    def setsockopt(self, level: int, option: int, value: Any, _length: int | None = None) -> None:
        """As `socket.setsockopt`; only SO_RCVBUF means something, doubled as Linux does."""
        is_buffer = (level, option) == _RECEIVE_BUFFER_OPTION
        self._options[level, option] = 2 * value if is_buffer else value

    def getsockopt(self, level: int, option: int, _buflen: int = 0) -> Any:
        """As `socket.getsockopt`: what was set, or 0."""
        return self._options.get((level, option), 0)

    def fileno(self) -> int:
        """A number no real file has; -1 once closed."""
        return self._fileno

    def close(self) -> None:
        """As `socket.close`."""
        if self._fileno >= 0:
            self._socket.close()
            self.files.closed(self._fileno)
            self._fileno = -1
