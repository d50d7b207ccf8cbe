"""Packets through a relay, as many as it takes or so many a second, from clients to a sink or back."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from batches import Batch
from servers import CHANNEL, HOST, Holder, Server, allocate, bind

from stunwire import Address, ChannelData

WINDOW = 256
"""Packets on the way at once when the server gets as many as it takes."""
BUFFER = 4 << 20
SILENCE = 0.05
"""Seconds after which packets on the way are lost."""
ROOM = Batch(bytes(2048), [None] * 64)


@dataclass(frozen=True)
class Load:
    """What to send.

    Args:
        allocations: how many clients there are.
        size: bytes of payload.
        upwards: whether from clients to the peer, or back.
        rate: packets a second, one at a time; None for as many as the server takes.
    """

    allocations: int
    size: int
    upwards: bool
    rate: int | None

    def __str__(self) -> str:
        way = "client to peer" if self.upwards else "peer to client"
        rate = "saturated" if self.rate is None else f"{self.rate:,} a second"
        return f"{self.size} B, {way}, {self.allocations} allocations, {rate}"


@dataclass(frozen=True)
class Outcome:
    """What became of a load.

    Args:
        sent: packets sent.
        received: packets that arrived.
        cpu: CPU seconds of the server.
        took: seconds.
    """

    sent: int
    received: int
    cpu: float
    took: float

    @property
    def each(self) -> float:
        """CPU time of the server for a packet, in microseconds."""
        return self.cpu / max(self.received, 1) * 1e6


class Field:
    """Clients with channels to a sink, through one server."""

    def __init__(self, server: Server, sink: socket.socket, holders: list[Holder]) -> None:
        self.server = server
        self._sink = sink.fileno()
        self._clients = [holder.socket.fileno() for holder in holders]
        self._relayed = [holder.relayed for holder in holders]

    def play(self, load: Load, seconds: float) -> Outcome:
        """Send for a while, and take off what arrives."""
        sends, receivers = self._ends(load)
        cpu, start = self.server.cpu(), time.perf_counter()
        if load.rate is None:
            sent, received = _saturate(sends, receivers, start + seconds)
        else:
            sent, received = _pace(sends, receivers, load.rate, start, start + seconds)
        received += _wait_for_rest(receivers, sent - received)
        return Outcome(sent, received, self.server.cpu() - cpu, time.perf_counter() - start)

    def _ends(self, load: Load) -> tuple[list[tuple[Batch, int]], list[int]]:
        """What is sent where, each in turn; and where it arrives."""
        data = bytes(load.size)
        if load.upwards:
            framed = Batch(ChannelData(CHANNEL, data).encode(), [None])
            return [(framed, fd) for fd in self._clients], [self._sink]
        return [(Batch(data, [relayed]), self._sink) for relayed in self._relayed], self._clients


@contextmanager
def field(server: Server, allocations: int) -> Iterator[Field]:
    """Allocate, and bind a channel to a sink for each."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sink.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        sink.bind((HOST, 0))
        sink.setblocking(False)
        holders = [allocate(server) for _ in range(allocations)]
        for holder in holders:
            bind(holder, Address(*sink.getsockname()))
            holder.socket.setblocking(False)
        try:
            yield Field(server, sink, holders)
        finally:
            for holder in holders:
                holder.socket.close()


def _receive(receivers: list[int]) -> int:
    return sum(ROOM.receive(fd) for fd in receivers)


def _saturate(sends: list[tuple[Batch, int]], receivers: list[int], end: float) -> tuple[int, int]:
    """Keep a window of packets on the way: each client in turn sends one."""
    sent = received = lost = turn = 0
    now = last = time.perf_counter()
    while now < end:
        while sent - received - lost < WINDOW:
            batch, fd = sends[turn]
            sent += batch.send(fd)
            turn = (turn + 1) % len(sends)
        got = _receive(receivers)
        now = time.perf_counter()
        if got:
            received, last = received + got, now
        elif now - last > SILENCE:
            lost, last = sent - received, now
    return sent, received


def _pace(
    sends: list[tuple[Batch, int]], receivers: list[int], rate: int, due: float, end: float
) -> tuple[int, int]:
    """Send one packet at a time at its time, each client in turn; meanwhile receive."""
    sent = received = look = 0
    while due < end:
        if time.perf_counter() >= due:
            batch, fd = sends[sent % len(sends)]
            sent += batch.send(fd)
            due += 1.0 / rate
        if sent % 2 or time.perf_counter() < due:  # also when behind: sinks must not overflow
            received += ROOM.receive(receivers[look % len(receivers)])
            look += 1
    return sent, received


def _wait_for_rest(receivers: list[int], missing: int) -> int:
    got, last = 0, time.perf_counter()
    while got < missing and time.perf_counter() - last < SILENCE:
        fresh = _receive(receivers)
        if fresh:
            got, last = got + fresh, time.perf_counter()
    return got
