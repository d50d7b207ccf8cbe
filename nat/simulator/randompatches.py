"""The random choices of programs, which follow the seed while a run lasts."""

import functools
import itertools
import os
import random
import ssl
import sys
import uuid
from collections.abc import Iterator
from typing import Any, Final

from nat.simulator.host import host_in
from nat.simulator.network import Network

_UUID_EPOCH: Final = 0x01B21DD213814000
"""RFC 9562 §5.1: 100 ns intervals from 1582-10-15 to the Unix epoch."""

_KEPT_IN_SETS: Final = (
    ("aiortc.rtcdtlstransport", "RTCDtlsTransport"),
    ("aiortc.rtcicetransport", "RTCIceTransport"),
    ("aiortc.rtcrtpreceiver", "RTCRtpReceiver"),
    ("aiortc.rtcrtpsender", "RTCRtpSender"),
)
"""Classes whose objects libraries keep in sets, where they stand in the order of their addresses."""


def numbering_patches() -> Iterator[tuple[Any, str, Any]]:
    """Numbers as hashes, so that such sets iterate in the same order in every process."""
    numbers = itertools.count(1)

    def number(self: Any) -> int:
        return int(vars(self).setdefault("_number_in_world", next(numbers)))

    for module, name in _KEPT_IN_SETS:
        if module in sys.modules:
            yield getattr(sys.modules[module], name), "__hash__", functools.partialmethod(number)


def random_patches(network: Network) -> Iterator[tuple[Any, str, Any]]:
    """Random bytes come from a stream of each host, so that one host does not disturb another."""
    real_seed = random.Random.seed

    def urandom(size: int, /, _flags: int = 0) -> bytes:
        host = host_in()
        return network.stream("bytes", host.name if host else "").randbytes(size)

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        real_seed(self, int.from_bytes(urandom(32)) if a is None else a, version)

    def uuid1(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        drawn = int.from_bytes(urandom(8))
        node = drawn >> 16 | 1 << 40 if node is None else node  # RFC 9562 §6.10: the multicast bit
        clock_seq = drawn & 0x3FFF if clock_seq is None else clock_seq & 0x3FFF
        ticks = network.clock.time_ns() // 100 + _UUID_EPOCH
        low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
        fields = low, middle, high, clock_seq >> 8, clock_seq & 0xFF, node
        return uuid.UUID(fields=fields, version=1)

    yield os, "urandom", urandom
    if hasattr(os, "getrandom"):
        yield os, "getrandom", urandom
    yield random, "_urandom", urandom  # what random.SystemRandom, and with it secrets, reads
    yield random.Random, "seed", seed  # a generator made without a seed takes one from the system
    yield ssl, "RAND_bytes", urandom
    yield uuid, "uuid1", uuid1
