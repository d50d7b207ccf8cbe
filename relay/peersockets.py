"""TCP sockets towards peers: listening, connecting, and passing bytes to and from clients' connections.

Nothing is read before there is somewhere to put it: until a connection is bound, and while its client does
not read, what the peer sends waits in the kernel, whose window then holds the peer up. The other way round
at most one read waits here, and the client's connection is not read as long as it does.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Protocol

from relay.brakes import Brake, Reason
from relay.drains import plain_address
from relay.interfaces import family_of
from relay.meters import Meter
from stunwire import Address, Family

READ_SIZE = 32 * 1024
SOCKET_BUFFER = 128 * 1024
BACKLOG = 16
ACCEPTED_AT_ONCE = 16
_HOST_AND_PORT = 2


class DataConnection(Protocol):
    """A client's connection that carries nothing but data."""

    def write_data(self, data: bytes) -> None:
        """Send to the client; `PeerLink.pause` is called when enough waits for it."""

    def pause_data(self) -> None:
        """Read nothing more from the client."""

    def resume_data(self) -> None:
        """Read again."""


class PeerLink:
    """One connection with a peer.

    Args:
        opened: its socket, connected or connecting.
        lost: is called once when the peer has closed it.
    """

    def __init__(self, opened: socket.socket, lost: Callable[[], None]) -> None:
        self._socket = opened
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._waiting = b""
        self._is_closed = False
        self._client: DataConnection
        self._meter: Meter
        self._brake = Brake(self._stop_reading, self._read_again)
        self._clients_brake = Brake(self._pause_client, self._resume_client)

    def watch(self, done: Callable[[bool], None]) -> None:
        """Call `done` when it is known whether the connection was made."""

        def writable() -> None:
            self._loop.remove_writer(self._socket)
            done(not self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

        self._loop.add_writer(self._socket, writable)

    def join(self, client: DataConnection, meter: Meter) -> None:
        """Begin to pass bytes on."""
        self._client, self._meter = client, meter
        self._loop.add_reader(self._socket, self._read)

    def send(self, data: bytes) -> None:
        """Send to the peer; what the kernel does not take waits, and the client is not read meanwhile."""
        if self._is_closed:
            return
        self._meter.count_to_peer(len(data))
        self._clients_brake.hold_for(self._wait)
        had_none = not self._waiting
        self._waiting += data
        if had_none:
            self._write()
            if self._waiting and not self._is_closed:
                self._clients_brake.hold(Reason.FULL)
                self._loop.add_writer(self._socket, self._write_more)

    def room(self) -> int:
        """How many bytes the client may send just now."""
        return self._meter.room(self._loop.time())

    def pause(self) -> None:
        """Read nothing more from the peer."""
        if not self._is_closed:
            self._brake.hold(Reason.FULL)

    def resume(self) -> None:
        """Read again."""
        if not self._is_closed:
            self._brake.release(Reason.FULL)

    def close(self) -> None:
        """Close the connection; the kernel still delivers what it took."""
        if not self._is_closed:
            self._is_closed = True
            self._brake.let_go()
            self._clients_brake.let_go()
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()

    def _pause_client(self) -> None:
        self._client.pause_data()

    def _resume_client(self) -> None:
        self._client.resume_data()

    def _stop_reading(self) -> None:
        self._loop.remove_reader(self._socket)

    def _read_again(self) -> None:
        self._loop.add_reader(self._socket, self._read)

    def _wait(self) -> float:
        return self._meter.wait(self._loop.time())

    def _read(self) -> None:
        room = self.room()
        if not room:
            self._brake.hold_for(self._wait)
            return
        try:
            data = self._socket.recv(min(READ_SIZE, room))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._meter.count_to_client(len(data))
        self._client.write_data(data)

    def _write(self) -> None:
        try:
            sent = self._socket.send(self._waiting)
        except BlockingIOError:
            return
        except OSError:
            self._lost()
            return
        self._waiting = self._waiting[sent:]

    def _write_more(self) -> None:
        self._write()
        if not self._waiting and not self._is_closed:
            self._loop.remove_writer(self._socket)
            self._clients_brake.release(Reason.FULL)


class PeerSockets:
    """Listening sockets by allocation, connections by number.

    Args:
        accepted: takes allocation and address of a peer that has connected; `accept` keeps the connection.
        connected: hears whether a connection was made.
        lost: hears of a connection that the peer has closed.
    """

    def __init__(
        self,
        *,
        accepted: Callable[[int, Address], None],
        connected: Callable[[int, bool], None],
        lost: Callable[[int], None],
    ) -> None:
        self._accepted = accepted
        self._connected = connected
        self._lost = lost
        self._listening: dict[int, socket.socket] = {}
        self._links: dict[int, PeerLink] = {}
        self._at_the_door: socket.socket | None = None

    def __contains__(self, allocation: int) -> bool:
        """Say whether there is a listening socket of that allocation."""
        return allocation in self._listening

    def listen(self, allocation: int, address: Address) -> None:
        """Open the listening socket of an allocation.

        Raises:
            OSError: as the operating system says.
        """
        opened = _open_socket(address)
        try:
            opened.bind(address)
            opened.listen(BACKLOG)
            # Only now: nobody shares the address but those who bind it after this, our own connections.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        except OSError:
            opened.close()
            raise
        self._listening[allocation] = opened
        loop = asyncio.get_running_loop()
        loop.add_reader(opened, self._take_in, allocation, opened)

    def unlisten(self, allocation: int) -> None:
        """Close the listening socket of an allocation."""
        opened = self._listening.pop(allocation)
        asyncio.get_running_loop().remove_reader(opened)
        opened.close()

    def connect(self, allocation: int, number: int, peer: Address) -> bool:
        """Begin to connect from an allocation's address; False when that fails at once."""
        local = Address(*self._listening[allocation].getsockname()[:_HOST_AND_PORT])
        opened = _open_socket(local)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            opened.bind(local)
            problem = opened.connect_ex(peer)
        except OSError as error:
            problem = error.errno or errno.EINVAL
        if problem not in (0, errno.EINPROGRESS):
            opened.close()
            return False
        self._keep(number, opened).watch(lambda made: self._connected(number, made))
        return True

    def accept(self, number: int) -> None:
        """Keep the connection that `accepted` was just called for."""
        opened, self._at_the_door = self._at_the_door, None
        assert opened is not None
        self._keep(number, opened)

    def link(self, number: int) -> PeerLink:
        """Return a connection."""
        return self._links[number]

    def close(self, number: int) -> None:
        """Close a connection; nothing happens when it is closed already."""
        link = self._links.pop(number, None)
        if link is not None:
            link.close()

    def _keep(self, number: int, opened: socket.socket) -> PeerLink:
        link = self._links[number] = PeerLink(opened, lambda: self._lost(number))
        return link

    def _take_in(self, allocation: int, listening: socket.socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                opened, source = listening.accept()
            except OSError:  # nobody waits, somebody left, or there is no room for a descriptor
                return
            peer = plain_address(source)
            opened.setblocking(False)
            _bound_buffers(opened)
            self._at_the_door = opened
            if peer is not None:
                self._accepted(allocation, peer)
            if self._at_the_door is not None:
                self._at_the_door = None
                opened.close()
            if allocation not in self._listening:
                return


def _open_socket(local: Address) -> socket.socket:
    is_ipv6 = family_of(local.host) is Family.IPV6
    opened = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_STREAM)
    opened.setblocking(False)
    if is_ipv6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    # connections of the port's last owner may still be in TIME-WAIT
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    _bound_buffers(opened)
    return opened


def _bound_buffers(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
