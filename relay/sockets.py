"""The relay's UDP sockets: opened with the address in every error."""

import contextlib
import fcntl
import socket
import sys
import termios

from relay.interfaces import family_of
from stunwire import Address, Family

LISTENER_BUFFER = 4 * 1024 * 1024
RELAY_BUFFER = 1024 * 1024
"""A peer that was held up itself answers in one burst, while the relay may have to wait for a processor."""
_SOCKET = socket.SOL_SOCKET
_IS_LINUX = sys.platform.startswith("linux")
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33  # asm-generic/socket.h; not in Python's `socket`


def open_udp_socket(address: Address, *, buffer_size: int) -> socket.socket:
    """Open a non-blocking UDP socket bound to `address`, with kernel buffers of `buffer_size` bytes.

    IPv6 sockets take IPv6 alone, so that IPv4 clients never appear as mapped addresses.

    Raises:
        OSError: as the operating system says, with the address in its text.
    """
    is_ipv6 = family_of(address.host) is Family.IPV6
    opened = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        if is_ipv6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        _ask_for_buffers(opened, buffer_size)
        opened.bind((address.host, address.port))
    except OSError as error:
        opened.close()
        reason = error.strerror or str(error)
        raise OSError(
            error.errno, f"cannot bind UDP address {address.host} port {address.port}: {reason}"
        ) from error
    return opened


def bound_address(opened: socket.socket) -> Address:
    """Return the address a socket is bound to."""
    host, port = opened.getsockname()[:2]
    return Address(host, port)


def has_more(opened: socket.socket) -> bool:
    """Say whether a datagram with something in it waits at a socket of this system."""
    size = bytearray(4)
    fcntl.ioctl(opened.fileno(), termios.FIONREAD, size)
    return any(size)


def may_have_more(_: socket.socket) -> bool:
    """Say that a read may find something, where only a read can tell."""
    return True


def bound_send_buffer(opened: socket.socket, size: int) -> None:
    """Keep the operating system from holding megabytes for a client that does not read."""
    with contextlib.suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)


def _ask_for_buffers(opened: socket.socket, size: int) -> None:
    """Ask for buffers, over the system's limit where it is lower: who has CAP_NET_ADMIN gets them even so."""
    must_force = not _is_granted(opened, socket.SO_RCVBUF, size)
    if (must_force and _is_forced(opened, _SO_RCVBUFFORCE, size)) or (
        not _is_granted(opened, socket.SO_SNDBUF, size) and not must_force
    ):
        _is_forced(opened, _SO_SNDBUFFORCE, size)


def _is_granted(opened: socket.socket, option: int, size: int) -> bool:
    try:  # an `except` costs a third of `contextlib.suppress`, and each allocation comes by here
        opened.setsockopt(_SOCKET, option, size)
    except OSError:  # the system may grant less, or refuse
        return False
    return opened.getsockopt(_SOCKET, option) >= size


def _is_forced(opened: socket.socket, option: int, size: int) -> bool:
    if not _IS_LINUX:
        return False
    try:
        opened.setsockopt(_SOCKET, option, size)
    except OSError:
        return False
    return True
