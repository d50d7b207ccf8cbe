"""Which way packets leave this machine, as the system would choose it; nothing is sent to find that out."""

import contextlib
import socket
from typing import Any


def source_towards(target: tuple[Any, ...], interface: str = "") -> str:
    """Give the address from which the system would send, without its zone; as `sockname_towards` in all else."""
    return str(sockname_towards(target, interface)[0])


def sockname_towards(target: tuple[Any, ...], interface: str = "") -> tuple[Any, ...]:
    """Give the name of the socket from which the system would send; connecting a UDP one makes it choose.

    Args:
        target: As sockets take it, an IP address first.
        interface: Through which to leave; empty for any.

    Raises:
        OSError: There is no way.
    """
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asked:
        leave_through(asked, interface)
        asked.connect(target)
        name: tuple[Any, ...] = asked.getsockname()
        return name


def leave_through(opened: socket.socket, interface: str) -> None:
    """Bind a socket to an interface where the system lets us; its address does the rest elsewhere.

    Raises:
        OSError: There is no such interface.
    """
    if interface and hasattr(socket, "SO_BINDTODEVICE"):
        with contextlib.suppress(PermissionError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
