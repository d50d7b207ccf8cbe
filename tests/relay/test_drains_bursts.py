"""Bursts through the drain loops: read no more than needed, gathered where that pays, and bounded."""

import pytest

from relay.counters import Usage
from relay.datapath import Route
from relay.drains import PACKETS_PER_WAKE, PacketSocket
from relay.fivetuple import FiveTuple
from relay.sockets import may_have_more
from stunwire import Address, ChannelData
from tests.relay.drainbench import CLIENT, PEER, SERVER, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def _fill(bench: Bench, packets: int) -> None:
    bench.client_side.waiting.extend([(ChannelData(0x4001, b"x").encode(), CLIENT)] * packets)
    bench.peer_side.waiting.extend([(b"x", PEER)] * packets)


SIDES = pytest.mark.parametrize("side", ["listener", "relay"])


@SIDES
def test_a_drain_takes_a_bounded_number_of_packets_and_leaves_the_rest_for_the_next(bench, side):
    _fill(bench, 100)
    packets: PacketSocket = getattr(bench, side)
    assert [packets.drain(bench.now) for _ in range(2)] == [PACKETS_PER_WAKE, 36]


@SIDES
def test_a_socket_that_gives_as_many_packets_as_before_is_not_read_in_vain(bench, side):
    packets: PacketSocket = getattr(bench, side)
    for each in (1, 5):
        _fill(bench, each)
        assert packets.drain(bench.now) == each
        bench.client_side.reads_in_vain = bench.peer_side.reads_in_vain = 0
        for _ in range(10):
            _fill(bench, each)
            assert packets.drain(bench.now) == each
        assert bench.client_side.reads_in_vain == bench.peer_side.reads_in_vain == 0


@SIDES
def test_where_only_a_read_can_tell_everything_is_read(bench, side):
    bench.buffer.has_more = may_have_more
    packets: PacketSocket = getattr(bench, side)
    for each in (1, 5, 3):
        _fill(bench, each)
        assert packets.drain(bench.now) == each


def test_packets_of_many_routes_in_turn_are_not_gathered(bench):
    other = Route(1, FiveTuple(CLIENT, SERVER), 0x4002, Address("192.0.1.8", 1), Usage(), 100.0)
    bench.route_with({CLIENT: {0x4001: bench.route, 0x4002: other}}, {})
    for _ in range(2):
        for number in (0x4001, 0x4002) * 4:
            bench.client_side.waiting.append((ChannelData(number, b"abc").encode(), CLIENT))
        bench.drain(bench.listener)
    assert [peer for _, peer in bench.peer_side.sent] == [PEER, other.peer] * 8
    assert bench.peer_side.trains == []


def test_packets_of_one_route_and_size_that_come_together_go_out_together(bench):
    sizes = (5, 5, 5, 5, 5, 5, 7, 7, 3)
    bench.expect(len(sizes))
    for size in sizes:
        bench.client_side.waiting.append((ChannelData(0x4001, bytes(size)).encode(), CLIENT))
        bench.peer_side.waiting.append((bytes(size), PEER))
    bench.drain(bench.listener)
    bench.drain(bench.relay)
    assert [data for data, _ in bench.peer_side.sent][-len(sizes) :] == [
        bytes(size) for size in sizes
    ]
    framed = [ChannelData(0x4001, bytes(size)).encode() for size in sizes]
    assert [data for data, _ in bench.client_side.sent][-len(sizes) :] == framed
    assert bench.peer_side.trains == bench.client_side.trains == [6, 2]


def test_what_went_before_a_packet_for_the_core_is_sent_before_the_core_has_it(bench):
    order = []
    bench.core_side.receive_from_peer = lambda *_: order.append(len(bench.client_side.sent))
    bench.expect(4)
    bench.client_side.sent.clear()
    for source in (PEER, PEER, PEER, ("192.0.1.7", 7001)):
        bench.peer_side.waiting.append((b"x", source))
    bench.drain(bench.relay)
    assert order == [3]


def test_a_train_that_meets_an_error_is_sent_packet_by_packet(bench):
    bench.expect(7)
    bench.peer_side.refuses_trains = True
    bench.client_side.waiting.extend([(ChannelData(0x4001, b"abc").encode(), CLIENT)] * 7)
    bench.drain(bench.listener)
    assert bench.peer_side.sent[-7:] == [(b"abc", PEER)] * 7
    assert bench.counters.drops == {}
