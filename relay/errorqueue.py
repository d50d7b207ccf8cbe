"""ICMP errors about packets that a socket sent, as Linux keeps them for it (RFC 8656 §11.5).

Other systems, and simulated ones, tell no such errors: then there are none.
"""

import socket
import struct
import sys
from collections.abc import Iterator

from stunwire import Address, Icmp

ERRORS_AT_ONCE = 16
_IP_RECVERR, _IPV6_RECVERR = 11, 25  # linux/in.h, linux/in6.h; not in Python's `socket`
_OPTION4 = int(socket.IPPROTO_IP), _IP_RECVERR
_OPTION6 = int(socket.IPPROTO_IPV6), _IPV6_RECVERR
_LEVELS = {_OPTION4, _OPTION6}
_IS_LINUX = sys.platform.startswith("linux")
_EXTENDED_ERROR = struct.Struct("=IBBBxII")  # linux/errqueue.h: sock_extended_err
_FROM_ICMP, _FROM_ICMPV6 = 2, 3
_ROOM_FOR_DATA, _ROOM_FOR_ERRORS = 64, 512
_TOO_BIG = {(_FROM_ICMP, 3, 4), (_FROM_ICMPV6, 2, 0)}


def keep_errors(opened: socket.socket, host: str) -> None:
    """Have the system keep the errors that packets of a socket meet.

    Args:
        opened: a relay socket.
        host: what it is bound to.
    """
    if not _IS_LINUX or not hasattr(opened, "recvmsg"):
        return
    level, option = _OPTION6 if ":" in host else _OPTION4
    try:
        opened.setsockopt(level, option, 1)
    except OSError:
        return


def read_errors(opened: socket.socket) -> Iterator[tuple[Address, Icmp]]:
    """Take errors off a socket's queue, a bounded number: where the packet was to go, and what ICMP said."""
    flag = getattr(socket, "MSG_ERRQUEUE", 0)
    if not flag or not hasattr(opened, "recvmsg"):
        return
    for _ in range(ERRORS_AT_ONCE):
        try:
            _, ancillary, _, target = opened.recvmsg(_ROOM_FOR_DATA, _ROOM_FOR_ERRORS, flag)
        except OSError:
            return
        for level, kind, data in ancillary:
            error = _decode(data) if (level, kind) in _LEVELS else None
            if error is not None and target:
                yield Address(target[0], target[1]), error


def _decode(data: bytes) -> Icmp | None:
    """Read an extended error; None when it is not from the network."""
    if len(data) < _EXTENDED_ERROR.size:
        return None
    _, origin, icmp_type, icmp_code, info, _ = _EXTENDED_ERROR.unpack_from(data)
    if origin not in {_FROM_ICMP, _FROM_ICMPV6} or icmp_type >= 128:
        return None
    # RFC 8656 §18.13: the MTU where the packet was too big, and 0 elsewhere
    return Icmp(icmp_type, icmp_code, info if (origin, icmp_type, icmp_code) in _TOO_BIG else 0)
