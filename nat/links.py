"""What a link does to packets: latency, jitter, loss, duplication, bandwidth with a queue, MTU.

A `Wire` is one direction of a link as a calculator: a size and the time go in, the times of arrival
or the reason for a drop come out. It holds no clock, so it serves virtual time and real time alike.

Rule 1: without `reordering` packets leave a wire in the order in which they entered it.
Rule 2: loss, jitter and duplication draw from streams of their own, so that one more draw of one
kind changes nothing about the others.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nat.packets import Drop, DropReason

NANOSECONDS: Final = 1_000_000_000
DEFAULT_QUEUE: Final = 65_536
"""Bytes that wait before a narrow link, unless its quality says otherwise."""
SMALLEST_MTU: Final = 68
"""RFC 791 §3.2: "every internet module must be able to forward a datagram of 68 octets"."""


@dataclass(frozen=True, slots=True)
class GilbertElliott:
    """Loss in bursts: a link is in a good or in a bad state, and may change with each packet.

    Args:
        to_bad: probability, for each packet, of going from good to bad.
        to_good: probability, for each packet, of going from bad to good.
        good: share of packets lost in the good state.
        bad: share of packets lost in the bad state.

    Raises:
        ValueError: one is not from 0 to 1, or the link could never change its state.
    """

    to_bad: float
    to_good: float
    good: float = 0.0
    bad: float = 1.0

    def __post_init__(self) -> None:
        for name in ("to_bad", "to_good", "good", "bad"):
            _check_share(f"{name} of bursts", getattr(self, name))
        if not self.to_bad + self.to_good:
            raise ValueError("bursts need to_bad or to_good above 0, or they never change")

    @property
    def share(self) -> float:
        """The share of packets lost in the long run."""
        in_bad = self.to_bad / (self.to_bad + self.to_good)
        return in_bad * self.bad + (1 - in_bad) * self.good


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """What one direction of a link does to packets.

    Args:
        latency: seconds one way.
        jitter: up to so many seconds more, evenly spread.
        reordering: whether jitter may let a packet overtake another.
        loss: share of packets lost, from 0 to 1; or loss in bursts.
        duplication: share of packets that arrive twice, from 0 to 1.
        bandwidth: bits per second, or None for no limit.
        queue: bytes that may wait for the bandwidth; what finds no room is dropped.
        mtu: bytes of the largest packet with its IP header, or None for no limit. UDP that is
            larger is cut into fragments, unless it says "don't fragment".
        cut: whether nothing passes at all.

    Raises:
        ValueError: it is impossible; the message says what is allowed.
    """

    latency: float
    jitter: float = 0.0
    reordering: bool = False
    loss: float | GilbertElliott = 0.0
    duplication: float = 0.0
    bandwidth: float | None = None
    queue: int = DEFAULT_QUEUE
    mtu: int | None = None
    cut: bool = False

    def __post_init__(self) -> None:
        for name in ("latency", "jitter"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise ValueError(f"a link needs {name} >= 0 s, got {value:g}")
        if not isinstance(self.loss, GilbertElliott):
            _check_share("loss", self.loss)
        _check_share("duplication", self.duplication)
        if self.bandwidth is not None and not 0 < self.bandwidth < float("inf"):
            raise ValueError(f"a link needs bandwidth > 0 bit/s, got {self.bandwidth:g}")
        if self.queue < 0:
            raise ValueError(f"a link needs queue >= 0 bytes, got {self.queue}")
        if self.mtu is not None and self.mtu < SMALLEST_MTU:
            raise ValueError(f"a link needs mtu >= {SMALLEST_MTU} bytes, got {self.mtu}")

    @property
    def loss_share(self) -> float:
        """The share of packets lost in the long run."""
        return self.loss.share if isinstance(self.loss, GilbertElliott) else self.loss

    @property
    def is_plain(self) -> bool:
        """It does nothing but delay every packet by the same time."""
        changes = self.jitter or self.loss_share or self.duplication or self.cut
        return not changes and self.bandwidth is None and self.mtu is None


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"a link needs {name} from 0 to 1, got {value:g}")


INTERNET_QUALITY: Final = LinkQuality(latency=0.01)
"""The link of a host or NAT on the internet, unless something else is said."""
LAN_QUALITY: Final = LinkQuality(latency=0.0005)
"""The link of a host or NAT in a LAN, unless something else is said."""


class Wire:
    """One direction of a link.

    Args:
        name: whose link it is, for the words of a drop.
        quality: what it does, at first.
        stream: gives the random stream for a purpose: "loss", "jitter" or "duplication".

    Attributes:
        latency_ns: nanoseconds one way.
        is_plain: it does nothing but delay; then `cross` need not be asked.
        is_sized: the size of packets counts; otherwise `cross` may be told any.
        last_ns: when the last packet that entered comes out.
    """

    def __init__(
        self, name: str, quality: LinkQuality, stream: Callable[[str], random.Random]
    ) -> None:
        self.name = name
        self.last_ns = -1
        self._make_stream = stream
        self._streams: dict[str, random.Random] = {}
        self._bad = False
        self._free_ns = 0
        self._identification = 0
        self.change(quality)

    def change(self, quality: LinkQuality) -> None:
        """Give it another quality, from now on."""
        self.quality = quality
        self.latency_ns = round(quality.latency * NANOSECONDS)
        self.is_plain = quality.is_plain
        self.is_sized = quality.bandwidth is not None or quality.mtu is not None
        self._jitter_ns = round(quality.jitter * NANOSECONDS)

    def next_identification(self) -> int:
        """A number for the pieces of a packet that is cut here."""
        self._identification = self._identification % 0xFFFF + 1
        return self._identification

    def cross(self, size: int, now_ns: int) -> tuple[int, ...] | Drop:
        """When a packet that enters now comes out: once, twice, or not at all.

        Args:
            size: bytes with its IP header.
        """
        quality = self.quality
        if quality.cut:
            return Drop(DropReason.LINK_DOWN, f"the link of {self.name} is cut")
        start = now_ns if quality.bandwidth is None else self._queue(size, now_ns)
        if start is None:
            detail = f"{quality.queue} bytes wait already on the link of {self.name}"
            return Drop(DropReason.QUEUE_FULL, detail)
        if quality.loss and self._loses():
            share = quality.loss_share
            return Drop(DropReason.LOST, f"the link of {self.name} loses {share:.1%}")
        arrival = self._arrive(start)
        if quality.duplication and self._draw("duplication") < quality.duplication:
            return arrival, self._arrive(start)
        return (arrival,)

    def _draw(self, purpose: str) -> float:
        stream = self._streams.get(purpose)
        if stream is None:
            stream = self._streams[purpose] = self._make_stream(purpose)
        return stream.random()

    def _queue(self, size: int, now_ns: int) -> int | None:
        """When the last bit of a packet is on the wire, or None if the queue has no room."""
        bandwidth = self.quality.bandwidth
        assert bandwidth is not None
        waiting_ns = max(0, self._free_ns - now_ns)
        waiting = waiting_ns * bandwidth / (8 * NANOSECONDS)
        if waiting and waiting + size > self.quality.queue:
            return None
        self._free_ns = now_ns + waiting_ns + round(size * 8 * NANOSECONDS / bandwidth)
        return self._free_ns

    def _loses(self) -> bool:
        loss = self.quality.loss
        if not isinstance(loss, GilbertElliott):
            return self._draw("loss") < loss
        change, fate = self._draw("loss"), self._draw("loss")
        if change < (loss.to_good if self._bad else loss.to_bad):
            self._bad = not self._bad
        return fate < (loss.bad if self._bad else loss.good)

    def _arrive(self, start_ns: int) -> int:
        arrival = start_ns + self.latency_ns
        if self._jitter_ns:
            arrival += round(self._draw("jitter") * self._jitter_ns)
            if self.quality.reordering:
                self.last_ns = max(arrival, self.last_ns)
                return arrival
        self.last_ns = arrival = max(arrival, self.last_ns)
        return arrival
