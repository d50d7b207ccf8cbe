"""ICMP errors about packets that a relay socket sent, for the client that had them sent (RFC 8656 §11.5)."""

import contextlib
import socket
from collections.abc import Iterator

from operating import errorqueue
from operating.errorqueue import TOO_BIG, Origin
from stunwire import Address, Icmp

_FROM_THE_NETWORK = {Origin.ICMP, Origin.ICMPV6}


def keep_errors(opened: socket.socket) -> None:
    """Have the system keep the errors that packets of a socket meet, where it can."""
    with contextlib.suppress(OSError):
        errorqueue.keep_errors(opened)


def read_errors(opened: socket.socket) -> Iterator[tuple[Address, Icmp]]:
    """Take errors off a socket's queue, a bounded number: where the packet was to go, and what ICMP said."""
    for told in errorqueue.take_errors(opened):
        origin, icmp_type, code = told.what
        if origin in _FROM_THE_NETWORK and icmp_type < 128 and told.target:
            # RFC 8656 §18.13: the MTU where the packet was too big, and 0 elsewhere
            mtu = told.info if told.what in TOO_BIG else 0
            yield Address(told.target[0], told.target[1]), Icmp(icmp_type, code, mtu)
