"""Tests of `nat.simulator.links`: how packets cross the link between a place and a segment."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nat import Address, DropReason, Packet, Protocol
from nat.links import LinkQuality
from nat.packets import Fragment, IcmpKind
from nat.simulator import Verdict, WorldError
from nat.simulator.links import Cutting, Port
from nat.simulator.network import Network
from nat.simulator.segment import Segment

HERE, THERE = "198.51.100.1", "198.51.100.2"
PACKET = Packet(Protocol.UDP, Address(HERE, 1), Address(THERE, 2), b"x")


class World:
    """Two places on the internet, and what has arrived at each."""

    def __init__(self, seed=0, cutting=Cutting.ALL, **quality):
        self.network = Network(seed)
        self.segment = Segment(self.network, "the internet")
        self.arrived = []
        self.returned = []
        self.here = self.place("here", HERE, self.returned, LinkQuality(latency=0.01), cutting)
        self.here.join("2001:db8::1")
        self.there = self.place("there", THERE, self.arrived, LinkQuality(latency=0.02))
        self.there.join("2001:db8::2")
        if quality:
            self.there.change(LinkQuality(**{"latency": 0.02, **quality}))

    def place(self, name, address, arrived, quality, cutting=Cutting.ALL):
        def receive(packet, number):
            arrived.append((self.network.clock.monotonic(), number, packet))

        port = Port(self.network, name, self.segment, receive, quality, cutting=cutting)
        port.join(address)
        return port

    def send(self, count=1, every=0.0, packet=PACKET):
        for number in range(count):
            self.run_until(number * every)
            self.here.send(packet, number)
        self.run_until(100.0)

    def run_until(self, when):
        network = self.network
        while (due := network.agenda.next_ns()) is not None and due <= when * 1e9:
            network.clock.advance_to(due)
            network.agenda.perform(due)
        network.clock.advance_to(round(when * 1e9))

    @property
    def times(self):
        return [(when, number) for when, number, _ in self.arrived]

    @property
    def reasons(self):
        return [event.reason for event in self.network.trace if event.reason]


def test_a_packet_takes_the_latency_of_both_links():
    world = World()
    world.send()
    assert world.times == [(0.03, 0)]


def test_jitter_delays_by_up_to_its_size_and_reorders_nothing():
    world = World(jitter=0.1)
    world.send(200, every=0.01)
    assert [number for _, number in world.times] == list(range(200))
    delays = [when - number * 0.01 for when, number in world.times]
    assert min(delays) >= 0.0299
    assert max(delays) <= 0.1301
    assert max(delays) - min(delays) > 0.05


def test_loss_takes_its_share_and_is_noted():
    world = World(loss=0.3)
    world.send(1000)
    lost = [event for event in world.network.trace if event.reason is DropReason.LOST]
    assert len(lost) + len(world.arrived) == 1000
    assert 250 < len(lost) < 350
    assert lost[0].where == "there"
    assert "30.0%" in lost[0].detail


def test_the_same_seed_loses_the_same_packets_whatever_other_links_draw():
    one, other, different = World(1, loss=0.5), World(1, loss=0.5), World(2, loss=0.5)
    other.here.change(LinkQuality(latency=0.01, duplication=0.5))
    for world in (one, other, different):
        world.send(100)
    assert one.times != different.times
    assert one.times[0] == other.times[0]
    assert one.network.stream("link", "there", "down", "loss").getstate() != (
        one.network.stream("link", "there", "up", "loss").getstate()
    )


def test_a_copy_arrives_with_the_number_of_its_packet():
    world = World(duplication=1.0)
    world.send()
    assert world.times == [(0.03, 0), (0.03, 0)]


# changes while packets are under way


def test_a_link_can_change_while_packets_are_under_way():
    world = World()
    world.here.send(PACKET, 1)
    world.there.change(LinkQuality(latency=1.0))
    world.run_until(10)
    assert world.times == [(1.01, 1)]


def test_a_packet_that_is_past_the_middle_keeps_its_time():
    world = World()
    world.here.send(PACKET, 1)
    world.run_until(0.015)
    world.there.change(LinkQuality(latency=1.0))
    world.run_until(10)
    assert world.times == [(0.03, 1)]


def test_what_comes_over_a_link_that_has_become_faster_overtakes_nothing():
    world = World()
    world.here.send(PACKET, 1)
    world.run_until(0.011)
    world.there.change(LinkQuality(latency=0.0))
    world.here.change(LinkQuality(latency=0.0))
    world.here.send(PACKET, 2)
    world.run_until(10)
    assert world.times == [(0.03, 1), (0.03, 2)]


def test_what_is_sent_at_the_time_of_a_change_does_not_overtake_what_was_sent_before():
    world = World()
    world.here.send(PACKET, 1)
    world.there.change(LinkQuality(latency=0.001))
    world.here.send(PACKET, 2)
    world.run_until(10)
    assert world.times == [(0.011, 1), (0.011, 2)]


_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["here", "there"]),
        st.sampled_from([0.0, 0.001, 0.02, 0.5]),
        st.sampled_from([0.0, 0.1]),
    ),
    max_size=6,
)


@given(st.lists(st.sampled_from([0, 0, 1, 10, 30]) | _CHANGES, max_size=25))
@example([[("here", 0.001, 0.0)], 0, [("here", 0.001, 0.0)], 0])
def test_whatever_changes_nothing_is_lost_or_overtaken(steps):
    world, sent = World(), 0
    for step in steps:
        if isinstance(step, int):
            world.run_until(world.network.clock.monotonic() + step / 1000)
            world.here.send(PACKET, sent)
            sent += 1
            continue
        for place, latency, jitter in step:
            getattr(world, place).change(LinkQuality(latency=latency, jitter=jitter))
    world.run_until(100)
    assert [number for _, number in world.times] == list(range(sent))


def test_a_place_that_has_left_gets_nothing_of_what_was_under_way():
    for quality in ({}, {"jitter": 0.001}):
        world = World(**quality)
        world.here.send(PACKET, 1)
        world.run_until(0.015)
        world.here.send(PACKET, 2)
        world.there.unplug()
        world.run_until(10)
        assert not world.arrived
        nobody, left = world.network.trace
        assert (left.reason, left.detail) == (DropReason.NO_ROUTE, "there has left the internet")
        assert nobody.detail == f"nobody has {THERE} on the internet"


def test_other_addresses_are_taken_all_or_none():
    world = World()
    with pytest.raises(WorldError, match="already here's"):
        world.there.renumber("198.51.100.7", HERE)
    assert world.there.addresses == (THERE, "2001:db8::2")
    assert not world.segment.is_taken("198.51.100.7")
    world.there.renumber("198.51.100.7")
    assert not world.segment.is_taken(THERE)
    world.send(packet=PACKET._replace(destination=Address("198.51.100.7", 2)))
    assert world.times == [(0.03, 0)]


def test_an_address_that_nobody_has_is_a_drop():
    world = World()
    world.send(packet=PACKET._replace(destination=Address("10.0.0.1", 5)))
    (event,) = world.network.trace
    assert (event.verdict, event.reason, event.packet) == (Verdict.DROPPED, DropReason.NO_ROUTE, 0)
    assert event.detail == "nobody has 10.0.0.1 on the internet"


# packets too large for a link


def test_a_datagram_that_is_too_large_arrives_in_pieces():
    world = World(mtu=576)
    world.send(packet=PACKET._replace(payload=bytes(1200)))
    pieces = [packet for _, _, packet in world.arrived]
    assert [len(one.payload) for one in pieces] == [544, 552, 104]
    assert all(isinstance(one.payload, Fragment) for one in pieces)
    assert {number for _, number in world.times} == {0}


def test_what_must_not_be_cut_is_dropped_and_its_sender_learns_what_would_have_fitted():
    world = World(mtu=576)
    world.send(packet=PACKET._replace(payload=bytes(1200), dont_fragment=True))
    assert world.reasons == [DropReason.TOO_BIG]
    ((_, _, answer),) = world.returned
    assert (answer.protocol, answer.destination.host) == (Protocol.ICMP, HERE)
    assert (answer.payload.kind, answer.payload.mtu) == (IcmpKind.PACKET_TOO_BIG, 576)
    assert answer.payload.original.destination == (THERE, 2)


SIX = Packet(Protocol.UDP, Address("2001:db8::1", 1), Address("2001:db8::2", 2), bytes(2000))


@pytest.mark.parametrize(
    ("narrow", "cutting", "pieces"),
    [("here", Cutting.ALL, 2), ("here", Cutting.IPV4, 0), ("there", Cutting.ALL, 0)],
)
def test_only_the_sender_cuts_ipv6(narrow, cutting, pieces):
    world = World(cutting=cutting)
    getattr(world, narrow).change(LinkQuality(latency=0.01, mtu=1280))
    world.send(packet=SIX)
    assert len(world.arrived) == pieces
    assert [packet.payload.mtu for _, _, packet in world.returned] == ([] if pieces else [1280])


def test_a_queue_that_is_full_drops_and_says_so():
    world = World(bandwidth=8_000, queue=1_000)
    world.send(100, packet=PACKET._replace(payload=bytes(172)))
    assert world.reasons == [DropReason.QUEUE_FULL] * 95
    assert [when for when, _ in world.times] == [0.23, 0.43, 0.63, 0.83, 1.03]
