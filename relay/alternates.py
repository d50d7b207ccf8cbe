"""The further sockets of a server with two addresses and two ports (RFC 5780 §6)."""

import contextlib
import socket

from relay.discovery import Quartet
from relay.sockets import LISTENER_BUFFER, bound_address, open_udp_socket
from stunwire import Address

ATTEMPTS = 8
"""So many ports are tried where the system may choose, because both hosts must have it free."""


def open_alternates(primary: Address, alternate: Address) -> tuple[list[socket.socket], Quartet]:
    """Open the three listeners that stand beside the one at `primary`.

    Args:
        primary: where a listener is open.
        alternate: the other host, and the other port; 0 lets the system choose one.

    Raises:
        OSError: an address cannot be bound; the text names it.
    """
    for attempt in range(ATTEMPTS):
        with contextlib.ExitStack() as undo:
            try:
                opened = _open_three(primary, alternate, undo)
            except OSError:
                if alternate.port or attempt + 1 == ATTEMPTS:
                    raise
                continue
            undo.pop_all()
            return opened, Quartet(primary, bound_address(opened[0]))
    raise AssertionError("the last attempt raises")


def _open_three(
    primary: Address, alternate: Address, undo: contextlib.ExitStack
) -> list[socket.socket]:
    def listen(host: str, port: int) -> socket.socket:
        opened = open_udp_socket(Address(host, port), buffer_size=LISTENER_BUFFER)
        undo.callback(opened.close)
        return opened

    far = listen(*alternate)
    other_port = bound_address(far).port
    return [far, listen(primary.host, other_port), listen(alternate.host, primary.port)]
