"""UDP endpoints of asyncio on the virtual network."""

import asyncio
import contextvars
import errno
from collections.abc import Callable
from typing import Any

from nat.packets import Address
from nat.simulator.host import Host
from nat.simulator.resolver import Resolver, sockaddr
from nat.simulator.udp import UdpSocket


class VirtualDatagramTransport(asyncio.DatagramTransport):
    """What `loop.create_datagram_endpoint` gives. Packets arrive in the context of its making."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        host: Host,
        protocol: asyncio.DatagramProtocol,
        resolver: Resolver,
    ) -> None:
        super().__init__()
        self.socket = UdpSocket(host.udp, self)
        self._loop = loop
        self._protocol = protocol
        self._resolver = resolver
        self._context = contextvars.copy_context()
        self._closing = False
        self._last_bound: Address | None = None

    def start(self) -> None:
        """Tell the protocol that it is connected, soon."""
        self._soon(self._protocol.connection_made, self)

    # what the network calls

    def datagram_arrived(self, data: bytes, source: Address) -> bool:
        """Take a datagram; there is always room, because the protocol reads at once."""
        self._soon(self._receive, data, sockaddr(*source) if ":" in source[0] else source)
        return True

    def error_arrived(self, error: OSError) -> None:
        """Learn of an ICMP error."""
        self._soon(self._receive_error, error)

    def forgotten(self) -> None:
        """The run is over: what is called from now on has no effect."""
        self._closing = True

    def _receive(self, data: bytes, source: Any) -> None:
        if not self._closing:
            self._protocol.datagram_received(data, source)

    def _receive_error(self, error: OSError) -> None:
        if not self._closing:
            self._protocol.error_received(error)

    # what the program calls

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        """Send a datagram; errors go to the protocol's `error_received`, as asyncio has it."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"data must be bytes, bytearray or memoryview, not {type(data)!r}")
        if self._closing:
            return
        peer = self.socket.peer
        if addr is not None and peer is not None and tuple(addr[:2]) != peer:
            raise ValueError(f"Invalid address: must be None or {peer}")
        try:
            self.socket.send(bytes(data), None if addr is None else self._target(addr))
        except OSError as error:
            self._soon(self._receive_error, error)

    def _target(self, addr: Any) -> Address:
        host, port = addr[:2]
        return Address(self._resolver.look_up(host)[0], port)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`sockname` and `peername`; there is no socket to hand out."""
        bound = self.socket.bound or self._last_bound  # asyncio, too, answers after closing
        address = {"sockname": bound, "peername": self.socket.peer}.get(name)
        return default if address is None else sockaddr(*address)

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
            self._last_bound = self.socket.bound
            self.socket.close()
            self._soon(self._protocol.connection_lost, error)

    def _soon(self, callback: Callable[..., object], *args: Any) -> None:
        self._loop.call_soon(callback, *args, context=self._context)


def check_address(address: Any) -> None:
    """Raise what `create_datagram_endpoint` raises for an address that is none."""
    if not (isinstance(address, tuple) and len(address) >= 2):
        raise TypeError(f"an address must be a tuple (host, port), got {address!r}")
    if not 0 <= int(address[1]) <= 65535:
        raise OSError(errno.EINVAL, f"a port is 0 to 65535, got {address[1]!r}")
