"""Sockets of the world with the face of `socket.socket`; here the UDP ones and what all share."""

import collections
import errno
import io
import socket
import struct
from types import TracebackType
from typing import Any, ClassVar, Final, Self
from typing import Protocol as Interface

from nat.packets import Address
from nat.simulator.errorqueue import FLAG, OPTIONS, ErrorQueue
from nat.simulator.errors import OutsideWorldError
from nat.simulator.host import Host, current_host
from nat.simulator.resolver import Resolver, sockaddr
from nat.simulator.udp import UdpSocket

RECEIVE_BUFFER: Final = 212_992
"""Bytes that wait in a socket nobody reads, unless SO_RCVBUF says otherwise."""
READ: Final = 1
WRITE: Final = 2
"""The events of `selectors`."""
_OVERHEAD: Final = 256
_TYPE_FLAGS: Final = getattr(socket, "SOCK_NONBLOCK", 0) | getattr(socket, "SOCK_CLOEXEC", 0)
_BUFFERS: Final = {(socket.SOL_SOCKET, socket.SO_RCVBUF), (socket.SOL_SOCKET, socket.SO_SNDBUF)}
_MTU_DISCOVERY: Final = {(socket.IPPROTO_IP, 10), (socket.IPPROTO_IPV6, 23)}
_ALWAYS: Final = 2
_PROBING: Final = 3
"""IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, and values of theirs in linux/in.h and linux/in6.h."""
_ERROR: Final = (socket.SOL_SOCKET, socket.SO_ERROR)


class Files(Interface):
    """What sockets need of the selector they are known to."""

    resolver: Resolver

    def opened(self, opened: "VirtualSocket") -> int:
        """Give a new socket its number."""

    def closed(self, fileno: int) -> None:
        """Forget a socket."""

    def changed(self, fileno: int) -> None:
        """Learn that a socket may have become ready for something."""

    def wait_for(self, waiting: "VirtualSocket", events: int, timeout: float | None) -> bool:
        """Let a thread wait for a socket; False if the time has come first."""


