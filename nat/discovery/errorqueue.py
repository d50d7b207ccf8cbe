"""ICMP errors about what a UDP socket sent, which Linux keeps for it if it is asked to.

Only so does a socket hear of them that is connected to nobody, as it must be where answers may come from
elsewhere. Other systems, and simulated ones, tell none: then there are none.
"""

import os
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Final

from nat.discovery.network import UndeliveredError
from stunwire import Address

AT_ONCE: Final = 16
_OPTION4: Final = int(socket.IPPROTO_IP), 11
_OPTION6: Final = int(socket.IPPROTO_IPV6), 25
"""IP_RECVERR and IPV6_RECVERR of linux/in.h and linux/in6.h, which `socket` does not have."""
_EXTENDED_ERROR: Final = struct.Struct("=IBBBxII")
"""`sock_extended_err` of linux/errqueue.h."""
_FROM_HERE, _FROM_ICMP, _FROM_ICMPV6 = 1, 2, 3
_TOO_BIG: Final = {(_FROM_ICMP, 3, 4), (_FROM_ICMPV6, 2, 0)}
_PORT_UNREACHABLE: Final = {(_FROM_ICMP, 3, 3), (_FROM_ICMPV6, 1, 4)}
_PROHIBITED: Final = {
    (_FROM_ICMP, 3, 9), (_FROM_ICMP, 3, 10), (_FROM_ICMP, 3, 13), (_FROM_ICMPV6, 1, 1),
}  # fmt: skip
_ROOM_FOR_DATA, _ROOM_FOR_ERRORS = 64, 512


def keep_errors(opened: socket.socket) -> None:
    """Have the system keep the errors that packets of a socket meet."""
    if not sys.platform.startswith("linux"):
        return
    level, option = _OPTION6 if opened.family == socket.AF_INET6 else _OPTION4
    opened.setsockopt(level, option, 1)


def take_errors(opened: socket.socket) -> Iterator[UndeliveredError]:
    """Take what is kept, a bounded number: left there, it would wake the event loop for ever."""
    flag = getattr(socket, "MSG_ERRQUEUE", 0)
    if not flag or not hasattr(opened, "recvmsg"):
        return
    for _ in range(AT_ONCE):
        try:
            _, ancillary, _, target = opened.recvmsg(_ROOM_FOR_DATA, _ROOM_FOR_ERRORS, flag)
        except OSError:
            return
        for level, kind, data in ancillary:
            if (level, kind) in {_OPTION4, _OPTION6} and len(data) >= _EXTENDED_ERROR.size:
                yield _decode(data, Address(*target[:2]) if target else None)


def _decode(data: bytes, target: Address | None) -> UndeliveredError:
    code, origin, icmp_type, icmp_code, info, _ = _EXTENDED_ERROR.unpack_from(data)
    what = origin, icmp_type, icmp_code
    if origin == _FROM_HERE or what in _TOO_BIG:
        return UndeliveredError(code, os.strerror(code).lower(), target, info or None)
    if what in _PORT_UNREACHABLE:
        words = "port unreachable"
    elif what in _PROHIBITED:
        words = "administratively prohibited"
    else:
        words = os.strerror(code).lower()
    return UndeliveredError(code, words, target, None)
