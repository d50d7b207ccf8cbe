"""Drain loops on sockets that a test fills: bounded, forwarding what has a route, handing up the rest."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.bandwidth import Allowance, ByteBucket
from relay.counters import DropReason, Usage
from relay.datapath import (
    Datapath,
    Route,
    route_to_client,
    route_to_peer,
)
from relay.drains import (
    PacketBuffer,
    RelaySocket,
    plain_address,
)
from relay.fivetuple import FiveTuple
from stunwire import Address, ChannelData
from tests.relay.drainbench import CLIENT, PEER, SERVER, Bench, CoreSide


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_what_peers_send_takes_the_listener_that_leads_to_the_client_now(bench):
    sent = []
    bench.relay.lead_to(
        type("Other", (), {"send": lambda _, data, to: sent.append((bytes(data), to))})()
    )
    bench.peer_side.waiting.append((b"hello", PEER))
    bench.drain(bench.relay)
    assert sent == [(ChannelData(0x4001, b"hello").encode(), CLIENT)]
    assert bench.client_side.sent == []


def test_channel_data_on_a_route_goes_straight_to_the_peer_and_is_counted(bench):
    bench.client_side.waiting.append((ChannelData(0x4001, b"hello").encode() + b"\0\0\0", CLIENT))
    bench.drain(bench.listener)
    assert bench.peer_side.sent == [(b"hello", PEER)]
    assert bench.handed_up == []
    assert (bench.route.usage.to_peer_packets, bench.route.usage.to_peer_bytes) == (1, 5)


def test_a_peers_packet_on_a_route_goes_straight_to_the_client_as_channel_data(bench):
    bench.peer_side.waiting.append((b"world" * 100, tuple(PEER)))
    bench.drain(bench.relay)
    assert bench.client_side.sent == [(ChannelData(0x4001, b"world" * 100).encode(), CLIENT)]
    assert (bench.route.usage.to_client_packets, bench.route.usage.to_client_bytes) == (1, 500)


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (b"", CLIENT),
        (b"\0\1\0\0", CLIENT),
        (b"\xff", CLIENT),
        (ChannelData(0x4002, b"x").encode(), CLIENT),
        (ChannelData(0x4001, b"x").encode(), Address("192.0.2.1", 6)),
        (b"\x40\x01\0\x09short", CLIENT),
    ],
)
def test_whatever_has_no_route_is_handed_up_as_it_came(bench, data, source):
    bench.client_side.waiting.append(
        (ChannelData(0x4001, b"hello").encode(), CLIENT)
    )  # a full buffer
    bench.client_side.waiting.append((data, tuple(source)))
    bench.now = 3.0
    bench.drain(bench.listener)
    assert bench.handed_up == [(data, source, SERVER, 3.0)]
    assert len(bench.peer_side.sent) == 1


def test_an_expired_route_is_none(bench):
    bench.now = 100.0
    bench.client_side.waiting.append((ChannelData(0x4001, b"x").encode(), CLIENT))
    bench.peer_side.waiting.append((b"x", PEER))
    bench.drain(bench.listener)
    bench.drain(bench.relay)
    assert len(bench.handed_up) == len(bench.from_peers) == 1
    assert bench.peer_side.sent == bench.client_side.sent == []


def test_a_stranger_at_the_relay_socket_is_handed_up(bench):
    bench.peer_side.waiting.append((b"x", ("192.0.1.7", 7001)))
    bench.drain(bench.relay)
    assert bench.from_peers == [(b"x", Address("192.0.1.7", 7001), 0.0)]


def test_what_the_system_does_not_take_is_dropped_and_counted(bench):
    bench.peer_side.refuses = bench.client_side.refuses = True
    bench.client_side.waiting.append((ChannelData(0x4001, b"x").encode(), CLIENT))
    bench.peer_side.waiting.append((b"x", PEER))
    bench.drain(bench.listener)
    bench.drain(bench.relay)
    assert bench.counters.drops == {DropReason.SEND_FAILED: 2}


def test_an_error_that_an_earlier_packet_met_does_not_stop_the_loop(bench):
    for side in (bench.client_side, bench.peer_side):
        side.waiting.append((ConnectionRefusedError(), None))
    bench.client_side.waiting.append((ChannelData(0x4001, b"x").encode(), CLIENT))
    bench.peer_side.waiting.append((b"x", PEER))
    bench.drain(bench.listener)
    bench.drain(bench.relay)
    assert len(bench.peer_side.sent) == len(bench.client_side.sent) == 1


def test_a_relay_socket_that_its_own_packet_closes_stops(bench):
    class Closing(CoreSide):
        def receive_from_peer(self, number: int, *packet) -> None:
            super().receive_from_peer(number, *packet)
            bench.peer_side.closed = True

    relay = RelaySocket(
        1,
        bench.peer_side,
        {},
        listener=bench.listener,
        core_side=(closing := Closing()),
        buffer=PacketBuffer(),
        counters=bench.counters,
    )
    bench.peer_side.waiting.extend([(b"x", PEER)] * 3)
    for _ in range(3):
        relay.drain(0.0)
    assert len(closing.from_peers) == 1


def test_an_ipv6_source_loses_what_is_not_address_and_one_with_a_scope_is_dropped(bench):
    assert plain_address(("2a00::1", 5, 0, 0)) == ("2a00::1", 5)
    assert plain_address(("192.0.2.1", 5)) == ("192.0.2.1", 5)
    bench.client_side.waiting.append((b"\0", ("2a00::1", 5, 0, 0)))
    bench.drain(bench.listener)
    assert bench.handed_up.pop() == (b"\0", Address("2a00::1", 5), SERVER, 0.0)
    assert plain_address(("fe80::1", 5, 0, 2)) is None
    bench.client_side.waiting.append((b"\0", ("fe80::1", 5, 0, 2)))
    bench.peer_side.waiting.append((b"\0", ("fe80::1", 5, 0, 2)))
    bench.drain(bench.listener)
    bench.drain(bench.relay)
    assert bench.counters.drops == {DropReason.SCOPED_SOURCE: 2}
    assert bench.handed_up == bench.from_peers == []


REFUSED = OSError(111, "Connection refused")


def test_an_error_about_an_earlier_packet_costs_no_packet(bench):
    bench.peer_side.errors = [REFUSED]
    bench.relay.send(b"x", PEER)
    assert bench.peer_side.sent == [(b"x", PEER)]
    assert bench.counters.drops == {}
    bench.peer_side.errors = [REFUSED, REFUSED]
    bench.relay.send(b"x", PEER)
    assert bench.counters.drops == {DropReason.SEND_FAILED: 1}


def test_a_packet_that_must_stay_whole_and_is_too_large_is_dropped_and_counted(bench, monkeypatch):
    def sendto(data, peer) -> None:
        raise OSError(90, "Message too long")

    monkeypatch.setattr(bench.peer_side, "sendto", sendto)
    monkeypatch.setattr(bench.peer_side, "setsockopt", lambda *option: None, raising=False)
    bench.relay.send_whole(b"x", PEER)
    assert bench.counters.drops == {DropReason.SEND_FAILED: 1}


@pytest.mark.parametrize("waiting", [[], [(REFUSED, PEER)]])
def test_a_wake_up_without_a_packet_reads_the_error_queue(bench, monkeypatch, waiting):
    told = iter([(PEER, "port closed")])
    monkeypatch.setattr("relay.drains.read_errors", lambda opened: told)
    bench.peer_side.waiting.extend(waiting)
    bench.relay.drain(bench.now)
    assert bench.errors == [("port closed", PEER, bench.now)]


def test_a_wake_up_with_packets_does_not_ask_for_errors(bench, monkeypatch):
    monkeypatch.setattr("relay.drains.read_errors", lambda opened: pytest.fail("asked"))
    bench.peer_side.waiting.append((b"x", PEER))
    bench.relay.drain(bench.now)
    bench.peer_side.waiting.extend([(b"x", PEER)] * 2)
    assert bench.relay.drain(bench.now) == 2
    assert bench.errors == []


def test_what_is_over_the_bandwidth_is_dropped_and_counted_in_both_directions(bench):
    bench.route.allowance = Allowance(ByteBucket(3))
    bench.client_side.waiting += [(ChannelData(0x4001, b"abc").encode(), CLIENT)] * 2
    bench.drain(bench.listener)
    bench.peer_side.waiting.append((b"d", PEER))
    bench.drain(bench.relay)
    assert bench.peer_side.sent == [(b"abc", PEER)]
    assert bench.client_side.sent == []
    assert bench.counters.drops == {DropReason.BANDWIDTH: 2}
    assert (bench.route.usage.to_peer_packets, bench.route.usage.to_client_packets) == (1, 0)


SOURCES = st.sampled_from((tuple(CLIENT), (CLIENT.host, 6), ("2a00::1", 5, 0, 0), ("2a00::1", 5)))
CHANNEL_DATA = st.builds(
    lambda channel, length, data: struct.pack("!HH", channel, length) + data,
    st.sampled_from((0x4001, 0x4002)),
    st.integers(0, 12),
    st.binary(max_size=12),
)


@given(st.one_of(CHANNEL_DATA, st.binary(max_size=12)), SOURCES, st.sampled_from((0.0, 100.0)))
def test_the_loops_forward_what_the_tables_functions_say_and_hand_up_the_rest(packet, source, now):
    bench = Bench()
    bench.now = now
    six = Route(1, FiveTuple(Address("2a00::1", 5), SERVER), 0x4001, PEER, Usage(), 100.0)
    datapath = Datapath()
    for route in (bench.route, six):
        datapath.open(replace(route, peer=route.client))
    to_peers, to_client = datapath.routes_to_peers(SERVER), datapath.routes_to_client(1)
    bench.route_with(to_peers, to_client)
    buffer = bytearray(packet.ljust(16, b"\xee"))
    route = route_to_peer(to_peers, buffer, len(packet), source, now)
    bench.client_side.waiting.append((packet, source))
    bench.drain(bench.listener)
    payload = bytes(buffer[4 : 4 + int.from_bytes(buffer[2:4], "big")])
    assert bench.peer_side.sent == ([] if route is None else [(payload, route.peer)])
    assert len(bench.handed_up) == (route is None)
    back = route_to_client(to_client, source, now)
    bench.peer_side.waiting.append((packet, source))
    bench.drain(bench.relay)
    framed = ChannelData(0x4001, packet).encode()
    assert bench.client_side.sent == ([] if back is None else [(framed, back.client)])
    assert len(bench.from_peers) == (back is None)
