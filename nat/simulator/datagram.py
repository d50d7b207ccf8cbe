"""UDP endpoints of asyncio on the virtual network."""

import asyncio
import collections
from asyncio import trsock
from collections.abc import Callable
from typing import Any, Final

from nat.packets import Address
from nat.simulator.resolver import sockaddr
from nat.simulator.selector import Delivery
from nat.simulator.sockets import DatagramSocket

_BYTES: Final = (bytes, bytearray, memoryview)


class VirtualDatagramTransport(asyncio.DatagramTransport):
    """What `loop.create_datagram_endpoint` gives. Packets arrive in the context of its making.

    asyncio's own would do as well, but takes five times as long for a packet.

    Args:
        inbox: takes what is to be delivered after the event that is being made.
        waiter: to be settled when the protocol knows that it is connected.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: DatagramSocket,
        protocol: asyncio.DatagramProtocol,
        inbox: "collections.deque[Delivery]",
        waiter: "asyncio.Future[None] | None" = None,
    ) -> None:
        super().__init__()
        self._sock = sock
        self._socket, waiting = sock.surrender(self)
        self._loop = loop
        self._protocol = protocol
        self._inbox = inbox
        self._context = sock.host.context()
        self._enter = self._context.run
        self._closing = False
        self._name = sock.getsockname()
        self._soon(protocol.connection_made, self)
        for data, source in waiting:
            self._soon(self._receive, data, sockaddr(*source))
        if waiter is not None:
            self._soon(_settle, waiter)

    # what the network calls

    def datagram_arrived(self, data: bytes, source: Address) -> bool:
        """Take a datagram; there is always room, because the protocol reads at once."""
        shown = sockaddr(*source) if ":" in source[0] else source
        self._inbox.append((self._enter, self._receive, data, shown))
        return True

    def error_arrived(self, error: OSError) -> None:
        """Learn of an ICMP error."""
        self._soon(self._receive_error, error)

    def _receive(self, data: bytes, source: Any) -> None:
        if not self._closing:
            self._protocol.datagram_received(data, source)

    def _receive_error(self, error: OSError) -> None:
        if not self._closing:
            self._protocol.error_received(error)

    # what the program calls

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        """Send a datagram; errors go to the protocol's `error_received`, as asyncio has it."""
        if not isinstance(data, _BYTES):
            raise TypeError(f"data must be bytes, bytearray or memoryview, not {type(data)!r}")
        if self._closing:
            return
        sock = self._socket
        if addr is not None and sock.peer is not None and tuple(addr[:2]) != sock.peer:
            raise ValueError(f"Invalid address: must be None or {sock.peer}")
        try:
            if addr is not None and type(addr) is not Address:
                addr = self._sock.resolve(addr)
            sock.send(bytes(data), addr)
        except OSError as error:
            self._soon(self._receive_error, error)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`sockname`, `peername` and `socket`."""
        match name:
            case "sockname":  # asyncio, too, answers after closing
                return self._name if self._closing else self._sock.getsockname()
            case "peername" if self._socket.peer is not None:
                return sockaddr(*self._socket.peer)
            case "socket":
                return trsock.TransportSocket(self._sock)  # type: ignore[arg-type]  # it has the same face
            case _:
                return default

    def get_write_buffer_size(self) -> int:
        """Nothing ever waits to be sent."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Without effect, for the same reason."""

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Whom datagrams go to."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Send datagrams to another protocol from now on."""
        assert isinstance(protocol, asyncio.DatagramProtocol)
        self._protocol = protocol

    def is_closing(self) -> bool:
        """Tell whether it is closed or closing."""
        return self._closing

    def close(self) -> None:
        """Free the address; the protocol hears `connection_lost(None)`, soon."""
        self._close(None)

    def abort(self) -> None:
        """The same: nothing waits to be sent."""
        self._close(None)

    def _close(self, error: Exception | None) -> None:
        if not self._closing:
            self._closing = True
            self._name = self._sock.getsockname()
            self._sock.close()
            self._soon(self._protocol.connection_lost, error)

    def _soon(self, callback: Callable[..., object], *args: Any) -> None:
        self._loop.call_soon(callback, *args, context=self._context)


def _settle(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
