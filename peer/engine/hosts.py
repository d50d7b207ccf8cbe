"""Sockets on local addresses, on any port or within a range."""

import asyncio
import errno
import random
import socket
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from peer.localaddresses import LocalAddress

RECEIVE_BUFFER: Final = 1 << 18
#: Ports that may be tried in vain: taken by somebody, or not for us (below 1024).
_NEXT_PORT: Final = frozenset({errno.EADDRINUSE, errno.EACCES, errno.EPERM})

Protocol = TypeVar("Protocol", bound=asyncio.DatagramProtocol)


class PortsExhaustedError(OSError):
    """No port of the configured range is free on an address."""

    def __init__(self, host: str, ports: tuple[int, int]) -> None:
        super().__init__(f"no UDP port of {ports[0]} to {ports[1]} is free on {host}")


async def open_socket(
    new_protocol: Callable[[], Protocol],
    address: LocalAddress,
    port_range: tuple[int, int] | None,
    *,
    remote: tuple[str, int] | None = None,
) -> tuple[asyncio.DatagramTransport, Protocol]:
    """Open a UDP socket on a local address.

    Args:
        new_protocol: Makes its protocol.
        address: The address to bind to.
        port_range: The lowest and the highest port, tried upwards from a random one (RFC 6056
            §3.3.1), or `None` for any that is free.
        remote: The one address to talk to; errors that it causes then reach the protocol.

    Raises:
        PortsExhaustedError: No port of the range is free.
        OSError: The address cannot be bound.
    """
    loop = asyncio.get_running_loop()
    for port in _ports(port_range):
        try:
            transport, protocol = await loop.create_datagram_endpoint(
                new_protocol, local_addr=(address.host, port), remote_addr=remote
            )
        except OSError as error:
            if port_range is None or error.errno not in _NEXT_PORT:
                raise
        else:
            widen(transport)
            return transport, protocol
    assert port_range is not None
    raise PortsExhaustedError(address.host, port_range)


def widen(transport: asyncio.BaseTransport) -> None:
    """Let the kernel keep a burst until we come to read it."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def _ports(port_range: tuple[int, int] | None) -> Iterator[int]:
    if port_range is None:
        yield 0
        return
    low, high = port_range
    start = random.randint(low, high)
    yield from range(start, high + 1)
    yield from range(low, start)
