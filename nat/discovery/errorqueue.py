"""What ICMP says of a packet that a question was sent in, in words."""

import os
import socket
from collections.abc import Iterator
from typing import Final

from nat.discovery.network import UndeliveredError
from operating import errorqueue
from operating.errorqueue import TOO_BIG, Origin, Undelivered
from stunwire import Address

_PORT_UNREACHABLE: Final = {(Origin.ICMP, 3, 3), (Origin.ICMPV6, 1, 4)}
_PROHIBITED: Final = {
    (Origin.ICMP, 3, 9), (Origin.ICMP, 3, 10), (Origin.ICMP, 3, 13), (Origin.ICMPV6, 1, 1),
}  # fmt: skip


def take_errors(opened: socket.socket) -> Iterator[UndeliveredError]:
    """Take what is kept for a socket, a bounded number."""
    yield from map(_in_words, errorqueue.take_errors(opened))


def _in_words(told: Undelivered) -> UndeliveredError:
    target = Address(*told.target[:2]) if told.target else None
    words = os.strerror(told.errno).lower()
    if told.what[0] is Origin.LOCAL or told.what in TOO_BIG:
        return UndeliveredError(told.errno, words, target, told.info or None)
    if told.what in _PORT_UNREACHABLE:
        words = "port unreachable"
    elif told.what in _PROHIBITED:
        words = "administratively prohibited"
    return UndeliveredError(told.errno, words, target, None)
