"""Many datagrams in one system call, so that a generator in Python is cheaper than what it measures.

`sendmmsg` and `recvmmsg` through ctypes (Linux): the structures are filled once, and used for every call.
"""

import ctypes
import os
import socket
from collections.abc import Sequence

from stunwire import Address

_MSG_DONTWAIT = 0x40
_LIBC = ctypes.CDLL(None, use_errno=True)


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class _Header(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint32),
        ("vectors", ctypes.POINTER(_Iovec)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    _fields_ = (("header", _Header), ("size", ctypes.c_uint32))


class Batch:
    """Datagrams to send in one call, all with the same content, or room to receive so many.

    Args:
        data: the content; for receiving, as much room as one datagram needs.
        targets: where each one goes; None in it where the socket is connected, or is read.
    """

    def __init__(self, data: bytes, targets: Sequence[Address | None]) -> None:
        self._data = ctypes.create_string_buffer(data, len(data))
        self._vector = _Iovec(ctypes.addressof(self._data), len(data))
        self._names = [_ipv4_name(target) for target in targets if target is not None]
        names = iter(self._names)
        self._messages = (_Message * len(targets))()
        for message, target in zip(self._messages, targets, strict=True):
            message.header.vectors = ctypes.pointer(self._vector)
            message.header.vector_count = 1
            if target is not None:
                name = next(names)
                message.header.name = ctypes.addressof(name)
                message.header.name_size = len(name)

    def __len__(self) -> int:
        return len(self._messages)

    def send(self, fd: int) -> int:
        """Send all; return how many the system took."""
        return _check(_LIBC.sendmmsg(fd, self._messages, len(self._messages), 0))

    def receive(self, fd: int) -> int:
        """Take off what has come, as far as there is room; return how many."""
        return _check(_LIBC.recvmmsg(fd, self._messages, len(self._messages), _MSG_DONTWAIT, None))


def _check(result: int) -> int:
    if result >= 0:
        return result
    number = ctypes.get_errno()
    if number in {11, 111}:  # EAGAIN, and ECONNREFUSED of an earlier packet
        return 0
    raise OSError(number, os.strerror(number))


def _ipv4_name(target: Address) -> ctypes.Array[ctypes.c_char]:
    family = socket.AF_INET.to_bytes(2, "little")
    packed = family + target.port.to_bytes(2, "big") + socket.inet_aton(target.host) + bytes(8)
    return ctypes.create_string_buffer(packed, len(packed))
