"""Frames of clients: forwarded on live channels, counted, or handed up."""

import pytest

from relay import Counters, DropReason, Usage
from relay.bandwidth import Allowance
from relay.datapath import Route
from relay.fivetuple import FiveTuple, Transport
from relay.frames import Forwarder
from stunwire import Address, ChannelData

CLIENT, SERVER, PEER = (Address("192.0.2.1", 1), Address("192.0.2.2", 2), Address("192.0.2.3", 3))
FIVE_TUPLE = FiveTuple(CLIENT, SERVER, Transport.DTLS)
FRAME = ChannelData(0x4001, b"hello").encode()


class Nothing:
    """An allowance that is used up."""

    def take(self, size: int, now: float) -> bool:
        return False


class Bench:
    """A forwarder with one live channel."""

    def __init__(self, allowance: Allowance | None = None) -> None:
        self.usage, self.counters = Usage(), Counters()
        self.sent: list[tuple[bytes, Address]] = []
        self.up: list[bytes] = []
        route = Route(7, FIVE_TUPLE, 0x4001, PEER, self.usage, 100.0, allowance)
        self.forwarder = Forwarder(
            {CLIENT: {0x4001: route}},
            {7: self},
            self.counters,
            lambda frame, five_tuple, now: self.up.append(frame),
        )

    def send(self, data: bytes | memoryview, peer: Address) -> None:
        self.sent.append((bytes(data), peer))

    def take(self, *frames: bytes, now: float = 1.0) -> None:
        self.forwarder.take(list(frames), FIVE_TUPLE, now)


def test_channel_data_goes_to_its_peer_and_is_counted():
    bench = Bench()
    bench.take(FRAME, FRAME)
    assert bench.sent == [(b"hello", PEER)] * 2
    assert (bench.usage.to_peer_packets, bench.usage.to_peer_bytes) == (2, 10)
    assert bench.up == []


def test_what_stands_behind_the_announced_length_is_not_data():
    bench = Bench()
    bench.take(FRAME + b"\0\0\0")
    assert bench.sent == [(b"hello", PEER)]
    assert bench.usage.to_peer_bytes == 5


@pytest.mark.parametrize(
    ("frame", "now"),
    [
        (FRAME, 100.0),  # the channel has expired
        (ChannelData(0x4002, b"hello").encode(), 1.0),
        (FRAME[:-1], 1.0),  # announces more than there is
        (b"\0\1\0\0" + bytes(16), 1.0),
        (b"\x40", 1.0),
    ],
)
def test_everything_else_is_handed_up(frame, now):
    bench = Bench()
    bench.take(frame, now=now)
    assert (bench.up, bench.sent) == ([frame], [])


def test_what_is_more_than_the_allowance_is_dropped_and_counted():
    bench = Bench(Nothing())  # type: ignore[arg-type]
    bench.take(FRAME)
    assert bench.sent == []
    assert bench.counters.drops == {DropReason.BANDWIDTH: 1}
    assert bench.usage.to_peer_packets == 0
