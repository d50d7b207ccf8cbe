"""Trains: packets of one size for one target, sent in one system call (UDP segmentation offload).

Sending is the dearest part of relaying, and most of it is done for each call rather than for each byte. Video
comes in bursts of packets of one size. So what one drain finds on one route goes out together where Linux can
cut it up again just before the wire (UDP_SEGMENT, since Linux 4.18); the receiver notices nothing.
"""

import errno
import functools
import socket
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from stunwire import Address

Target = TypeVar("Target")

MOST_PACKETS = 64
"""No Linux refuses to cut so many in one call."""
MOST_BYTES = 60_000
LONGEST_PACKET = 1400
"""A longer one may not fit the next link, and then the whole train is refused."""
_SOL_UDP, _UDP_SEGMENT = 17, 103  # linux/udp.h; not in Python's `socket`
_SEGMENT_SIZE = struct.Struct("=H")
_REFUSALS = frozenset({errno.EINVAL, errno.EIO, errno.ENOPROTOOPT, errno.EOPNOTSUPP})


def couple(
    departures: Iterable[tuple[Target, memoryview]], room: Sequence[int]
) -> Iterator[tuple[Target, list[memoryview]]]:
    """Make trains of packets in a row that have one target and one size; their order stays.

    Args:
        departures: targets and packets.
        room: `Coupling.room`.
    """
    leader: Target | None = None
    train: list[memoryview] = []
    size = most = 0
    for target, packet in departures:
        if target is leader and len(packet) == size and len(train) < most:
            train.append(packet)
            continue
        if leader is not None:
            yield leader, train
        leader, train, size = target, [packet], len(packet)
        most = room[size] if size < len(room) else 1
    if leader is not None:
        yield leader, train


class Coupling:
    """How long trains may be; once the system has refused one, all packets go alone.

    Attributes:
        room: by the size of a packet, how many of them may go together; sizes beyond its end go alone.
    """

    def __init__(self) -> None:
        self.room: Sequence[int] = ()
        if sys.platform.startswith("linux") and hasattr(socket.socket, "sendmsg"):
            self.room = _room()

    def send(self, opened: socket.socket, packets: Sequence[memoryview], target: Address) -> bool:
        """Send packets of one size together; False if they have to be sent one by one."""
        size = _SEGMENT_SIZE.pack(len(packets[0]))
        try:
            opened.sendmsg(packets, [(_SOL_UDP, _UDP_SEGMENT, size)], 0, target)
        except OSError as error:
            if error.errno in _REFUSALS:
                self.room = ()
            return False
        return True


@functools.cache
def _room() -> tuple[int, ...]:
    """The same for whoever sends trains."""
    sizes = range(1, LONGEST_PACKET + 1)
    return (1, *(min(MOST_PACKETS, MOST_BYTES // size) for size in sizes))
