"""Tests of `nat.simulator.network`: wires between places: links with latency, jitter and loss, and segments that route on them."""

import ipaddress

import pytest

from nat import Address, DropReason, Packet, Protocol
from nat.simulator import Verdict, WorldError
from nat.simulator.network import LinkQuality, Network, Port, Segment

HERE, THERE = "198.51.100.1", "198.51.100.2"
PACKET = Packet(Protocol.UDP, Address(HERE, 1), Address(THERE, 2), b"x")


class World:
    """Two places on the internet, and what has arrived at the second."""

    def __init__(self, seed=0, **quality):
        self.network = Network(seed)
        self.segment = Segment(self.network, "the internet")
        self.arrived = []
        self.here = self.place("here", HERE, LinkQuality(latency=0.01))
        self.there = self.place("there", THERE, LinkQuality(**{"latency": 0.02, **quality}))

    def place(self, name, address, quality):
        port = Port(self.network, name, self.segment, self.receive, quality)
        self.segment.join(address, port)
        return port

    def receive(self, packet, number):
        self.arrived.append((self.network.clock.monotonic(), number))

    def send(self, count=1, every=0.0):
        for number in range(count):
            self.run_until(number * every)
            self.here.send(PACKET, number)
        self.run_until(100.0)

    def run_until(self, when):
        network = self.network
        while (due := network.agenda.next_ns()) is not None and due <= when * 1e9:
            network.clock.advance_to(due)
            network.agenda.perform(due)
        network.clock.advance_to(round(when * 1e9))


def test_a_packet_takes_the_latency_of_both_links():
    world = World()
    world.send()
    assert world.arrived == [(0.03, 0)]


def test_jitter_delays_by_up_to_its_size_and_reorders_nothing():
    world = World(jitter=0.1)
    world.send(200, every=0.01)
    assert [number for _, number in world.arrived] == list(range(200))
    delays = [when - number * 0.01 for when, number in world.arrived]
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
    other.network.stream("link", "here", "up").random()
    for world in (one, other, different):
        world.send(100)
    assert one.arrived == other.arrived
    assert one.arrived != different.arrived


def test_a_link_can_change_while_packets_are_under_way():
    world = World()
    world.here.send(PACKET, 1)
    world.there.change(LinkQuality(latency=1.0))
    world.run_until(10)
    assert world.arrived == [(1.01, 1)]


def test_an_address_that_nobody_has_is_a_drop():
    world = World()
    nowhere = PACKET._replace(destination=Address("10.0.0.1", 5))
    world.here.send(nowhere, 7)
    world.run_until(1)
    (event,) = world.network.trace
    assert (event.verdict, event.reason, event.packet) == (Verdict.DROPPED, DropReason.NO_ROUTE, 7)
    assert event.detail == "nobody has 10.0.0.1 on the internet"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (HERE, "already here's"),
        ("server", "is not an IP address"),
        ("2001:DB8::1", "write '2001:DB8::1' of new as '2001:db8::1'"),
    ],
)
def test_an_address_taken_or_unreadable_is_refused(address, message):
    with pytest.raises(WorldError, match=message):
        World().place("new", address, LinkQuality(latency=0))


def test_an_address_off_the_lan_is_refused():
    network = Network(0)
    lan = Segment(network, "the LAN", ipaddress.ip_network("192.168.1.0/24"))
    port = Port(network, "a", lan, lambda *_: None, LinkQuality(latency=0))
    with pytest.raises(WorldError, match=r"192.168.2.1 of a is not in 192.168.1.0/24"):
        lan.join("192.168.2.1", port)


@pytest.mark.parametrize(
    ("destination", "leaves"),
    [("192.168.1.9", False), ("224.0.0.251", False), ("10.0.0.1", True), ("2001:db8::1", False)],
)
def test_only_what_is_not_of_the_lan_goes_to_the_gateway(destination, leaves):
    class Gateway:
        def receive_inside(self, packet, number):
            left.append(number)

    left = []
    network = Network(0)
    lan = Segment(network, "the LAN", ipaddress.ip_network("192.168.1.0/24"))
    lan.gateway = Gateway()
    lan.forward(PACKET._replace(destination=Address(destination, 5)), 1)
    assert bool(left) is leaves
    assert len(network.trace) == (not leaves)


@pytest.mark.parametrize(
    "quality", [{"latency": -1}, {"latency": 0, "jitter": -1}, {"latency": 0, "loss": 1.5}]
)
def test_an_impossible_link_is_refused(quality):
    with pytest.raises(WorldError, match="a link needs"):
        LinkQuality(**quality)


def test_a_name_is_given_once():
    network = Network(0)
    network.claim_name("alice")
    with pytest.raises(WorldError, match="'alice'"):
        network.claim_name("alice")
