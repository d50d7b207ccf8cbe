"""ICMP errors about what a UDP socket sent, which Linux keeps for it if it is asked to.

Only so does a socket hear of them that is connected to nobody, as it must be where answers may come from
elsewhere. Other systems tell none: then there are none.
"""

import enum
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

AT_ONCE: Final = 16
_OPTION4: Final = int(socket.IPPROTO_IP), 11
_OPTION6: Final = int(socket.IPPROTO_IPV6), 25
"""IP_RECVERR and IPV6_RECVERR of linux/in.h and linux/in6.h, which `socket` does not have."""
_EXTENDED_ERROR: Final = struct.Struct("=IBBBxII")
"""`sock_extended_err` of linux/errqueue.h."""
_ROOM_FOR_DATA, _ROOM_FOR_ERRORS = 64, 512


class Origin(enum.IntEnum):
    """Who tells an error: SO_EE_ORIGIN of linux/errqueue.h."""

    NONE = 0
    LOCAL = 1
    ICMP = 2
    ICMPV6 = 3


_ORIGINS: Final = frozenset(Origin)
TOO_BIG: Final = frozenset({(Origin.ICMP, 3, 4), (Origin.ICMPV6, 2, 0)})
"""A router could not pass a packet on whole, and says what it passes (RFC 1191 §4, RFC 4443 §3.2)."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A packet that did not arrive.

    Attributes:
        errno: What the system makes of it.
        what: Who tells it, and the type and the code of ICMP.
        info: Where it was too big, the size that passes.
        target: Where it was to go, as sockets write it.
    """

    errno: int
    what: tuple[Origin, int, int]
    info: int
    target: tuple[Any, ...] | None


def keep_errors(opened: socket.socket) -> None:
    """Have the system keep the errors that packets of a socket meet.

    Raises:
        OSError: It does not.
    """
    if not sys.platform.startswith("linux"):
        return
    level, option = _OPTION6 if opened.family == socket.AF_INET6 else _OPTION4
    opened.setsockopt(level, option, 1)


def take_errors(opened: socket.socket) -> Iterator[Undelivered]:
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
                code, origin, icmp_type, icmp_code, info, _ = _EXTENDED_ERROR.unpack_from(data)
                teller = Origin(origin) if origin in _ORIGINS else Origin.NONE
                yield Undelivered(code, (teller, icmp_type, icmp_code), info, target or None)
