"""ICMP errors that a UDP socket keeps once it was asked to, as Linux's IP_RECVERR has it."""

import collections
import socket
import struct
from typing import Final

from nat.packets import Address, IcmpError, IcmpKind

OPTIONS: Final = {(int(socket.IPPROTO_IP), 11): 2, (int(socket.IPPROTO_IPV6), 25): 3}
"""IP_RECVERR and IPV6_RECVERR of linux/in.h and linux/in6.h, and what SO_EE_ORIGIN then says."""
FLAG: Final = int(getattr(socket, "MSG_ERRQUEUE", 0x2000))
_MOST: Final = 64
_EXTENDED: Final = struct.Struct("=IBBBxII16x")
"""`sock_extended_err` of linux/errqueue.h, and the address of who tells it, which is left empty."""
_TYPES: Final = {
    IcmpKind.PORT_UNREACHABLE: ((3, 3), (1, 4)),
    IcmpKind.HOST_UNREACHABLE: ((3, 1), (1, 3)),
    IcmpKind.PROHIBITED: ((3, 13), (1, 1)),
    IcmpKind.PACKET_TOO_BIG: ((3, 4), (2, 0)),
    IcmpKind.TIME_EXCEEDED: ((11, 0), (3, 0)),
}


class ErrorQueue:
    """What is kept for one socket; of too many the first are forgotten.

    Args:
        level, option: by which the socket was asked to keep them.
    """

    def __init__(self, level: int, option: int) -> None:
        self._named = (level, option)
        self._kept: collections.deque[tuple[IcmpError, int]] = collections.deque(maxlen=_MOST)

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, error: IcmpError, number: int) -> None:
        """Keep an error with the number that the system has for it."""
        self._kept.append((error, number))

    def take(self) -> tuple[tuple[int, int, bytes], Address]:
        """The oldest one as a control message, and where the packet was to go that it is about.

        Raises:
            BlockingIOError: there is none.
        """
        if not self._kept:
            raise BlockingIOError
        error, number = self._kept.popleft()
        origin = OPTIONS[self._named]
        icmp_type, code = _TYPES[error.kind][origin - 2]
        data = _EXTENDED.pack(number, origin, icmp_type, code, error.mtu or 0, 0)
        return (*self._named, data), error.original.destination