class VirtualSocket:
    """Stands in for `socket.socket` while a run lasts; makes a UDP or a TCP socket, as asked.

    Attributes:
        files: the selector of the run.
        host: the host it was made on.

    Raises:
        OutsideWorldError: it is asked for anything but UDP and TCP, or would have to block.
    """

    files: ClassVar[Files]
    kinds: ClassVar[dict[int, "type[VirtualSocket]"]] = {}
    kind: ClassVar[socket.SocketKind]

    def __new__(cls, *arguments: Any, **keywords: Any) -> Any:
        """An instance of the class for the kind of socket."""
        return super().__new__(_class_for(*arguments, **keywords) if cls is VirtualSocket else cls)

    def __init__(
        self,
        family: int = socket.AF_INET,
        type: int = socket.SOCK_STREAM,  # noqa: A002 -- as socket.socket has it
        proto: int = 0,
        _fileno: int | None = None,
    ) -> None:
        self.type = self.kind
        self.family = socket.AddressFamily(socket.AF_INET if family == -1 else family)
        self.proto = 0 if proto == -1 else proto
        self.host: Host = current_host()
        self._files = 0
        self._closed = False
        self._error: OSError | None = None
        self._timeout: float | None = 0.0 if type & getattr(socket, "SOCK_NONBLOCK", 0) else None
        self._options: dict[tuple[int, int], Any] = dict.fromkeys(_BUFFERS, RECEIVE_BUFFER)
        self._fileno = self.files.opened(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: "type[BaseException] | None",
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def readiness(self) -> int:
        """What could be done without blocking: READ, WRITE, both or 0."""
        raise NotImplementedError

    def forgotten(self) -> None:
        """The run is over: the descriptor is a bad one from now on."""
        self._fileno = -1

    # blocking

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

    def _wait(self, events: int) -> None:
        """Wait until the socket is ready for reading or writing.

        Raises:
            BlockingIOError: it is not to block.
            TimeoutError: the time has come first.
        """
        if self._timeout == 0.0:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        if not self.files.wait_for(self, events, self._timeout):
            raise TimeoutError("timed out")

    # options

    def setsockopt(self, level: int, option: int, value: Any, _length: int | None = None) -> None:
        """As `socket.setsockopt`; the sizes of buffers are doubled as Linux does."""
        doubled = (level, option) in _BUFFERS
        self._options[level, option] = 2 * value if doubled else value

    def getsockopt(self, level: int, option: int, _buflen: int = 0) -> Any:
        """As `socket.getsockopt`: what was set, or 0."""
        if (level, option) == _ERROR:
            error, self._error = self._error, None
            return 0 if error is None else error.errno
        return self._options.get((level, option), 0)

    @property
    def _lingers(self) -> bool:
        """Whether closing is to reset the connection: SO_LINGER with a time of zero."""
        value = self._options.get((socket.SOL_SOCKET, socket.SO_LINGER), b"")
        return isinstance(value, bytes) and len(value) == 8 and struct.unpack("ii", value) == (1, 0)

    # the rest of the face

    def fileno(self) -> int:
        """A number no real file has; -1 once closed."""
        return self._fileno

    def close(self) -> None:
        """As `socket.close`."""
        self._closed = True
        if self._fileno >= 0 and not self._files:
            fileno, self._fileno = self._fileno, -1
            self.files.closed(fileno)
            self._close()

    def makefile(
        self,
        mode: str = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> Any:
        """As `socket.makefile`: the socket is closed when its last file is."""
        self._files += 1
        reads, writes = "r" in mode or "w" not in mode, "w" in mode
        raw_mode: Any = ("r" if reads else "") + ("w" if writes else "")
        raw = socket.SocketIO(self, raw_mode)  # type: ignore[arg-type]  # it has the same face
        if buffering == 0:
            return raw
        size = io.DEFAULT_BUFFER_SIZE if buffering is None or buffering < 0 else buffering
        made: Any = io.BufferedRWPair(raw, raw, size) if reads and writes else None
        if made is None:
            made = io.BufferedWriter(raw, size) if writes else io.BufferedReader(raw, size)
        return made if "b" in mode else io.TextIOWrapper(made, encoding, errors, newline)

    def _decref_socketios(self) -> None:
        """What `socket.SocketIO` calls when it is closed."""
        self._files -= 1
        if self._closed:
            self.close()

    def detach(self) -> int:
        """There is no descriptor that could be used without its socket."""
        raise OutsideWorldError(
            "a virtual socket has no descriptor to detach; TLS over one is played by asyncio alone"
        )

    def get_inheritable(self) -> bool:
        """No other process is part of the world."""
        return False

    def set_inheritable(self, inheritable: bool) -> None:  # noqa: FBT001 -- the signature of socket.socket
        """Nothing: no other process is part of the world."""

    def _close(self) -> None:
        raise NotImplementedError

    def resolve(self, address: Any) -> Address:
        """The first address of a name, as sockets look it up."""
        default = "::" if self.family == socket.AF_INET6 else "0.0.0.0"
        host, port = address[:2]
        return Address(self.files.resolver.look_up(host or default)[0], port)

    def _sockaddr(self, address: Address | None) -> Any:
        any_host = "::" if self.family == socket.AF_INET6 else "0.0.0.0"
        return sockaddr(*(address or (any_host, 0)))

    def _raise_error(self) -> None:
        if self._fileno < 0:
            raise OSError(errno.EBADF, "Bad file descriptor")
        if self._error is not None:
            error, self._error = self._error, None
            raise error


def _class_for(
    family: int = socket.AF_INET,
    type: int = socket.SOCK_STREAM,  # noqa: A002 -- as socket.socket has it
    _proto: int = 0,
    fileno: int | None = None,
    **_proto_by_name: int,
) -> "type[VirtualSocket]":
    found = VirtualSocket.kinds.get(type & ~_TYPE_FLAGS if type != -1 else socket.SOCK_STREAM)
    if fileno is not None or found is None or family not in {-1, socket.AF_INET, socket.AF_INET6}:
        raise OutsideWorldError(
            "inside a simulation `socket.socket` is for UDP and TCP over IPv4 and IPv6 only, got"
            f" family {family}, type {type}, fileno {fileno}"
        )
    return found


class DatagramSocket(VirtualSocket):
    """A UDP socket."""

    kind = socket.SOCK_DGRAM

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._socket = UdpSocket(self.host.udp, self)
        self._queue: collections.deque[tuple[bytes, Address]] = collections.deque()
        self._queued = 0

    # what the network calls

    def datagram_arrived(self, data: bytes, source: Address) -> bool:
        """Queue a datagram; False if the buffer is full."""
        size = len(data) + _OVERHEAD
        if self._queued + size > self._options[socket.SOL_SOCKET, socket.SO_RCVBUF]:
            return False
        self._queue.append((data, source))
        self._queued += size
        self.files.changed(self._fileno)
        return True

    def error_arrived(self, error: OSError) -> None:
        """Keep an ICMP error for the next call."""
        self._error = error
        self.files.changed(self._fileno)

    def readiness(self) -> int:
        """It can always be written to."""
        return WRITE | READ if self._queue or self._error is not None else WRITE

    def setsockopt(self, level: int, option: int, value: Any, _length: int | None = None) -> None:
        """As `socket.setsockopt`; path MTU discovery sets DF, as Linux does, and errors are kept."""
        super().setsockopt(level, option, value)
        if (level, option) in OPTIONS:
            self._socket.errors = ErrorQueue(level, option) if value else None
        if (level, option) in _MTU_DISCOVERY:
            self._socket.dont_fragment = value in {_ALWAYS, _PROBING}

    def surrender(self, receiver: Any) -> tuple[UdpSocket, list[tuple[bytes, Address]]]:
        """Give the socket below to an asyncio transport, with what waits in it."""
        self._socket.receiver = receiver
        waiting = list(self._queue)
        self._queue.clear()
        return self._socket, waiting

    # addresses

    def bind(self, address: Any) -> None:
        """As `socket.bind`."""
        self._socket.bind(self.resolve(address))

    def connect(self, address: Any) -> None:
        """As `socket.connect`."""
        self._socket.connect(self.resolve(address))

    def connect_ex(self, address: Any) -> int:
        """As `socket.connect_ex`."""
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or errno.EINVAL
        return 0

    def getsockname(self) -> Any:
        """As `socket.getsockname`."""
        return self._sockaddr(self._socket.bound)

    def getpeername(self) -> Any:
        """As `socket.getpeername`."""
        if self._socket.peer is None:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return sockaddr(*self._socket.peer)

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

    def recvmsg(
        self, bufsize: int, _ancbufsize: int = 0, flags: int = 0
    ) -> tuple[bytes, list[tuple[int, int, bytes]], int, Any]:
        """As `socket.recvmsg`; the only control messages are errors that were kept."""
        if not flags & FLAG:
            data, source = self.recvfrom(bufsize, flags)
            return data, [], 0, source
        kept = self._socket.errors or ErrorQueue(*next(iter(OPTIONS)))
        told, target = kept.take()
        if not kept:
            self._error = None
        return b"", [told], FLAG, sockaddr(*target)

    def send(self, data: Any, _flags: int = 0) -> int:
        """As `socket.send`."""
        self._raise_error()
        self._socket.send(bytes(data))
        return len(data)

    def sendto(self, data: Any, flags: Any, address: Any = None) -> int:
        """As `socket.sendto`, with the flags or without."""
        self._raise_error()
        target = self.resolve(flags if address is None else address)
        self._socket.send(bytes(data), target)
        return len(data)

    def _next(self, flags: int) -> tuple[bytes, Address]:
        self._raise_error()
        while not self._queue:
            self._wait(READ)
            self._raise_error()
        if flags & socket.MSG_PEEK:
            return self._queue[0]
        data, source = self._queue.popleft()
        self._queued -= len(data) + _OVERHEAD
        return data, source

    def _close(self) -> None:
        self._socket.close()


VirtualSocket.kinds[socket.SOCK_DGRAM] = DatagramSocket
