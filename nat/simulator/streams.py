"""TCP sockets of the world with the face of `socket.socket`."""

import collections
import errno
import socket
from typing import Any, Final

from nat.packets import Address
from nat.simulator.connection import Connection, State
from nat.simulator.resolver import sockaddr
from nat.simulator.sockets import READ, WRITE, VirtualSocket
from nat.simulator.tcp import Sharing

SEND_BUFFER: Final = 212_992
"""Bytes that a socket takes before the window of the other side opens."""


class StreamSocket(VirtualSocket):
    """A TCP socket: fresh, bound, listening or connected."""

    kind = socket.SOCK_STREAM

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._bound: Address | None = None
        self._connection: Connection | None = None
        self._connecting = False
        self._arrived: collections.deque[Connection] | None = None
        self._reading_is_shut = False

    def _over(self, connection: Connection) -> "StreamSocket":
        """A socket over a connection that came to this one."""
        taken = StreamSocket(self.family, self.kind, self.proto)
        taken.host = self.host
        taken._connection = connection
        taken._error = connection.failure
        connection.receiver = taken
        return taken

    # what the connection calls

    def stream_readable(self) -> None:
        """There is something to take, or the end has come, or the handshake is done."""
        if self._connection is not None and self._connection.state is not State.CONNECTING:
            self._connecting = False
        self.files.changed(self._fileno)

    def stream_sent(self) -> None:
        """Some of what waited to be sent is on its way."""
        self.files.changed(self._fileno)

    def stream_lost(self, error: OSError) -> None:
        """The connection is gone."""
        self._connecting = False
        self._error = error
        self.files.changed(self._fileno)

    def _arrive(self, connection: Connection) -> None:
        assert self._arrived is not None
        self._arrived.append(connection)
        self.files.changed(self._fileno)

    # the state

    def readiness(self) -> int:
        """What could be done without blocking."""
        if self._arrived is not None:
            return READ if self._arrived else 0
        connection = self._connection
        if connection is None:
            return READ | WRITE
        if self._connecting:
            return 0
        closed = connection.state is State.CLOSED
        over = closed or self._error is not None or self._reading_is_shut
        reads = over or connection.readable or connection.at_end
        writes = closed or connection.unsent < SEND_BUFFER
        return (READ if reads else 0) | (WRITE if writes else 0)

    def _connected(self) -> Connection:
        if self._fileno < 0:
            raise OSError(errno.EBADF, "Bad file descriptor")
        if self._connection is None or self._connecting:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return self._connection

    # addresses

    def bind(self, address: Any) -> None:
        """As `socket.bind`."""
        if self._bound is not None:
            raise OSError(errno.EINVAL, f"Invalid argument: already bound to {self._bound}")
        shared = self.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
        sharing = Sharing.SHARED if shared else Sharing.ALONE
        self._bound = self.host.tcp.bind(self.resolve(address), sharing)

    def getsockname(self) -> Any:
        """As `socket.getsockname`."""
        connection = self._connection
        return self._sockaddr(self._bound if connection is None else connection.local)

    def getpeername(self) -> Any:
        """As `socket.getpeername`."""
        connection = self._connected()
        if connection.state is State.CLOSED:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return sockaddr(*connection.remote)

    # connecting and accepting

    def connect(self, address: Any) -> None:
        """As `socket.connect`."""
        if self._connection is not None:
            number = errno.EALREADY if self._connecting else errno.EISCONN
            raise OSError(number, "the socket is connected or connecting already")
        remote = self.resolve(address)
        self._connection = self.host.tcp.connect(remote, self._bound)
        self._connecting = True
        self._connection.receiver = self
        if self._timeout == 0.0:
            raise BlockingIOError(errno.EINPROGRESS, "Operation now in progress")
        self._wait(WRITE)
        self._raise_error()

    def connect_ex(self, address: Any) -> int:
        """As `socket.connect_ex`."""
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or errno.EINVAL
        return 0

    def listen(self, _backlog: int = 128) -> None:
        """As `socket.listen`; the backlog has no bound."""
        if self._arrived is not None:
            return
        if self._bound is None:
            self.bind(("", 0))
        assert self._bound is not None
        self._arrived = collections.deque()
        self.host.tcp.listen(self._bound, self._arrive)

    def accept(self) -> "tuple[VirtualSocket, Any]":
        """As `socket.accept`."""
        if self._arrived is None:
            raise OSError(errno.EINVAL, "Invalid argument: the socket does not listen")
        while not self._arrived:
            self._wait(READ)
        connection = self._arrived.popleft()
        return self._over(connection), sockaddr(*connection.remote)

    # reading and writing

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As `socket.recv`."""
        connection = self._connected()
        while not (connection.readable or self._ended(connection)):
            self._wait(READ)
        return connection.peek(bufsize) if flags & socket.MSG_PEEK else connection.take(bufsize)

    def _ended(self, connection: Connection) -> bool:
        """Tell whether nothing will come any more; a reset is raised, once."""
        if self._reading_is_shut:
            return True
        self._raise_error()
        return connection.at_end or connection.state is State.CLOSED

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As `socket.recv_into`."""
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def recvfrom(self, bufsize: int, flags: int = 0) -> tuple[bytes, None]:
        """As `socket.recvfrom`; a stream names no source."""
        return self.recv(bufsize, flags), None

    def send(self, data: Any, _flags: int = 0) -> int:
        """As `socket.send`."""
        connection = self._connected()
        self._raise_error()
        if connection.state is State.CLOSED or connection.is_finishing:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        view = memoryview(data).cast("B")
        while view and (room := SEND_BUFFER - connection.unsent) <= 0:
            self._wait(WRITE)
            self._raise_error()
        taken = view[:room] if view else view
        connection.write(bytes(taken))
        return len(taken)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As `socket.sendall`."""
        view = memoryview(data).cast("B")
        while view:
            view = view[self.send(view, flags) :]

    def sendmsg(self, buffers: Any, *_control: Any) -> int:
        """As `socket.sendmsg`, for data alone."""
        return self.send(b"".join(buffers))

    def shutdown(self, how: int) -> None:
        """As `socket.shutdown`."""
        connection = self._connected()
        if how in {socket.SHUT_RD, socket.SHUT_RDWR}:
            self._reading_is_shut = True
            self.files.changed(self._fileno)
        if how in {socket.SHUT_WR, socket.SHUT_RDWR}:
            connection.finish()

    def _close(self) -> None:
        """Close as Linux does: by a reset if something was not read, or if told so."""
        tcp, connection = self.host.tcp, self._connection
        if self._arrived is not None and self._bound is not None:
            tcp.unlisten(self._bound)
            for waiting in self._arrived:
                waiting.abort()
        if connection is not None:
            connection.receiver = None
            if self._connecting or connection.readable or self._lingers:
                connection.abort()
            else:
                connection.finish()
        if self._bound is not None:
            tcp.release(self._bound)


VirtualSocket.kinds[socket.SOCK_STREAM] = StreamSocket
